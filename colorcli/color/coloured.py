"""Whether a photograph is in colour already, or grey, or toned: sepia, selenium, blue, yellowed paper.

In a toned print the lightness says the colour. What it leaves unexplained is next to nothing, or lies along
one line (a stain is more or less yellow), or in few places (a stamp, a ruler, a coloured border).
"""

from enum import Enum

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels

SPREAD_OF_COLOUR = 2.4  # ab units: a print that is toned has less
DOUBTFUL_SPREADS = (1.8, 3.2)  # between these it may be either

_SIDE = 256  # pixels: colour noise of JPEG is averaged away
_STEPS = 20  # of lightness, each with its usual colour
_FEWEST = 20  # pixels that make a usual colour
_ALMOST_ALL, _MOST, _MANY = 90, 80, 75  # percent; the rest may be a stamp or a border


class ColourKind(Enum):
    """What a photograph's colour comes from."""

    GREY = "grey"
    TONED = "toned"
    COLOUR = "colour"


def kind_of(pixels: Pixels) -> tuple[ColourKind, bool]:
    """The kind of (H, W) or (H, W, 3) pixels, and whether it is doubtful."""
    spread = colour_spread(pixels)
    low, high = DOUBTFUL_SPREADS
    if spread == 0:
        kind = ColourKind.GREY
    else:
        kind = ColourKind.TONED if spread < SPREAD_OF_COLOUR else ColourKind.COLOUR
    return kind, low < spread < high


def colour_spread(pixels: Pixels) -> float:
    """ab units that lightness does not explain, across the line where they are most; 0 for grey."""
    if pixels.ndim == 2:
        return 0.0
    lightness, ab = lab.split(_small(pixels))
    points = ab.reshape(-1, 2)
    rest = points - _usual_colours(lightness.ravel(), points)
    lengths = np.hypot(rest[:, 0], rest[:, 1])
    core = rest[lengths <= np.percentile(lengths, _ALMOST_ALL)]
    directions = np.linalg.eigh(core.T @ core)[1]  # the first is the one across
    across = np.abs(rest @ directions[:, 0])
    return float(np.sqrt(np.percentile(across, _MOST) * np.percentile(lengths, _MANY)))


def _small(pixels: Pixels) -> Pixels:
    factor = _SIDE / max(pixels.shape[:2])
    if factor >= 1:
        return np.ascontiguousarray(pixels)
    size = [max(1, round(side * factor)) for side in pixels.shape[1::-1]]
    small: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def _usual_colours(lightness: Floats, points: Floats) -> Floats:
    """ab (N, 2) that pixels of each lightness (N,) mostly have."""
    step = np.clip(lightness * (_STEPS / 100), 0, _STEPS - 1).astype(int)
    counts = np.bincount(step, minlength=_STEPS)
    known = np.flatnonzero(counts >= min(_FEWEST, counts.max()))
    usual = np.array([np.median(points[step == one], axis=0) for one in known])
    middles = (known + 0.5) * (100 / _STEPS)
    return np.stack([np.interp(lightness, middles, usual[:, axis]) for axis in (0, 1)], axis=-1)
