"""Photographs in colour that no model could guess, whose places a model can tell from one another."""

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Pixels

STRIPE = 40  # pixels of one colour
COLOURS = ((35, 20), (-25, 30), (5, -40), (-30, -5), (30, -25))  # ab


def scenery(seed: int = 0, width: int = 320, height: int = 128) -> Pixels:
    """Soft shapes in light and dark, and stripes of colour that have nothing to do with them."""
    draw = np.random.default_rng(seed)
    lightness = cv2.GaussianBlur(draw.normal(0, 1, (height, width)), (0, 0), 6)
    lightness = 50 + 15 * lightness / lightness.std()
    stripes = (np.arange(width) // STRIPE + seed) % len(COLOURS)
    ab = np.broadcast_to(np.array(COLOURS)[stripes], (height, width, 2))
    return lab.join(np.clip(lightness, 25, 75).astype(np.float32), ab.astype(np.float32), np.uint8)
