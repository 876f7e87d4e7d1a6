"""Whether the colour stays the same when the photograph is larger, smaller, compressed, grainy or faded."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.lab import Floats
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import Painter
from colorcli.evaluate.photographs import Photograph, grey_of, load, square

REFERENCE = 512  # pixels, the longer side of the photograph that the others are compared with
GRAIN = 0.1 * 255  # standard deviation in grey levels
SEED = 7


def resized(grey: Pixels, longer_side: int) -> Pixels:
    """The photograph with its aspect kept."""
    height, width = grey.shape
    scale = longer_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    result: Pixels = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return result


def _jpeg(grey: Pixels) -> Pixels:
    _, encoded = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), np.uint8)


def _grain(grey: Pixels) -> Pixels:
    noise = np.random.default_rng(SEED).normal(0, GRAIN, grey.shape)
    return np.clip(np.round(grey + noise), 0, 255).astype(np.uint8)


def _half_contrast(grey: Pixels) -> Pixels:
    return np.round(64 + grey / 2).astype(np.uint8)


CHANGES: Mapping[str, Callable[[Pixels], Pixels]] = {
    "256 pixels": lambda grey: resized(grey, 256),
    "1000 pixels": lambda grey: resized(grey, 1000),
    "4000 pixels": lambda grey: resized(grey, 4000),
    "JPEG quality 40": _jpeg,
    "grain of 10%": _grain,
    "half the contrast": _half_contrast,
}


def stability(photographs: Sequence[Photograph], painter: Painter) -> dict[str, float]:
    """Mean ab distance between the colours of the changed and of the unchanged photograph, by change."""
    distances: dict[str, list[float]] = {name: [] for name in CHANGES}
    for photograph in photographs:
        grey = resized(grey_of(load(photograph)), REFERENCE)
        reference = _colour(painter, grey)
        for name, change in CHANGES.items():
            difference = _colour(painter, change(grey)) - reference
            distances[name].append(float(np.hypot(difference[..., 0], difference[..., 1]).mean()))
    return {name: fmean(values) for name, values in distances.items()}


def _colour(painter: Painter, grey: Pixels) -> Floats:
    """ab (256, 256, 2) of the coloured photograph."""
    return lab.split(square(painter.paint(grey)))[1]
