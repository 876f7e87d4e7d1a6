"""The last step at full resolution: what still differs at the hinted pixels themselves, close around them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from colorcli.color.lab import Floats
from colorcli.color.upsample import ColorLines

REACH = 0.03  # sides of a square of the photograph's area, at which a difference falls to exp(-1/2)
LIGHTNESS = 6.0  # L, likewise: it stops where an edge stops
FARTHEST = 3  # times the reach: beyond that nothing is left
NOISE = 0.01  # of two hints on neighbouring pixels, neither gets its way at any price


@dataclass(frozen=True)
class Touch:
    """What to add at one pixel, of that L, and around it."""

    x: int
    y: int
    lightness: float
    ab: Floats  # (2,)


@dataclass(frozen=True)
class Retouched:
    """Colour at full resolution, with touches: what `ColorLines` is without."""

    lines: ColorLines
    touches: Sequence[Touch]
    reach: float  # pixels

    def times(self, factor: float) -> "Retouched":
        """That much of the colour."""
        touches = [replace(touch, ab=touch.ab * np.float32(factor)) for touch in self.touches]
        return Retouched(ColorLines(self.lines.planes * np.float32(factor)), touches, self.reach)

    def strip(self, lightness: Floats, top: int, height: int, work: Floats | None = None) -> Floats:
        """As of `ColorLines`."""
        ab = self.lines.strip(lightness, top, height, work)
        for touch in self.touches:
            self._add(touch, lightness, ab, top)
        return ab

    def _add(self, touch: Touch, lightness: Floats, ab: Floats, top: int) -> None:
        """A touch to the part of a strip that is near to it."""
        far = int(FARTHEST * self.reach) + 1
        rows = slice(max(0, touch.y - far - top), max(0, touch.y + far + 1 - top))
        columns = slice(max(0, touch.x - far), touch.x + far + 1)
        near = lightness[rows, columns]
        if not near.size:
            return
        down = np.arange(near.shape[0], dtype=np.float32) + (rows.start + top - touch.y)
        across = np.arange(near.shape[1], dtype=np.float32) + (columns.start - touch.x)
        light = (near - np.float32(touch.lightness)) / np.float32(LIGHTNESS)
        place = (down[:, None] ** 2 + across**2) / np.float32(self.reach**2)
        share = np.exp((light**2 + place) * np.float32(-0.5))
        for channel in range(2):  # its planes lie apart
            ab[rows, columns, channel] += share * touch.ab[channel]


def touches(
    places: Sequence[tuple[int, int]], lightness: Floats, difference: Floats, reach: float
) -> list[Touch]:
    """Those that together add the `difference` (n, 2) at the pixels (x, y) of that L (n,)."""
    spots = np.array(places, np.float64) / reach
    light = lightness.astype(np.float64)[:, None] / LIGHTNESS
    points = np.concatenate([spots, light], axis=1)
    among = np.exp(-((points[:, None] - points) ** 2).sum(-1) / 2) + NOISE * np.eye(len(points))
    weights = np.linalg.solve(among, difference).astype(np.float32)
    return [
        Touch(x, y, float(level), ab) for (x, y), level, ab in zip(places, lightness, weights, strict=True)
    ]
