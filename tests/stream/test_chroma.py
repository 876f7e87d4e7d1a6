"""Colour differences for a colour and a luma, against the standards' own formulas."""

import numpy as np
import pytest
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.stream.chroma import MATRICES, differences, limit


def decoded(luma: lab.Floats, pair: lab.Floats, matrix: str) -> NDArray[np.float64]:
    """R'G'B' (H, W, 3) as BT.601 and BT.709 say."""
    red_share, blue_share = MATRICES[matrix]
    red = luma + 2 * (1 - red_share) * pair[1]
    blue = luma + 2 * (1 - blue_share) * pair[0]
    green = (luma - red_share * red - blue_share * blue) / (1 - red_share - blue_share)
    return np.stack([red, green, blue], axis=-1).astype(np.float64)


def shown(luma: lab.Floats, ab: lab.Floats, matrix: str) -> NDArray[np.float64]:
    """R'G'B' of these colours, as far as RGB goes."""
    pair = differences(luma, ab, matrix)
    limit(luma, pair, matrix)
    return decoded(luma, pair, matrix)


def random_colours(spread: float) -> tuple[lab.Floats, lab.Floats]:
    """Luma (H, W) and ab (H, W, 2)."""
    noise = np.random.default_rng(0)
    return (
        noise.uniform(0, 1, (150, 200)).astype(np.float32),
        noise.normal(0, spread, (150, 200, 2)).astype(np.float32),
    )


@pytest.mark.parametrize("matrix", ["601", "709"])
def test_the_colours_of_photographs_come_back(matrix: str) -> None:
    """Any sRGB colour's luma and ab give a colour of this ab (now and then there are two with this luma)."""
    rgb = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    red_share, blue_share = MATRICES[matrix]
    luma = (rgb @ [red_share, 1 - red_share - blue_share, blue_share] / 255).astype(np.float32)
    ab = lab.split(rgb)[1]
    back = shown(luma, ab, matrix)
    error = np.linalg.norm(lab.split((back.clip(0, 1) * 65535 + 0.5).astype(np.uint16))[1] - ab, axis=-1)
    everyday = np.linalg.norm(ab, axis=-1) < 50
    assert np.median(error) < 0.3
    assert np.percentile(error[everyday], 99) < 1.5


@pytest.mark.parametrize("matrix", ["601", "709"])
@pytest.mark.parametrize("spread", [5, 20, 60])
def test_what_cannot_be_shown_keeps_luma_and_hue(matrix: str, spread: float) -> None:
    luma, ab = random_colours(spread)
    rgb = shown(luma, ab, matrix)
    assert rgb.min() > -1e-3
    assert rgb.max() < 1 + 1e-3
    got = lab.split((rgb.clip(0, 1) * 65535 + 0.5).astype(np.uint16))[1]
    visible = np.hypot(got[..., 0], got[..., 1]) > 5
    turned = np.angle((got @ [1, 1j])[visible] / (ab @ [1, 1j])[visible], deg=True)
    assert np.percentile(np.abs(turned), 95) < 4
    more = np.linalg.norm(got, axis=-1) - np.linalg.norm(ab, axis=-1)
    assert np.percentile(more, 99) < 2
