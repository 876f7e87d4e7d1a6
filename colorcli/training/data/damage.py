"""What time does to photographs, put on L while training so that colour does not depend on a clean scan."""

import cv2
import numpy as np

from colorcli.color.lab import Floats
from colorcli.training.config import Damage

LIKELIHOOD = 0.15  # of each kind of damage, drawn alone


def degrade(lightness: Floats, damage: Damage, rng: np.random.Generator) -> Floats:
    """Damage L (H, W) float32 0..100 in the order in which time and scanners do it."""
    for wanted, kind in (
        (damage.blur, _blur),
        (damage.curve, _curve),
        (damage.fading, _fade),
        (damage.noise, _grain),
        (damage.jpeg, _jpeg),
    ):
        if wanted and rng.random() < LIKELIHOOD:
            lightness = kind(lightness, rng)
    return np.clip(lightness, 0, 100)


def _blur(lightness: Floats, rng: np.random.Generator) -> Floats:
    """A soft lens: sigma up to 1.5 pixels."""
    blurred: Floats = cv2.GaussianBlur(lightness, (0, 0), rng.uniform(0.3, 1.5))
    return blurred


def _curve(lightness: Floats, rng: np.random.Generator) -> Floats:
    """Another film or paper: a gamma between 0.6 and 1.6."""
    gamma = np.exp(rng.uniform(np.log(0.6), np.log(1.6)))
    return 100 * np.power(np.clip(lightness, 0, 100) / 100, gamma, dtype=np.float32)


def _fade(lightness: Floats, rng: np.random.Generator) -> Floats:
    """Blacks turn grey and whites dull: the range shrinks to 50..95%."""
    span = rng.uniform(0.5, 0.95)
    return lightness * span + rng.uniform(0, 100 * (1 - span))


def _grain(lightness: Floats, rng: np.random.Generator) -> Floats:
    """Film grain: noise of 1 to 8 L, up to two pixels wide."""
    noise = rng.standard_normal(lightness.shape, dtype=np.float32)
    width = rng.uniform(0.2, 1.0)
    grain: Floats = cv2.GaussianBlur(noise, (0, 0), width)
    return lightness + grain * np.float32(rng.uniform(1, 8) / grain.std())


def _jpeg(lightness: Floats, rng: np.random.Generator) -> Floats:
    """A hard-pressed JPEG, quality 30 to 80."""
    pixels = np.clip(lightness * 2.55, 0, 255).round().astype(np.uint8)
    quality = int(rng.integers(30, 81))
    _, encoded = cv2.imencode(".jpg", pixels, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.float32) / np.float32(2.55)
