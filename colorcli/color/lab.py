"""Pure colour maths: sRGB pixels to CIE L, a, b (D65) and back, exactly, with no input or output.

Shapes: pixels are uint8 or uint16, (H, W) grey or (H, W, 3) RGB; L is float32 (H, W), 0..100;
ab is float32 (H, W, 2) in CIE units. Every function works pixel by pixel, so a strip gives what
the whole photograph gives. ab is quickest where each of its two planes lies contiguous in memory.
"""

from functools import cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8 | np.uint16]
Floats = NDArray[np.float32]
Depth = type[np.uint8] | type[np.uint16] | np.dtype[np.uint8 | np.uint16]

# IEC 61966-2-1 primaries, each row divided by its sum: white is (1, 1, 1) in XYZ, and grey needs no rounding.
_SRGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_TO_XYZ = _SRGB / _SRGB.sum(axis=1, keepdims=True)
TO_RGB = np.linalg.inv(_TO_XYZ)  # of XYZ in which white is (1, 1, 1)
# Every row of TO_RGB sums to 1, so that R, G, B are Y plus shares of X-Y and Z-Y.
_SHARES: list[list[float]] = TO_RGB[:, [0, 2]].tolist()

_KNEE = np.float32(6 / 29)  # of a root: below it the cube root of Lab is a straight line
_KNEE_SLOPE = np.float32(3 * (6 / 29) ** 2)
_KNEE_CUBE = _KNEE * (_KNEE * _KNEE)
_FEW = 32  # of so many values below the knee, one at most is worked out by itself
_SRGB_KNEE = np.float32(0.0031308)  # linear light below which the sRGB curve is a straight line
_SLACK = np.float32(1e-6)  # linear light out of gamut that rounding hides, even in 16 bits
_SECTIONS, _ROUNDS = 4, 6  # a colour out of gamut keeps the best of 4**6 shares of its chroma
_TOGETHER = 4096  # of them at a time: what they are worked out in stays in the cache
_LINEAR_LEVELS = 1 << 16  # of the table that gives 8-bit pixels
_ROOM = 9  # planes of floats that `join` works in


def lightness(pixels: Pixels) -> Floats:
    """CIE L of grey or RGB pixels."""
    if pixels.ndim == 2:
        return _lookup(_lightness_table(pixels.dtype), pixels)
    luminance = cv2.transform(_lookup(_linear_table(pixels.dtype), pixels), _TO_XYZ[1:2])
    return _root_to_lightness(_cube_root(luminance))


def split(rgb: Pixels) -> tuple[Floats, Floats]:
    """(L, ab) of RGB pixels."""
    xyz = cv2.transform(_lookup(_linear_table(rgb.dtype), rgb), _TO_XYZ)
    root = _cube_root(xyz)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return _root_to_lightness(y), np.stack([500 * (x - y), 200 * (y - z)], axis=-1)


def workspace(pixels: int) -> Floats:
    """Memory for `join` to use again, strip by strip: fresh memory costs more than the maths."""
    return np.empty(_ROOM * pixels, np.float32)


def join(lightness: Floats, ab: Floats, depth: Depth, work: Floats | None = None) -> Pixels:
    """RGB pixels of this lightness; a colour that sRGB cannot show keeps its L and hue and loses chroma."""
    if work is None:
        work = workspace(lightness.size)
    roots, rgb, spare = work[: _ROOM * lightness.size].reshape(3, 3, *lightness.shape)
    _roots(lightness, ab[..., 0], ab[..., 1], roots)
    _linear_rgb(roots, rgb, spare)
    outside = np.flatnonzero(_outside(rgb))
    planes = [plane.ravel() for plane in (lightness, ab[..., 0], ab[..., 1])]
    for start in range(0, outside.size, _TOGETHER):
        some = outside[start : start + _TOGETHER]
        rgb.reshape(3, -1)[:, some] = _pulled_in(*(plane[some] for plane in planes))
    return _encode(rgb, spare, np.dtype(depth))


def linear_light(lightness: Floats, ab: Floats) -> Floats:
    """R, G, B of linear light (3, H, W): 0..1, and beyond where sRGB cannot show the colour."""
    work: Floats = workspace(lightness.size).reshape(3, 3, *lightness.shape)
    roots, rgb, spare = work
    _roots(lightness, ab[..., 0], ab[..., 1], roots)
    _linear_rgb(roots, rgb, spare)
    light: Floats = rgb
    return light


def is_grey(pixels: Pixels, tolerance: int = 0) -> bool:
    """Whether the three channels of every pixel differ by at most `tolerance` levels."""
    if pixels.ndim == 2:
        return True
    red, green, blue = cv2.split(pixels)
    pairs = ((red, green), (green, blue), (red, blue))
    return all(cv2.norm(one, other, cv2.NORM_INF) <= tolerance for one, other in pairs)


def _roots(lightness: Floats, a: Floats, b: Floats, roots: Floats) -> None:
    """Write the cube roots of Y, X and Z into `roots` (3, H, W)."""
    y, x, z = roots
    np.multiply(lightness, np.float32(1 / 116), out=y)
    y += np.float32(16 / 116)
    np.multiply(a, np.float32(1 / 500), out=x)
    x += y
    np.multiply(b, np.float32(-1 / 200), out=z)
    z += y


