"""Samples of any depth as 8 or 16 bits."""

import cv2
import numpy as np

from colorcli.images.picture import Pixels


def scaled(values: Pixels, top: int) -> Pixels:
    """Samples 0..`top` as 0..255, or as 0..65535 where `top` needs more than 8 bits."""
    full = 255 if top < 256 else 65535
    kind = np.uint8 if full == 255 else np.uint16
    if top == full:
        return values.astype(kind)
    table: Pixels = (np.arange(full + 1) * (full / top)).round().clip(0, full).astype(kind)
    return np.take(table, values)


def in_depth(pixels: Pixels, bits: int) -> Pixels:
    """Samples as uint8 (8 bits) or uint16 (more), rounded; unchanged where they are that."""
    if pixels.itemsize == (1 if bits == 8 else 2):
        return pixels
    if bits == 8:
        rounded: Pixels = cv2.convertScaleAbs(pixels, alpha=1 / 257)
        return rounded
    return pixels.astype(np.uint16) * np.uint16(257)
