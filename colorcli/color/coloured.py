"""Whether a photograph is in colour already, or grey, or toned: sepia, selenium, blue, yellowed paper.

In a toned print the lightness says the colour. What it leaves unexplained is noise, which medians of large
blocks leave out, or lies along one line (a stain is more or less yellow) and changes slowly, or is in few
places (a stamp), or at the rim (a ruler, a coloured border).
"""

from enum import Enum

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.border import find_picture
from colorcli.color.lab import Floats, Pixels

SPREAD_OF_COLOUR = 1.22  # ab units: a print that is toned has less
DOUBTFUL_SPREADS = (1.0, 1.6)  # between these it may be either

_SIDE = 256  # pixels: colour noise of JPEG is averaged away
_RIM = 0.06  # of height and width, at each side, where marks are
_STEPS = 20  # of lightness, each with its usual colour
_FEWEST = 20  # pixels that make a usual colour
_BLOCKS = 10  # along the longer side
_ALMOST_ALL, _MOST = 95, 85  # percent; the rest may be a stamp


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
    """ab units that lightness does not explain: across the line where they are most, and from place to place.

    0 for grey.
    """
    small = _small(pixels)
    if lab.is_grey(small):
        return 0.0
    lightness, ab = _within_rim(*lab.split(small))
    points = ab.reshape(-1, 2)
    rest = (points - _usual_colours(lightness.ravel(), points)).reshape(ab.shape)
    blocks = _medians_of_blocks(rest)
    return float(np.sqrt(_across(blocks.reshape(-1, 2)) * _changes(blocks)))


def _across(blocks: Floats) -> float:
    """How far colours (N, 2) lie off the line through 0 where they are most."""
    lengths = np.hypot(blocks[:, 0], blocks[:, 1])
    core = blocks[lengths <= np.percentile(lengths, _ALMOST_ALL)]
    directions = np.linalg.eigh(core.T @ core)[1]  # the first is the one across
    return float(np.percentile(np.abs(blocks @ directions[:, 0]), _MOST))


def _changes(blocks: Floats) -> float:
    """How far colours (h, w, 2) beside each other lie apart."""
    steps = [np.linalg.norm(np.diff(blocks, axis=axis), axis=-1).ravel() for axis in (0, 1)]
    together = np.concatenate(steps)
    return float(np.percentile(together, _MOST)) if together.size else 0.0


def _small(pixels: Pixels) -> Pixels:
    factor = _SIDE / max(pixels.shape[:2])
    if factor >= 1:
        return np.ascontiguousarray(pixels)
    size = [max(1, round(side * factor)) for side in pixels.shape[1::-1]]
    small: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return small


def _within_rim(lightness: Floats, ab: Floats) -> tuple[Floats, Floats]:
    """L and ab inside plain borders and the rim."""
    rows, columns = find_picture(lightness).pixels(*lightness.shape)
    lightness, ab = lightness[rows, columns], ab[rows, columns]
    height, width = lightness.shape
    y, x = int(_RIM * height), int(_RIM * width)
    return lightness[y : height - y, x : width - x], ab[y : height - y, x : width - x]


def _medians_of_blocks(ab: Floats) -> Floats:
    """(h, w, 2), of square blocks; what is left of them at two sides does not count."""
    side = min(max(1, max(ab.shape[:2]) // _BLOCKS), *ab.shape[:2])
    rows, columns = ab.shape[0] // side, ab.shape[1] // side
    blocks = ab[: rows * side, : columns * side].reshape(rows, side, columns, side, 2)
    medians: Floats = np.median(blocks, axis=(1, 3))
    return medians


def _usual_colours(lightness: Floats, points: Floats) -> Floats:
    """ab (N, 2) that pixels of each lightness (N,) mostly have."""
    step = np.clip(lightness * (_STEPS / 100), 0, _STEPS - 1).astype(int)
    counts = np.bincount(step, minlength=_STEPS)
    known = np.flatnonzero(counts >= min(_FEWEST, counts.max()))
    usual = np.array([np.median(points[step == one], axis=0) for one in known])
    middles = (known + 0.5) * (100 / _STEPS)
    return np.stack([np.interp(lightness, middles, usual[:, axis]) for axis in (0, 1)], axis=-1)
