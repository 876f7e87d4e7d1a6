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
    "astronaut": (1.93, 9.92, 9.63),
    "cat": (7.70, 7.33, 18.16),
    "china": (3.16, 6.38, 11.74),
    "coffee": (2.54, 15.86, 12.48),
    "flower": (0.34, 19.10, 25.22),
    "grace-hopper": (1.27, 10.91, 5.96),
    "rocket": (-0.51, 6.25, 23.13),
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
