"""Pure colour maths: sRGB pixels to CIE L, a, b (D65) and back, exactly, with no input or output.

Shapes: pixels are uint8 or uint16, (H, W) grey or (H, W, 3) RGB; L is float32 (H, W), 0..100;
ab is float32 (H, W, 2) in CIE units. Every function works pixel by pixel, so a strip gives what
the whole photograph gives. ab is quickest where each of its two planes lies contiguous in memory.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8 | np.uint16]
Depth = type[np.uint8] | type[np.uint16] | np.dtype[np.uint8 | np.uint16]
Floats = NDArray[np.float32]

# IEC 61966-2-1 primaries, each row divided by its sum: white is (1, 1, 1) in XYZ, and grey needs no rounding.
_SRGB = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_TO_XYZ = _SRGB / _SRGB.sum(axis=1, keepdims=True)
_TO_RGB = np.linalg.inv(_TO_XYZ)

_KNEE = np.float32(6 / 29)  # below it the cube root of Lab is a straight line
_KNEE_SLOPE = np.float32(3 * (6 / 29) ** 2)
_SRGB_KNEE = np.float32(0.0031308)  # linear light below which the sRGB curve is a straight line
_SRGB_SLOPE = np.float32(12.92)
_SLACK = np.float32(1e-6)  # linear light: far below half a level of 16 bits
_SOLVER_STEPS = 14  # halvings of the chroma of a colour out of gamut


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


def join(lightness: Floats, ab: Floats, depth: Depth) -> Pixels:
    """RGB pixels of this lightness; a colour that sRGB cannot show keeps its L and hue and loses chroma."""
    root = (np.clip(lightness, 0, 100) + np.float32(16)) * np.float32(1 / 116)
    x_step = ab[..., 0] * np.float32(1 / 500)
    z_step = ab[..., 1] * np.float32(-1 / 200)
    luminance = _cube(root)
    rgb = _linear_rgb(root, luminance, x_step, z_step)
    _pull_into_gamut(rgb, root, luminance, x_step, z_step)
    return _encode(rgb, np.dtype(depth))


def is_gray(rgb: Pixels, tolerance: int = 0) -> bool:
    """Whether the three channels of every pixel differ by at most `tolerance` levels."""
    if rgb.ndim == 2:
        return True
    red, green, blue = cv2.split(rgb)
    pairs = ((red, green), (green, blue), (red, blue))
    return all(cv2.norm(one, other, cv2.NORM_INF) <= tolerance for one, other in pairs)


def _linear_rgb(root: Floats, luminance: Floats, x_step: Floats, z_step: Floats) -> list[Floats]:
    """Linear R, G, B planes, not yet in gamut; with both steps 0 they equal the luminance to the last bit."""
    x = _cube(root + x_step) - luminance
    z = _cube(root + z_step) - luminance
    return [luminance + np.float32(row[0]) * x + np.float32(row[2]) * z for row in _TO_RGB]


def _pull_into_gamut(
    rgb: list[Floats], root: Floats, luminance: Floats, x_step: Floats, z_step: Floats
) -> None:
    """Scale down, in place, the chroma of the pixels that lie outside 0..1 until they touch its edge."""
    outside = np.flatnonzero(_excess(rgb) > _SLACK)
    if not outside.size:
        return
    root, luminance, x_step, z_step = (plane.ravel()[outside] for plane in (root, luminance, x_step, z_step))
    inside, beyond = np.zeros_like(root), np.ones_like(root)  # shares of the chroma
    for _ in range(_SOLVER_STEPS):
        share = (inside + beyond) * np.float32(0.5)
        fits = _excess(_linear_rgb(root, luminance, share * x_step, share * z_step)) <= _SLACK
        np.copyto(inside, share, where=fits)
        np.copyto(beyond, share, where=~fits)
    solved = _linear_rgb(root, luminance, inside * x_step, inside * z_step)
    for plane, values in zip(rgb, solved, strict=True):
        plane.ravel()[outside] = values


def _excess(rgb: list[Floats]) -> Floats:
    """How far the worst channel lies outside 0..1; negative inside."""
    red, green, blue = rgb
    low = np.minimum(np.minimum(red, green), blue)
    high = np.maximum(np.maximum(red, green), blue)
    worst: Floats = np.maximum(-low, high - 1)
    return worst


def _encode(rgb: list[Floats], depth: np.dtype[np.uint8 | np.uint16]) -> Pixels:
    """Linear planes to interleaved sRGB pixels, rounded to the nearest level."""
    top = np.iinfo(depth).max
    planes = []
    for linear in rgb:
        curved = np.maximum(linear, _SRGB_KNEE)
        straight = np.minimum(linear, _SRGB_KNEE) - _SRGB_KNEE
        value = np.float32(1.055) * cv2.pow(curved, 1 / 2.4) - np.float32(0.055) + _SRGB_SLOPE * straight
        planes.append(np.clip(value * top + np.float32(0.5), 0, top).astype(depth))
    pixels: Pixels = cv2.merge(planes)
    return pixels


def _cube(root: Floats) -> Floats:
    """The inverse of Lab's cube root: t^3, and below the knee the tangent to it."""
    curved: Floats = np.maximum(root, _KNEE)
    return curved * curved * curved + _KNEE_SLOPE * (root - curved)


def _cube_root(linear: Floats) -> Floats:
    """Lab's cube root, with its straight line near black."""
    curved: Floats = np.maximum(linear, _KNEE**3)
    root: Floats = np.cbrt(curved)
    return root + (linear - curved) * (1 / _KNEE_SLOPE)


def _root_to_lightness(root: Floats) -> Floats:
    return np.float32(116) * root - np.float32(16)


@cache
def _linear_table(depth: np.dtype[np.uint8 | np.uint16]) -> Floats:
    """Linear light of each level."""
    level = np.linspace(0, 1, np.iinfo(depth).max + 1)
    curved = ((np.maximum(level, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(level <= 0.04045, level / 12.92, curved).astype(np.float32)


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
