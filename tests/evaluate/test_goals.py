"""Goals: each is reached, or says by how much it is missed."""

from pathlib import Path

import pytest

from colorcli.evaluate.edges import EdgeDifference
from colorcli.evaluate.goals import Evidence, Goal, judge
from colorcli.evaluate.photographs import Photograph
from colorcli.evaluate.protocol import Measurement, Scores

GREY = Scores(22.0, 0.0, 0.95, 12.0, 0.0, 40.0, 0.0, 16.0, None)


def figures(
    gain: float = 2.5, chroma: float = 16.0, colourfulness: float = 38.0, ciede: float = 9.0
) -> Scores:
    return Scores(22 + gain, gain, 0.96, ciede, colourfulness, 40.0, chroma, 16.0, None)


def measurements(result: Scores, flowers: Scores | None = None) -> list[Measurement]:
    """30 photographs of scenes, 31 of persons; 3 flowers."""
    names = {"scenes": ("street", 30, result), "faces": ("person", 31, result)}
    names["flowers"] = ("flower", 3, flowers or result)
    return [
        Measurement(Photograph(Path(f"{source}-{number}.jpg"), category), (GREY, one))
        for source, (category, count, one) in names.items()
        for number in range(count)
    ]


def verdicts(
    model: Path, measured: list[Measurement], edges: EdgeDifference | None, change: float
) -> dict[str, Goal]:
    evidence = Evidence(measured, 1, model, None, edges, {"4000 pixels": change, "grain": 1.0})
    return {goal.name: goal for goal in judge(evidence)}


def test_a_good_model_reaches_all_that_was_measured(tiny_model: Path) -> None:
    found = verdicts(tiny_model, measurements(figures()), EdgeDifference(8.0, 9.0), 5.0)
    assert [name for name, goal in found.items() if goal.reached is not True] == ["FID", "LPIPS"]
    assert found["FID"].reached is None
    assert "not measured" in str(found["FID"])
    assert "margin 1.000" in str(found["CIEDE2000 along edges"])


@pytest.mark.parametrize(
    ("result", "missed_by"),
    [
        (figures(gain=1.4), "0.80 dB"),
        (figures(chroma=16 * 1.15), "0.10 of chroma ratio"),
        (figures(gain=2.0, chroma=16 * 0.6), "0.20 dB and 0.30 of chroma ratio"),
    ],
)
def test_gain_does_not_count_without_chroma_nor_chroma_without_gain(
    tiny_model: Path, result: Scores, missed_by: str
) -> None:
    goal = verdicts(tiny_model, measurements(result), None, 1.0)["PSNR gain over grey"]
    assert goal.reached is False
    assert goal.missed_by == missed_by


def test_a_source_is_judged_from_thirty_photographs_on(tiny_model: Path) -> None:
    few = verdicts(tiny_model, measurements(figures(), flowers=figures(gain=-0.6)), None, 1.0)["sources"]
    assert few.reached
    assert "flowers -0.60" in few.measured
    many = verdicts(tiny_model, measurements(figures(gain=-0.1)), None, 1.0)["sources"]
    assert many.missed_by == "faces -0.10 dB, scenes -0.10 dB"


def test_flowers_must_not_be_worse_than_grey(tiny_model: Path) -> None:
    found = verdicts(tiny_model, measurements(figures(), flowers=figures(gain=-0.6)), None, 1.0)[
        "flower: gain"
    ]
    assert found.missed_by == "0.60 dB"


def test_the_rest_is_missed_by_what_it_lacks(tiny_model: Path) -> None:
    result = figures(colourfulness=31.5, chroma=16 * 0.7, ciede=9.3)
    found = verdicts(tiny_model, measurements(result), EdgeDifference(9.5, 9.0), 7.5)
    assert found["colourfulness gap to the truth"].missed_by == "4.50"
    assert found["CIEDE2000"].missed_by == "0.30"
    assert found["person: chroma ratio"].missed_by == "0.10"
    assert found["CIEDE2000 along edges"].missed_by == "0.500"
    assert found["change of ab, worst: 4000 pixels"].missed_by == "1.50"


def test_persons_must_not_be_worse_than_the_rest(tiny_model: Path) -> None:
    measured = measurements(figures(ciede=8.0))
    better = figures(ciede=6.0)
    others = [
        Measurement(one.photograph, (GREY, better), (), None) if one.photograph.category != "person" else one
        for one in measured
    ]
    goal = verdicts(tiny_model, others, None, 1.0)["person: median CIEDE2000"]
    assert goal.missed_by == "2.00"
