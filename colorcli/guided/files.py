"""Files of hints: JSON, or strokes painted over the photograph in any paint program."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from colorcli import images
from colorcli.color.lab import Pixels
from colorcli.errors import PhotoError, UsageError, cause_of
from colorcli.guided.hints import Coordinate, Hint, parse_colour
from colorcli.limits import MAX_PIXELS

SUFFIX = ".hints.json"  # of the file beside a photograph, after its whole name
CELLS = 64  # along the longer side of a painting: each that is painted becomes a point
MOST = 200  # points of one painting; more say nothing new
_FORM = '{"hints": [{"x": 320, "y": "12%", "colour": "steelblue"}]}'


def given(texts: Sequence[str], file: str | None, max_pixels: int) -> tuple[Hint, ...]:
    """The hints of a command line: those of a file, and those written out."""
    return (*(_of_file(Path(file), max_pixels) if file else ()), *map(Hint.parse, texts))


def read(content: bytes, name: str, max_pixels: int = MAX_PIXELS) -> tuple[Hint, ...]:
    """The hints in a file of either kind; `name` is what errors call it, `max_pixels` binds a painting."""
    try:
        if content.removeprefix(BOM_UTF8).lstrip()[:1] in (b"{", b"["):
            return from_json(content)
        return from_painting(images.decode(content, max_pixels).pages[0])
    except (UsageError, PhotoError) as error:
        raise UsageError(f"{name}: {error.message}", error.hint) from error


def from_json(content: bytes) -> tuple[Hint, ...]:
    """Hints as `to_json` writes them, coordinates as numbers (pixels) or as text ("12%")."""
    try:
        return tuple(_hint(entry) for entry in json.loads(content)["hints"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UsageError(f"it holds no hints: {error!r}", f"its form is {_FORM}") from error


def to_json(hints: tuple[Hint, ...]) -> bytes:
    """The file that says these hints."""
    entries = []
    for hint in hints:
        _, _, colour = str(hint).partition("=")
        entries.append({"x": _written(hint.x), "y": _written(hint.y), "colour": colour})
    return json.dumps({"hints": entries}, indent=1).encode() + b"\n"


def from_painting(page: images.Page) -> tuple[Hint, ...]:
    """The strokes of a picture that is transparent elsewhere, thinned to points; its size does not matter."""
    if page.alpha is None or not (page.alpha == 0).any():
        raise UsageError(
            "it has no transparent parts, so all of it would be hints",
            "paint on a transparent layer, and save that layer alone",
        )
    height, width = page.alpha.shape
    painted = np.argwhere(page.alpha > np.iinfo(page.alpha.dtype).max // 2)
    if not len(painted):
        raise UsageError("nothing is painted on it", "paint over the photograph, a stroke or a dot a colour")
    return tuple(
        Hint(_middle(x, width), _middle(y, height), _rgb(page.pixels[y, x]))
        for y, x in _thinned(painted, max(height, width))
    )


def _of_file(path: Path, max_pixels: int) -> tuple[Hint, ...]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the hints cannot be read: {cause_of(error)}") from error
    return read(content, str(path), max_pixels)


def _thinned(painted: NDArray[np.intp], side: int) -> NDArray[np.intp]:
    """Of painted pixels (n, 2) the one in the middle of each cell's; `MOST` at most."""
    cells = CELLS
    while True:
        chosen = painted[_central(painted, painted * cells // side)]
        if len(chosen) <= MOST:
            return chosen
        cells = cells * 3 // 4


def _central(painted: NDArray[np.intp], cell: NDArray[np.intp]) -> NDArray[np.intp]:
    """Which of the pixels (n, 2) are the most central ones of their cells (n, 2)."""
    _, group = np.unique(cell, axis=0, return_inverse=True)
    group = group.reshape(-1)
    count = np.bincount(group)[:, None]
    middle = np.stack([np.bincount(group, axis) for axis in painted.T], axis=1) / np.maximum(count, 1)
    distance = ((painted - middle[group]) ** 2).sum(axis=1)
    order = np.lexsort((distance, group))
    return order[np.unique(group[order], return_index=True)[1]]


def _middle(pixel: int, side: int) -> Coordinate:
    return Coordinate(100 * (float(pixel) + 0.5) / side, percent=True)


def _rgb(pixel: Pixels) -> tuple[int, int, int]:
    """8-bit RGB of a grey or RGB pixel of any depth."""
    levels = np.broadcast_to(pixel // (257 if pixel.dtype == np.uint16 else 1), 3)
    red, green, blue = (int(level) for level in levels)
    return red, green, blue


def _hint(entry: Mapping[str, object]) -> Hint:
    x, y = (Coordinate.parse(str(entry[axis])) for axis in ("x", "y"))
    return Hint(x, y, parse_colour(str(entry["colour"])))


def _written(coordinate: Coordinate) -> float | str:
    return str(coordinate) if coordinate.percent else coordinate.value