def _linear_rgb(roots: Floats, rgb: Floats, spare: Floats) -> None:
    """Write linear R, G, B into `rgb`; where ab is 0, R = G = B = Y. All are (3, H, W); two are used up."""
    _cube(roots, spare)
    luminance, x, z = roots
    roots[1:] -= luminance
    for plane, (of_x, of_z) in zip(rgb, _SHARES, strict=True):
        cv2.scaleAdd(x, of_x, luminance, dst=plane)
        cv2.scaleAdd(z, of_z, plane, dst=plane)


def _cube(roots: Floats, spare: Floats) -> None:
    """Undo `_cube_root` in place; `spare`, of the same shape, is used up."""
    below = roots < _KNEE
    if np.count_nonzero(below) < roots.size // _FEW and roots.flags.c_contiguous:
        flat, dark = roots.reshape(-1), np.flatnonzero(below)
        straight = (flat[dark] - _KNEE) * _KNEE_SLOPE + _KNEE_CUBE
        _power(roots, 3)
        flat[dark] = straight
    else:
        np.clip(roots, _KNEE, 9, out=spare)  # a clip at one end only is three times slower
        roots -= spare
        roots *= _KNEE_SLOPE
        _power(spare, 3)
        roots += spare


def _outside(rgb: Floats) -> NDArray[np.bool_]:
    """Which pixels of linear `rgb` (3, H, W) sRGB cannot show."""
    red, green, blue = (rgb < -_SLACK) | (rgb > 1 + _SLACK)
    wrong: NDArray[np.bool_] = red | green | blue
    return wrong


def _pulled_in(lightness: Floats, a: Floats, b: Floats) -> Floats:
    """Linear RGB (3, N) of N colours out of gamut, each with the largest share of its chroma that fits."""
    share = np.zeros_like(lightness)  # fits always
    inner = np.arange(1, _SECTIONS, dtype=np.float32)[:, None]
    roots, rgb, spare = np.empty((3, 3, _SECTIONS - 1, lightness.size), np.float32)
    for round_ in range(1, _ROUNDS + 1):
        tries = share + inner / np.float32(_SECTIONS**round_)
        _roots(lightness, a * tries, b * tries, roots)
        _linear_rgb(roots, rgb, spare)
        inside = ~_outside(rgb)
        for paler, one in pairwise(inside):
            one &= paler  # nothing lies beyond the first that is outside
        share += inside.sum(axis=0, dtype=np.float32) / np.float32(_SECTIONS**round_)
    _roots(lightness, a * share, b * share, roots[:, 0])
    _linear_rgb(roots[:, :1], rgb[:, :1], spare[:, :1])
    return rgb[:, 0]


def _encode(rgb: Floats, spare: Floats, depth: np.dtype[np.uint8 | np.uint16]) -> Pixels:
    """Linear `rgb` (3, H, W) to interleaved sRGB pixels, rounded to the nearest level; both are used up."""
    np.clip(rgb, 0, 1, out=rgb)
    if depth == np.uint8:
        rgb *= np.float32(_LINEAR_LEVELS - 1)
        rgb += np.float32(0.5)
        light = rgb.astype(np.uint16)
        planes = cv2.LUT(light.reshape(-1, light.shape[-1]), _srgb_table()).reshape(light.shape)
    else:
        _srgb_curve(rgb, spare)
        rgb *= np.float32(np.iinfo(depth).max)
        rgb += np.float32(0.5)
        planes = rgb.astype(depth)
    pixels: Pixels = cv2.merge(list(planes))
    return pixels


def _srgb_curve(linear: Floats, spare: Floats) -> None:
    """Turn linear light 0..1 into sRGB 0..1, in place; `spare`, of the same shape, is used up."""
    np.clip(linear, _SRGB_KNEE, 1, out=spare)
    linear -= spare
    linear *= np.float32(12.92)
    _power(spare, 1 / 2.4)
    spare *= np.float32(1.055)
    linear += spare
    linear -= np.float32(0.055)


def _power(values: Floats, exponent: float) -> None:
    """Raise to a power, in place."""
    flat = values.reshape(-1, values.shape[-1])
    cv2.pow(flat, exponent, dst=flat)


def _cube_root(linear: Floats) -> Floats:
    """Lab's cube root, with its straight line near black."""
    curved: Floats = np.clip(linear, _KNEE**3, 9)
    straight = (linear - curved) * (1 / _KNEE_SLOPE)
    root: Floats = np.cbrt(curved)
    return root + straight


def _root_to_lightness(root: Floats) -> Floats:
    return np.float32(116) * root - np.float32(16)


@cache
def _linear_table(depth: np.dtype[np.uint8 | np.uint16]) -> Floats:
    """Linear light of each level."""
    level = np.linspace(0, 1, np.iinfo(depth).max + 1)
    curved = ((np.maximum(level, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(level <= 0.04045, level / 12.92, curved).astype(np.float32)


@cache
def _srgb_table() -> Pixels:
    """8-bit sRGB of linear light in 65536 steps: a step is a 20th of a level at most."""
    linear = np.linspace(0, 1, _LINEAR_LEVELS, dtype=np.float32)[None]
    _srgb_curve(linear, np.empty_like(linear))
    levels: Pixels = (linear[0] * 255 + np.float32(0.5)).astype(np.uint8)
    return levels


@cache
def _lightness_table(depth: np.dtype[np.uint8 | np.uint16]) -> Floats:
    """L of each grey level."""
    return _root_to_lightness(_cube_root(_linear_table(depth)))


def _lookup(table: Floats, pixels: Pixels) -> Floats:
    if pixels.dtype == np.uint8:
        values: Floats = cv2.LUT(pixels, table)
    else:
        values = np.take(table, pixels, mode="clip")
    return values
