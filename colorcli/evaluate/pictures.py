"""Rows of pictures to look at: grey, what each painter made of it, the truth."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from colorcli.errors import PhotoError
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import Painter
from colorcli.evaluate.photographs import SIZE, Photograph, grey_of, load, square
from colorcli.evaluate.protocol import Measurement

GAP = 4  # pixels between two pictures
CAPTION = 24  # pixels high
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def every(photographs: Sequence[Photograph], count: int) -> list[Photograph]:
    """Every k-th photograph from the first on, k such that about `count` come out: nobody chooses."""
    return list(photographs[:: max(1, len(photographs) // count)][:count])


def worst(measurements: Sequence[Measurement], painter: int, count: int) -> list[Photograph]:
    """The photographs with the largest CIEDE2000, the worst first."""
    ranked = sorted(measurements, key=lambda one: one.figures[painter].ciede2000, reverse=True)
    return [measurement.photograph for measurement in ranked[:count]]


def grid(photographs: Sequence[Photograph], painters: Sequence[Painter]) -> Pixels:
    """One row a photograph, one column a painter, the truth last, names on top."""
    rows = [_captions([*(painter.name for painter in painters), "truth"])]
    for photograph in photographs:
        truth = square(load(photograph))
        grey = grey_of(truth)
        rows.append(_row([*(painter.paint(grey) for painter in painters), truth]))
    return np.concatenate(rows, axis=0)


def save(picture: Pixels, path: Path) -> None:
    """Write a PNG."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    try:
        path.write_bytes(encoded.tobytes())
    except OSError as error:
        raise PhotoError(f"{path}: cannot write it: {error.strerror}") from error


def _row(pictures: Sequence[Pixels]) -> Pixels:
    framed = [
        cv2.copyMakeBorder(picture, 0, GAP, 0, GAP, cv2.BORDER_CONSTANT, value=WHITE) for picture in pictures
    ]
    return np.concatenate(framed, axis=1)


def _captions(names: Sequence[str]) -> Pixels:
    strip = np.full((CAPTION, len(names) * (SIZE + GAP), 3), WHITE, np.uint8)
    for column, name in enumerate(names):
        place = (column * (SIZE + GAP) + GAP, CAPTION - 8)
        cv2.putText(strip, name[:28], place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, BLACK, 1, cv2.LINE_AA)
    return strip
