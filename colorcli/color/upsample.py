"""Colour at low resolution to full resolution, guided by lightness, so that it stops where an edge stops.

Nearby, colour is taken to follow lightness along a straight line (the idea of the guided filter of He, Sun
and Tang). What the network says is calmed by that filter as published, at low resolution. Enlarging then
guides only the detail that low resolution cannot hold: ab = cubic(ab) + slope * (L - cubic(L)). The lines are
fitted once, at low resolution; a strip of the full-resolution photograph then needs only their interpolated
values and its own L. docs/decisions.md has the figures.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from colorcli.color.lab import Floats

WINDOW = 3  # cells of the low-resolution colour, along each side
SMOOTHNESS = 100.0  # variance of L, in squared L units, at which a window counts as half flat
CALM_WINDOW = 3  # the same two for calming: as wide as what is enlarged, at the default model's stride of 8
CALM_SMOOTHNESS = 50.0


@dataclass(frozen=True)
class ColorLines:
    """ab = slope * L + offset: `planes` (4, h, w) are the slopes of a and b in ab per L, then the offsets."""

    planes: Floats

    def strip(self, lightness: Floats, top: int, height: int, work: Floats | None = None) -> Floats:
        """ab (rows, W, 2) of the rows of a photograph `height` high that begin at `top`, given their L.

        `work`: memory to use again strip by strip, for strips of at most as many pixels (see `workspace`).
        """
        if work is None:
            work = workspace(lightness.size)
        rows, width = lightness.shape
        whole = rows == height  # enlarged both ways at once, which is quicker
        planes = self.planes if whole else _between(self.planes, top, rows, height)
        values = work[: 4 * lightness.size].reshape(4, rows, width)
        for plane, value in zip(planes, values, strict=True):
            cv2.resize(plane, (width, rows), dst=value, interpolation=cv2.INTER_LINEAR)
        slopes, offsets = values.reshape(2, 2, rows, width)
        slopes *= lightness
        slopes += offsets
        return slopes.transpose(1, 2, 0)


def workspace(pixels: int) -> Floats:
    """Memory for `ColorLines.strip` to use again: its answer lies in it."""
    return np.empty(4 * pixels, np.float32)


def calmed(lightness: Floats, ab: Floats, chroma: float = 1.0) -> Floats:
    """The network's ab (h, w, 2) of this L (H, W) without its spots: on the lines around each cell.

    `chroma` is the factor of the result.
    """
    window = _Window(_guide(lightness, ab), CALM_WINDOW, CALM_SMOOTHNESS)
    calm: Floats = cv2.merge([window.on_lines(plane) for plane in cv2.split(ab)])
    return calm * np.float32(chroma)


def fit(lightness: Floats, ab: Floats) -> ColorLines:
    """Fit ab (h, w, 2) to the L (H, W) that it was predicted from, or to any other L at least as large."""
    size, guide = lightness.shape[::-1], _guide(lightness, ab)
    window = _Window(guide, WINDOW, SMOOTHNESS)
    guide_large: Floats = cv2.resize(guide, size, interpolation=cv2.INTER_CUBIC)
    planes = np.empty((4, *lightness.shape), np.float32)
    for index in range(2):
        plane = np.ascontiguousarray(ab[..., index])
        planes[index] = cv2.resize(window.slopes(plane), size, interpolation=cv2.INTER_LINEAR)
        planes[2 + index] = cv2.resize(plane, size, interpolation=cv2.INTER_CUBIC)
        planes[2 + index] -= planes[index] * guide_large
    return ColorLines(planes)


class _Window:
    """Around each cell of a guide, straight lines that lead from it to another plane."""

    def __init__(self, guide: Floats, side: int, smoothness: float) -> None:
        self._guide, self._side = guide, side
        self._guide_mean = self._mean(guide)
        variance = self._mean(guide * guide) - self._guide_mean * self._guide_mean
        self._sharpness: Floats = np.reciprocal(variance + np.float32(smoothness))

    def slopes(self, plane: Floats) -> Floats:
        """How much of the plane one unit of the guide is worth."""
        return self._mean(self._slopes(plane, self._mean(plane)))

    def on_lines(self, plane: Floats) -> Floats:
        """What the lines make of the guide: the guided filter as published."""
        mean = self._mean(plane)
        slopes = self._slopes(plane, mean)
        return self._mean(slopes) * self._guide + self._mean(mean - slopes * self._guide_mean)

    def _slopes(self, plane: Floats, mean: Floats) -> Floats:
        return (self._mean(self._guide * plane) - self._guide_mean * mean) * self._sharpness

    def _mean(self, plane: Floats) -> Floats:
        mean: Floats = cv2.blur(plane, (self._side, self._side), borderType=cv2.BORDER_REFLECT)
        return mean


def _guide(lightness: Floats, ab: Floats) -> Floats:
    guide: Floats = cv2.resize(lightness, ab.shape[1::-1], interpolation=cv2.INTER_AREA)
    return guide


def _between(planes: Floats, top: int, rows: int, height: int) -> Floats:
    """Rows `top` to `top + rows` of the planes (n, h, w) when enlarged to `height` rows: (n, rows, w)."""
    last = planes.shape[1] - 1
    position = np.clip((np.arange(top, top + rows) + 0.5) * (planes.shape[1] / height) - 0.5, 0, last)
    upper = position.astype(np.intp)
    share = (position - upper).astype(np.float32)[:, None]
    above: Floats = np.take(planes, upper, axis=1, mode="clip")
    below: Floats = np.take(planes, upper + 1, axis=1, mode="clip")
    below -= above
    below *= share
    below += above
    return below
