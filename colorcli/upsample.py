"""Colour at low resolution to full resolution, guided by lightness, so that it stops where an edge stops.

Within a small window colour is taken to be a straight line of lightness, ab = slope * L + offset (the guided
filter of He, Sun and Tang). The lines are fitted once, at low resolution; any strip of the full-resolution
photograph then needs only their interpolated values and its own L.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from colorcli.lab import Floats

RADIUS = 2  # of the window, in cells of the low-resolution colour
SMOOTHNESS = 25.0  # variance of L, in squared L units, under which a window counts as flat


@dataclass(frozen=True)
class ColorLines:
    """The fitted lines. Each plane is (h, w) float32; slopes are ab per L, offsets ab."""

    slopes: tuple[Floats, Floats]
    offsets: tuple[Floats, Floats]

    def strip(self, lightness: Floats, top: int, height: int, work: Floats | None = None) -> Floats:
        """ab (rows, W, 2) of the rows of a photograph `height` high that begin at `top`, given their L.

        `work`: memory for the answer, at least 2 floats a pixel, to use again strip by strip.
        """
        rows, width = lightness.shape
        if work is None:
            work = np.empty(2 * lightness.size, np.float32)
        ab = work[: 2 * lightness.size].reshape(2, rows, width)
        for plane, slope, offset in zip(ab, self.slopes, self.offsets, strict=True):
            np.multiply(_rows(slope, top, rows, height, width), lightness, out=plane)
            plane += _rows(offset, top, rows, height, width)
        return ab.transpose(1, 2, 0)


def fit(lightness: Floats, ab: Floats) -> ColorLines:
    """Fit ab (h, w, 2) to lightness (H, W), any multiple of its size, window by window."""
    height, width = ab.shape[:2]
    guide: Floats = cv2.resize(lightness, (width, height), interpolation=cv2.INTER_AREA)
    mean = _box(guide)
    precision: Floats = np.reciprocal(_box(guide * guide) - mean * mean + np.float32(SMOOTHNESS))
    slopes, offsets = [], []
    for plane in (ab[..., 0], ab[..., 1]):
        plane_mean = _box(plane)
        slope = (_box(guide * plane) - mean * plane_mean) * precision
        slopes.append(_box(slope))
        offsets.append(_box(plane_mean - slope * mean))
    return ColorLines((slopes[0], slopes[1]), (offsets[0], offsets[1]))


def _box(plane: Floats) -> Floats:
    side = 2 * RADIUS + 1
    mean: Floats = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
    return mean


def _rows(plane: Floats, top: int, rows: int, height: int, width: int) -> Floats:
    """Rows top..top+rows of `plane` enlarged bilinearly to (height, width)."""
    position = (np.arange(top, top + rows) + 0.5) * (plane.shape[0] / height) - 0.5
    position = np.clip(position, 0, plane.shape[0] - 1)
    upper = position.astype(np.intp)
    lower = np.minimum(upper + 1, plane.shape[0] - 1)
    share = (position - upper).astype(np.float32)[:, None]
    between = plane[upper] * (1 - share) + plane[lower] * share
    enlarged: Floats = cv2.resize(between, (width, rows), interpolation=cv2.INTER_LINEAR)
    return enlarged
