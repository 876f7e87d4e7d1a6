"""Photographs for the command's tests, and what is looked for in its results."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

COLORCLI = Path(sys.executable).with_name("colorcli")
Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def write_photo(path: Path, width: int = 48, height: int = 32, seed: int = 0) -> Path:
    """A grey photograph with smooth and busy places, in the format of its name."""
    rows, columns = np.mgrid[0:height, 0:width]
    noise = np.random.default_rng(seed).normal(0, 12, (height, width))
    pixels = np.clip(60 + rows * 150 / height + 30 * (columns > width // 2) + noise, 0, 255)
    assert cv2.imwrite(str(path), pixels.astype(np.uint8))
    return path


def temporary_files(folder: Path) -> list[Path]:
    """What an unfinished write would leave behind."""
    return [path for path in folder.rglob("*") if path.name.startswith(".colorcli-")]


def is_coloured(path: Path) -> bool:
    """Whether a second program sees colour in the file."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert pixels is not None
    return int(np.ptp(pixels.astype(int), axis=2).max()) > 8
