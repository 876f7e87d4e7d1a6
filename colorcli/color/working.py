"""How large the network sees a photograph, and the photograph as large as that."""

from math import log, sqrt

import cv2

from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels

SIDE_STEP = 32  # pixels: both sides of the working size are multiples of it


def working_size(height: int, width: int, render_size: int) -> tuple[int, int]:
    """(h, w) near the aspect of the photograph and near the area render_size squared, whatever the aspect."""
    longest = max(SIDE_STEP, render_size**2 // SIDE_STEP)
    high = min(max(render_size * sqrt(height / width), SIDE_STEP), longest)
    wide = min(max(render_size * sqrt(width / height), SIDE_STEP), longest)

    def misfit(size: tuple[int, int]) -> float:
        taller, wider = log(size[0] / high), log(size[1] / wide)
        return 2 * abs(taller - wider) + abs(taller + wider)

    return min(((h, w) for h in _steps(high) for w in _steps(wide)), key=misfit)


def working_lightness(pixels: Pixels, render_size: int) -> Floats:
    """L (h, w) of the photograph at its working size."""
    height, width = pixels.shape[:2]
    return seen_at(pixels, *working_size(height, width, render_size))


def seen_at(pixels: Pixels, high: int, wide: int) -> Floats:
    """L (high, wide) of the photograph, stretched where that is another shape."""
    height, width = pixels.shape[:2]
    pixels = shrink(pixels, min(high, height), min(wide, width))
    return lab.lightness(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_LINEAR))


def shrink(pixels: Pixels, height: int, width: int) -> Pixels:
    """The pixels, averaged, at a smaller size."""
    while min(pixels.shape[0] // height, pixels.shape[1] // width) >= 2:  # halving is INTER_AREA's quick case
        rows, columns = pixels.shape[0] // 2, pixels.shape[1] // 2
        pixels = cv2.resize(pixels[: 2 * rows, : 2 * columns], (columns, rows), interpolation=cv2.INTER_AREA)
    small: Pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    return small


def _steps(side: float) -> tuple[int, int]:
    """The multiples of the step below and above a side."""
    below = max(SIDE_STEP, int(side) // SIDE_STEP * SIDE_STEP)
    return below, below + SIDE_STEP
