"""Models with and without further outputs, and a photograph of two halves."""

from pathlib import Path

import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.color.lab import Pixels


@pytest.fixture(scope="module")
def blind(tiny_model: Path) -> Colorizer:
    """Without further outputs."""
    return Colorizer(tiny_model, device="cpu", threads=1)


@pytest.fixture(scope="module")
def seeing(seeing_model: Path) -> Colorizer:
    """With all of them."""
    return Colorizer(seeing_model, device="cpu", threads=1)


def halves(depth: type = np.uint8) -> Pixels:
    """A grey photograph, (120, 240): dark on the left, light on the right, with a little grain."""
    grain = np.random.default_rng(0).normal(0, 2, (120, 240))
    levels = np.where(np.arange(240) < 120, 70, 180) + grain
    return (levels * (257 if depth == np.uint16 else 1)).astype(depth)
