"""The shipped model on photographs of known colour: no change of weights or of colour maths slips by unseen.

After a change that was meant, the figures of a failure, once looked at, are the new ones.
"""

from pathlib import Path

import pytest

from colorcli.colorizer import Look
from colorcli.evaluate.painters import Grey, Model
from colorcli.evaluate.photographs import Photograph, find_photographs
from colorcli.evaluate.protocol import Measurement, measure

FIGURES = {  # dB over grey, mean CIEDE2000, mean chroma
    "astronaut": (1.88, 10.00, 8.52),
    "cat": (7.45, 7.28, 17.64),
    "china": (2.70, 6.67, 11.56),
    "coffee": (2.55, 16.19, 13.15),
    "flower": (1.18, 15.54, 24.88),
    "grace-hopper": (3.46, 8.45, 9.42),
    "rocket": (-1.62, 6.91, 25.84),
}
WITHIN = 0.05  # of each: another processor's arithmetic moves them by a hundredth of that


@pytest.fixture(scope="module")
def shipped() -> Model:
    return Model.open("colorcli", Look())


def test_every_photograph_has_its_figures() -> None:
    assert [photograph.path.stem for photograph in photographs()] == sorted(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_the_shipped_model_colours_as_it_did(name: str, shipped: Model) -> None:
    photograph = next(one for one in photographs() if one.path.stem == name)
    (measured,) = measure([photograph], [Grey(), shipped])
    assert isinstance(measured, Measurement)
    painted = measured.figures[1]
    assert (painted.gain, painted.ciede2000, painted.chroma) == pytest.approx(FIGURES[name], abs=WITHIN)


def photographs() -> list[Photograph]:
    return find_photographs(Path(__file__).parent / "photographs", None, None)
