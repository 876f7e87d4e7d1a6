"""Colour from photographs in colour that show the same: what the network sees alike in both.

A place of the photograph and one of the reference match where each is what is most like the other (cosine of
the encoder's features at two strides) and their neighbours match side by side too. An unrelated photograph
has such matches as well, but few of them: unless they make up `SHARE` of the photograph, none counts. Those
that have others around them are hints, softer than a person's. docs/guided.md has the figures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.errors import UsageError
from colorcli.guided.spread import Scene, resized, unit
from colorcli.inference.model import FEATURES

LIKENESS = 0.4  # mean cosine of a match, at least
SHARE = 0.2  # of the photograph that has matches, at least
AROUND, COMPANY = 5, 0.5  # cells each way around a match; the share of them that match too, at least
MOST = 300  # matches that count, the most alike first
NOISE = 0.5  # how far a match may be missed, where a person's hint has `spread.NOISE`
SLACK = 1.5  # cells by which a place found again, or a neighbour's place, may be off
BESIDE = 2  # of a match's four neighbours that must match beside it
GREYEST = 8  # levels of 255 between channels: what JPEG makes of a grey photograph kept as RGB
MOST_CELLS = 1 << 12  # of a photograph: all are compared with all

Cells = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Seen:
    """The cells of a photograph as matches see them: (h, w, C), length 1."""

    kinds: Floats

    @classmethod
    def of(cls, answers: Mapping[str, Floats]) -> "Seen":
        """From the features (h, w, C) among a model's further outputs."""
        if not set(FEATURES.values()) <= answers.keys():
            raise UsageError(
                "the model does not say what it sees, so nothing can be matched with a reference",
                "take a model made by `colorcli export` of this version or a later one",
            )
        shape = _bounded(*answers[FEATURES[8]].shape[:2])
        features = [resized(answers[name], shape) for name in FEATURES.values()]
        alike = [unit(one - one.mean(axis=(0, 1))) / np.float32(sqrt(len(features))) for one in features]
        return cls(np.concatenate(alike, axis=2))

    @property
    def shape(self) -> tuple[int, int]:
        height, width = self.kinds.shape[:2]
        return height, width

    def likeness(self, other: "Seen") -> Floats:
        """Mean cosine (n, m) of all its cells with all of the other's."""
        size = self.kinds.shape[2]
        likeness: Floats = self.kinds.reshape(-1, size) @ other.kinds.reshape(-1, size).T
        return likeness


@dataclass(frozen=True, eq=False)
class Reference:
    """A photograph in colour as the network sees its lightness, and the ab (h, w, 2) of its cells."""

    seen: Seen
    ab: Floats

    @classmethod
    def of(cls, answers: Mapping[str, Floats], small: Pixels) -> "Reference":
        """From what the network sees, and the photograph (H, W, 3) at any size."""
        seen = Seen.of(answers)
        return cls(seen, resized(lab.split(small)[1], seen.shape))


@dataclass(frozen=True, eq=False)
class Matches:
    """Cells (n,) of a photograph, by their numbers, and the ab (n, 2) of what is like them in a reference."""

    cells: Cells
    ab: Floats


def check_colour(pixels: Pixels) -> None:
    """Refuse a reference that has no colour to give."""
    if lab.is_grey(pixels, GREYEST * int(np.iinfo(pixels.dtype).max) // 255):
        raise UsageError("it is grey, and a reference gives its colour", "give a photograph in colour")


def corrected(
    scene: Scene, ab: Floats, answers: Mapping[str, Floats], references: Sequence[Reference]
) -> tuple[Floats, tuple[Reference, ...]]:
    """The predicted ab (h, w, 2) in the colours of the references; and those in which anything was alike."""
    seen = Seen.of(answers)
    found = [(reference, matches(seen, reference)) for reference in references]
    used = [(reference, one) for reference, one in found if one.cells.size]
    if not used:
        return ab, ()
    cells = np.concatenate([one.cells for _, one in used])
    wanted = np.concatenate([one.ab for _, one in used])
    difference = wanted - resized(ab, seen.shape).reshape(-1, 2)[cells]
    spread = scene.correction(_in_scene(cells, seen.shape, scene.shape), difference, NOISE)
    return ab + resized(spread, _size(ab)), tuple(reference for reference, _ in used)


def matches(seen: Seen, reference: Reference) -> Matches:
    """The cells that are like some of the reference; none where too few are."""
    likeness = seen.likeness(reference.seen)
    best = likeness.argmax(axis=1)
    degree = likeness[np.arange(best.size), best]
    again = likeness.argmax(axis=0)[best]
    own = _places(np.arange(best.size), seen.shape[1])
    returned = np.linalg.norm(_places(again, seen.shape[1]) - own, axis=-1) <= SLACK
    there = _places(best, reference.seen.shape[1]).reshape(*seen.shape, 2)
    good = returned & (_beside(there) >= BESIDE) & (degree >= LIKENESS)
    if good.mean() < SHARE:
        good[:] = False
    company = cv2.blur(good.reshape(seen.shape).astype(np.float32), (AROUND, AROUND)).reshape(-1)
    cells = np.flatnonzero(good & (company >= COMPANY))
    cells = np.sort(cells[np.argsort(-degree[cells], kind="stable")[:MOST]])
    return Matches(cells, reference.ab.reshape(-1, 2)[best[cells]])


def _beside(there: Floats) -> NDArray[np.int8]:
    """How many neighbours (n,) of each cell match beside the place (h, w, 2) that it matches."""
    count = np.zeros(_size(there), np.int8)
    for axis in (0, 1):
        step = np.eye(2)[axis]
        close = np.linalg.norm(np.diff(there, axis=axis) - step, axis=-1) <= SLACK
        first, last = [slice(None)] * 2, [slice(None)] * 2
        first[axis], last[axis] = slice(None, -1), slice(1, None)
        count[tuple(first)] += close
        count[tuple(last)] += close
    return count.reshape(-1)


def _places(cells: Cells, width: int) -> Floats:
    """Row and column (n, 2)."""
    return np.stack(np.divmod(cells, width), axis=-1).astype(np.float32)


def _in_scene(cells: Cells, shape: tuple[int, int], scene: tuple[int, int]) -> Cells:
    """The cells of a scene in the middle of cells of a grid."""
    rows, columns = np.divmod(cells, shape[1])
    down = (2 * rows + 1) * scene[0] // (2 * shape[0])
    across = (2 * columns + 1) * scene[1] // (2 * shape[1])
    within: Cells = down * scene[1] + across
    return within


def _bounded(height: int, width: int) -> tuple[int, int]:
    """The shape, or one of about its aspect with few enough cells."""
    scale = min(1, sqrt(MOST_CELLS / (height * width)))
    return max(1, int(height * scale)), max(1, int(width * scale))


def _size(values: Floats) -> tuple[int, int]:
    height, width = values.shape[:2]
    return height, width
