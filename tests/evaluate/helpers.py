"""Colour photographs to measure on, as far as noise and gradients are photographs."""

from pathlib import Path

import cv2
import numpy as np

from colorcli.evaluate.metrics import Pixels


def colour_pixels(width: int = 60, height: int = 40, seed: int = 0) -> Pixels:
    """A coloured sky over coloured ground, with smooth and busy places and a hard edge between them."""
    generator = np.random.default_rng(seed)
    sky, ground = generator.uniform(40, 220, (2, 3))
    rows, columns = np.mgrid[0:height, 0:width]
    scene = np.where((rows < height // 2)[..., None], sky, ground) * (0.6 + 0.4 * columns / width)[..., None]
    noisy = scene + generator.normal(0, 8, scene.shape)
    return np.clip(np.round(noisy), 0, 255).astype(np.uint8)


def write_photo(path: Path, pixels: Pixels) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    assert cv2.imwrite(str(path), ordered)
    return path


def write_set(folder: Path) -> Path:
    """Three coasts and two streets, from the sources lake and town."""
    for number in range(3):
        write_photo(folder / "coast" / f"lake-{number}.png", colour_pixels(seed=number))
    for number in range(2):
        write_photo(folder / "street" / f"town-{number}.png", colour_pixels(50, 70, seed=10 + number))
    return folder
