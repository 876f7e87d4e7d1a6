"""The two colour differences of video for a colour in Lab, where the luma Y' is given and stays as it is.

Y' is not Lab's lightness: colours of one L differ in Y'. So L gives way: of the colours with this Y' it is
the one with these a and b. What RGB cannot show at this Y' keeps its hue and loses chroma until it can.
Solving both takes a while; it is done once, on grids, and pixels are interpolated.
"""

from functools import cache

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Floats

# Shares of R' and B' in Y': ITU-R BT.601 and BT.709.
MATRICES = {"601": (0.299, 0.114), "709": (0.2126, 0.0722)}

_WIDEST = 112.0  # a and b of the grid go from -_WIDEST to _WIDEST; sRGB ends there
_STEPS = 45  # of a and of b
_LEVELS = 33  # of Y'
_ANGLES = np.linspace(0, 2 * np.pi, 97, dtype=np.float32)  # hues
_HALVINGS = 8  # of the doubt about the chroma that fits
_SOLVING = 8  # steps towards the right L
_LEAST = np.float32(1e-6)  # room in gamut, so that black and white divide by something


def differences(luma: Floats, ab: Floats, matrix: str) -> Floats:
    """(Cb, Cr) as planes (2, H, W) of Y' 0..1 (H, W) and ab (H, W, 2), whether RGB can show them or not."""
    level = luma * np.float32(_LEVELS - 1)
    lower = np.minimum(level.astype(np.int32), _LEVELS - 2).astype(np.float32)
    level -= lower
    scale, middle = np.float32((_STEPS - 1) / (2 * _WIDEST)), np.float32((_STEPS - 1) / 2)
    row = np.clip(ab[..., 0] * scale + middle, 0, _STEPS - 1)
    row += lower * np.float32(_STEPS)
    column = ab[..., 1] * scale + middle
    both = cv2.remap(_table(matrix), column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    below_cb, below_cr, above_cb, above_cr = cv2.split(both)
    pair = np.stack([above_cb - below_cb, above_cr - below_cr])
    pair *= level
    pair += (below_cb, below_cr)
    return pair


def limit(luma: Floats, pair: Floats, matrix: str) -> None:
    """Takes from each Cb and Cr of `pair` (2, H, W) the chroma that RGB cannot show at Y' 0..1 (H, W)."""
    pair /= _excess(luma, pair, matrix)


def _excess(luma: Floats, pair: Floats, matrix: str) -> Floats:
    """How many times further from grey than RGB can show a colour lies; at least 1."""
    red, blue = MATRICES[matrix]
    green = 1 - red - blue
    to_red = pair[1] * np.float32(2 * (1 - red))
    to_blue = pair[0] * np.float32(2 * (1 - blue))
    to_green = cv2.addWeighted(to_red, -red / green, to_blue, -blue / green, 0)
    up = cv2.max(cv2.max(to_red, to_green), to_blue)
    down = cv2.min(cv2.min(to_red, to_green), to_blue)
    up /= np.maximum(1 - luma, _LEAST)
    down /= np.minimum(-luma, -_LEAST)
    excess: Floats = np.maximum(
        cv2.max(up, down), np.float32(1)
    )  # cv2 takes 1x1 beside a number for a scalar
    return excess


@cache
def _table(matrix: str) -> Floats:
    """(levels * steps, steps, 4): for each Y', a and b the Cb and Cr, then those of the next Y'.

    Beyond what RGB can show they go straight on, away from grey: the way back keeps the hue.
    """
    side = np.linspace(-_WIDEST, _WIDEST, _STEPS, dtype=np.float32)
    luma, a, b = np.meshgrid(np.linspace(0, 1, _LEVELS, dtype=np.float32), side, side, indexing="ij")
    angle = np.arctan2(b, a) % np.float32(2 * np.pi)
    limits = zip(angle, _most_chroma(matrix), strict=True)
    most = np.stack([np.interp(angles, _ANGLES, limit) for angles, limit in limits])
    share = np.minimum(most / np.maximum(np.hypot(a, b), 1), 1).astype(np.float32)
    pair = _solved(luma, np.stack([a * share, b * share], axis=-1), matrix) / share
    nodes = np.moveaxis(pair, 0, -1)
    following = np.concatenate([nodes[1:], nodes[-1:]])
    both = np.concatenate([nodes, following], axis=-1)
    return np.ascontiguousarray(both).reshape(_LEVELS * _STEPS, _STEPS, 4)  # else each remap copies it


def _most_chroma(matrix: str) -> Floats:
    """(levels, hues): the largest chroma RGB can show with each Y' and hue."""
    luma, hue = np.meshgrid(np.linspace(0, 1, _LEVELS, dtype=np.float32), _ANGLES, indexing="ij")
    way = np.stack([np.cos(hue), np.sin(hue)], axis=-1)
    chroma, step = np.full_like(luma, _WIDEST), np.float32(_WIDEST)
    for _ in range(_HALVINGS):
        pair = _solved(luma, way * chroma[..., None], matrix)
        step /= 2
        chroma += step * np.where(_excess(luma, pair, matrix) > 1, np.float32(-1), np.float32(1))
    return chroma


def _solved(luma: Floats, ab: Floats, matrix: str) -> Floats:
    """The Cb and Cr (2, ...) exactly, in gamut or not."""
    red, blue = MATRICES[matrix]
    wanted = _grey_lightness(luma)
    lightness = wanted.copy()
    for _ in range(_SOLVING):
        rgb = _curved(lab.linear_light(lightness, ab))
        reached = red * rgb[0] + (1 - red - blue) * rgb[1] + blue * rgb[2]
        # Were all colours grey, L would follow luma along this curve; it nearly does.
        lightness += wanted - _grey_lightness(reached)
    return np.stack([(rgb[2] - reached) / (2 * (1 - blue)), (rgb[0] - reached) / (2 * (1 - red))])


def _curved(linear: Floats) -> Floats:
    """sRGB's curve, which goes on above 1 and, turned round, below 0."""
    size = np.abs(linear)
    above: Floats = np.maximum(size, np.float32(0.0031308))
    curved: Floats = np.float32(1.055) * np.power(above, np.float32(1 / 2.4)) - np.float32(0.055)
    curved += (size - above) * np.float32(12.92)
    return np.copysign(curved, linear)


def _grey_lightness(luma: Floats) -> Floats:
    """L of grey."""
    levels = lab.lightness(np.arange(65536, dtype=np.uint16)[None])[0]
    found: Floats = np.interp(luma * 65535, np.arange(65536), levels).astype(np.float32)
    return found
