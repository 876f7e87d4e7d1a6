"""Colorizer: the photograph keeps its size, depth and lightness, and gains colour."""

from pathlib import Path

import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.colorizer import Look
from colorcli.lab import Depth, lightness, split


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, device="cpu")


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_colour_comes_and_lightness_stays(colorizer: Colorizer, depth: Depth) -> None:
    top = np.iinfo(depth).max
    grey = np.linspace(0, top, 90 * 120).reshape(90, 120).astype(depth)
    before = grey.copy()
    colour = colorizer.colorize(grey)
    assert np.array_equal(grey, before)
    assert colour.shape == (90, 120, 3) and colour.dtype == depth
    assert np.abs(lightness(colour) - lightness(grey)).max() < (0.5 if depth == np.uint8 else 0.02)
    assert np.abs(split(colour)[1]).mean() > 2


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_no_strength_gives_the_same_greys(colorizer: Colorizer, depth: Depth) -> None:
    grey = np.arange(np.iinfo(depth).max + 1).astype(depth).reshape(256, -1)
    assert np.array_equal(colorizer.colorize(grey, Look(strength=0)), np.dstack([grey] * 3))
