"""Find the plain border or mount around a scanned photograph, so that it can stay neutral.

A border is flat, lies at the edge, and ends in a straight step along a rectangle; often several lie in
one another, such as white paper around black film. A plain sky or backdrop is flat too, but what ends it,
a skyline or a person, is no straight step along most of three sides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from colorcli.color.lab import Floats

FLAT = 6.0  # L: how far paper, with its texture and stains, strays from its own level
FLAT_SHARE = 0.95  # of a row's pixels that must be flat for the row to be border
STEP_SHARE = 0.6  # of the pixels along an inner edge that must differ from the border
DEEPEST = 0.35  # of the height or width that one border may take on one side
FEWEST_SIDES = 3
MOST_BORDERS = 6  # in one another; the blurred line between two counts as one
SMALLEST = 16  # pixels: nothing smaller than this has a border worth the name


@dataclass(frozen=True)
class Box:
    """The picture inside the border, in shares 0..1 of height and width."""

    top: float
    bottom: float
    left: float
    right: float

    def pixels(self, height: int, width: int) -> tuple[slice, slice]:
        """Its rows and columns in a photograph of this size; a pixel on the line belongs to the picture."""
        rows = slice(int(self.top * height), int(np.ceil(self.bottom * height)))
        return rows, slice(int(self.left * width), int(np.ceil(self.right * width)))

    def clear_outside(self, ab: Floats, top: int, height: int) -> None:
        """Make neutral what is border in `ab` (rows, W, 2), the rows from `top` of a photograph."""
        rows, columns = self.pixels(height, ab.shape[1])
        ab[: max(0, rows.start - top)] = 0
        ab[max(0, rows.stop - top) :] = 0
        ab[:, : columns.start] = 0
        ab[:, columns.stop :] = 0


WHOLE = Box(0, 1, 0, 1)


def find_picture(lightness: Floats) -> Box:
    """The picture inside all plain borders, given L (H, W) of the whole photograph at any size."""
    height, width = lightness.shape
    top, bottom, left, right = 0, height, 0, width
    for order in range(MOST_BORDERS):
        if min(bottom - top, right - left) < SMALLEST:
            break
        depths = _border(lightness[top:bottom, left:right])
        if not any(depths) or (order > 0 and max(depths) > 3 * min(depths) + 2):
            break  # a border inside a border is about as wide all around; a pale sky inside one is not
        top, bottom, left, right = top + depths[0], bottom - depths[1], left + depths[2], right - depths[3]
    return Box(top / height, bottom / height, left / width, right / width)


def _border(lightness: Floats) -> tuple[int, int, int, int]:
    """Pixels of the outermost border at the top, bottom, left and right; zeros where there is none."""
    height = len(lightness)
    # Top and bottom look at whole rows; left and right then look at what lies between them.
    top, bottom = _depth(lightness), _depth(lightness[::-1])
    middle = lightness[top : height - bottom].T
    left, right = _depth(middle), _depth(middle[::-1])
    across = slice(left, len(middle) - right)
    steps = (
        _is_step(lightness[:, across], top),
        _is_step(lightness[::-1, across], bottom),
        _is_step(middle, left),
        _is_step(middle[::-1], right),
    )
    return (top, bottom, left, right) if sum(steps) >= FEWEST_SIDES else (0, 0, 0, 0)


def _depth(rows: Floats) -> int:
    """How many rows from the first are flat and at its level; none when that goes on too deep."""
    flat = _flat(rows[: int(len(rows) * DEEPEST) + 1], rows[0]).mean(axis=1) >= FLAT_SHARE
    return 0 if flat.all() else int(flat.argmin())


def _is_step(rows: Floats, depth: int) -> bool:
    """Whether a border of this depth ends in a step: most pixels just inside it have another lightness."""
    inside = _flat(rows[depth : depth + 2], rows[0])[-1]
    return depth > 0 and float(inside.mean()) <= 1 - STEP_SHARE


def _flat(values: Floats, level: Floats) -> NDArray[np.bool_]:
    middle = [(level.size - 1) // 2, level.size // 2]
    median = np.partition(level, middle)[middle].mean()  # np.median loads all of numpy.ma
    flat: NDArray[np.bool_] = np.abs(values - median) <= FLAT
    return flat
