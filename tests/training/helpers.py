"""Small photographs to learn from, and small runs that learn from them."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from colorcli.training.config import NetworkConfig, TrainConfig

SIDE = 40  # pixels


def colourful(seed: int, side: int = SIDE) -> np.ndarray:
    """RGB pixels (side, side + 8, 3) uint8: soft patches of any colour."""
    patches = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return np.clip(cv2.resize(patches, (side + 8, side), interpolation=cv2.INTER_CUBIC), 0, 255)


def toned(seed: int) -> np.ndarray:
    """A sepia print of one of them."""
    grey = colourful(seed).mean(-1, keepdims=True) / 255
    return np.uint8(255 * np.concatenate([grey**0.7, grey**0.95, grey**1.3], axis=-1))


def write(path: Path, pixels: np.ndarray) -> Path:
    """Write RGB or grey pixels as the name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    return path


def write_photographs(folder: Path, count: int = 20) -> Path:
    """So many photographs in the categories cat and dog."""
    for number in range(count):
        category = "cat" if number % 2 else "dog"
        write(folder / category / f"{number:02}.png", colourful(number))
    return folder


def small(source: Path, **changes: object) -> TrainConfig:
    """A run of four steps an epoch that takes next to nothing."""
    network = NetworkConfig(width=0.05, encoder="tiny")
    settings = {
        "sources": (str(source),),
        "network": network,
        "encoder_weights": "none",
        "crop": 32,
        "batch_size": 4,
        "epochs": 2,
        "warmup": 2,
        "learning_rate": 0.01,
        "ema": 0.9,
        "precision": "float32",
        "validation": 0.2,
    }
    return TrainConfig(**(settings | changes))  # type: ignore[arg-type]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Within the block the disk is full as soon as a file has `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
