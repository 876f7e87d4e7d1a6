"""The protocol on a set whose answer is known, and the rules by which photographs are chosen."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from colorcli.color import lab
from colorcli.errors import ColorcliError, PhotoError, UsageError
from colorcli.evaluate import pictures
from colorcli.evaluate.edges import edge_difference, near_edges
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import Grey, ModelPainter
from colorcli.evaluate.photographs import find_photographs, grey_of, load, square
from colorcli.evaluate.protocol import Measurement, by_category, by_source, fid, measure, summarise
from colorcli.evaluate.stability import CHANGES, stability
from colorcli.look import Look

from .helpers import colour_pixels, write_photo, write_set


@dataclass(frozen=True)
class Oracle:
    """Knows the truth of each grey photograph, and exaggerates its chroma."""

    folder: Path
    factor: float = 1.0
    name: str = "oracle"

    def paint(self, grey: Pixels) -> Pixels:
        truths = [square(load(photograph)) for photograph in find_photographs(self.folder)]
        truth = next(truth for truth in truths if np.array_equal(grey_of(truth), grey))
        lightness, ab = lab.split(truth)
        return np.asarray(lab.join(lightness, ab * np.float32(self.factor), np.uint8), np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_set(tmp_path_factory.mktemp("photographs"))


@pytest.fixture(scope="module")
def measurements(folder: Path) -> list[Measurement]:
    """Grey, the oracle and an oracle of half the chroma, on five photographs."""
    painters = [Grey(), Oracle(folder), Oracle(folder, 0.5)]
    results = list(measure(find_photographs(folder), painters))
    assert all(isinstance(result, Measurement) for result in results)
    return [result for result in results if isinstance(result, Measurement)]


def test_grey_the_truth_and_half_the_chroma_get_the_figures_they_must(
    measurements: list[Measurement],
) -> None:
    grey, truth, half = (summarise(measurements, painter) for painter in range(3))
    assert (grey.gain, grey.colourfulness, round(grey.chroma_ratio, 3)) == (0, 0, 0)
    assert truth.psnr > 48  # but for rounding
    assert truth.ciede2000 < 0.5
    assert truth.ssim > 0.99
    assert truth.chroma_ratio == pytest.approx(1, abs=0.01)
    assert truth.colourfulness_gap == pytest.approx(0, abs=0.3)
    assert half.chroma_ratio == pytest.approx(0.5, abs=0.02)
    assert 0 < half.gain < truth.gain
    assert grey.ciede2000 > half.ciede2000 > truth.ciede2000
    assert fid(measurements, 0) is None  # without the network nothing is made up


def test_photographs_are_grouped_by_sub_folder_and_by_the_start_of_their_names(
    measurements: list[Measurement],
) -> None:
    assert {name: len(group) for name, group in by_category(measurements).items()} == {
        "coast": 3,
        "street": 2,
    }
    assert {name: len(group) for name, group in by_source(measurements).items()} == {"lake": 3, "town": 2}


def test_a_manifest_says_which_photographs_count_and_their_category(folder: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text("file,category,source\nstreet/town-1.png,night,x\ncoast/lake-0.png,day,y\n")
    found = find_photographs(folder, manifest)
    assert [(one.path.name, one.category) for one in found] == [
        ("lake-0.png", "day"),
        ("town-1.png", "night"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,category\na.png,x\n", "not a manifest"),
        ("file,category\nabsent.png,x\n", "lacks 1 photographs"),
        ("file,category\n", "no photographs"),
    ],
)
def test_a_manifest_that_does_not_fit_is_an_error(
    folder: Path, tmp_path: Path, content: str, message: str
) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(content)
    with pytest.raises(ColorcliError, match=message):
        find_photographs(folder, manifest)


def test_a_limit_spreads_evenly(folder: Path) -> None:
    everything = find_photographs(folder)
    assert find_photographs(folder, limit=2) == [everything[0], everything[2]]
    assert find_photographs(folder, limit=99) == everything
    with pytest.raises(UsageError, match="no such folder"):
        find_photographs(folder / "absent")


def test_what_has_no_colour_or_cannot_be_read_is_left_out_with_its_reason(tmp_path: Path) -> None:
    write_photo(tmp_path / "colour.png", colour_pixels())
    write_photo(tmp_path / "grey.png", colour_pixels()[..., 0])
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff torn")
    results = list(measure(find_photographs(tmp_path), [Grey()]))
    assert isinstance(results[0], Measurement)
    reasons = [result.message for result in results if isinstance(result, PhotoError)]
    assert len(reasons) == 2
    assert "grey.png: is grey" in reasons[0]
    assert "torn.jpg" in reasons[1]


def test_pictures_are_chosen_by_rule_and_by_difference(measurements: list[Measurement], folder: Path) -> None:
    photographs = find_photographs(folder)
    assert pictures.every(photographs, 2) == [photographs[0], photographs[2]]
    assert pictures.every(photographs, 12) == photographs
    chosen = pictures.worst(measurements, 0, 2)
    differences = {one.photograph: one.figures[0].ciede2000 for one in measurements}
    assert [differences[one] for one in chosen] == sorted(differences.values(), reverse=True)[:2]


def test_a_grid_shows_grey_the_painters_and_the_truth(folder: Path) -> None:
    photograph = find_photographs(folder)[0]
    sheet = pictures.grid([photograph], [Grey(), Oracle(folder)])
    truth = square(load(photograph))
    cell, row = pictures.SIZE + pictures.GAP, slice(pictures.CAPTION, pictures.CAPTION + pictures.SIZE)
    np.testing.assert_array_equal(sheet[row, 2 * cell : 2 * cell + pictures.SIZE], truth)
    np.testing.assert_array_equal(sheet[row, : pictures.SIZE, 1], grey_of(truth))


def test_near_edges_is_three_pixels_to_either_side() -> None:
    lightness = np.full((20, 40), 10, np.float32)
    lightness[:, 20:] = 90
    columns = np.flatnonzero(near_edges(lightness).all(axis=0))
    assert 19 in columns or 20 in columns
    assert len(columns) == 7
    assert not near_edges(np.full((20, 20), 50, np.float32)).any()


def test_edges_and_stability_of_a_model(folder: Path, tiny_model: Path) -> None:
    model = ModelPainter.open(tiny_model, Look(), "cpu")
    photographs = find_photographs(folder, limit=1)
    edges = edge_difference(photographs, model)
    assert edges is not None
    assert edges.guided > 0
    assert edges.guided != edges.bicubic
    changes = stability(photographs, model)
    assert set(changes) == set(CHANGES)
    # The tiny model tells colour by lightness alone: size changes nothing, contrast much.
    assert changes["4000 pixels"] < 1.5 < changes["half the contrast"]
