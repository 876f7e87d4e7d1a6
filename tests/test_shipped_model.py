"""The shipped model on photographs of known colour: no change of weights or of colour maths slips by unseen.

After a change that was meant, the figures of a failure (dB over grey, mean CIEDE2000, mean chroma), once
looked at, are the new ones of models/goals.json.
"""

import json
from pathlib import Path

import pytest

from colorcli.evaluate.painters import Grey, ModelPainter
from colorcli.evaluate.photographs import Photograph, find_photographs
from colorcli.evaluate.protocol import Measurement, measure
from colorcli.look import Look

GOALS = Path(__file__).parents[1] / "models" / "goals.json"
FIGURES = json.loads(GOALS.read_text("utf-8"))[
    "test_photographs"
]  # dB over grey, mean CIEDE2000, mean chroma
WITHIN = 0.05  # of each: another processor's arithmetic moves them by a hundredth of that


@pytest.fixture(scope="module")
def shipped() -> ModelPainter:
    return ModelPainter.open("colorcli", Look())


def test_every_photograph_has_its_figures() -> None:
    assert [photograph.path.stem for photograph in photographs()] == sorted(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_the_shipped_model_colours_as_it_did(name: str, shipped: ModelPainter) -> None:
    photograph = next(one for one in photographs() if one.path.stem == name)
    (measured,) = measure([photograph], [Grey(), shipped])
    assert isinstance(measured, Measurement)
    painted = measured.figures[1]
    assert (painted.gain, painted.ciede2000, painted.chroma) == pytest.approx(FIGURES[name], abs=WITHIN)


def photographs() -> list[Photograph]:
    return find_photographs(Path(__file__).parent / "photographs", None, None)
