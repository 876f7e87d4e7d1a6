"""How the colour of a few places spreads over a photograph: as far as other places are akin to them.

What hints say differs from what the network says by d at the hinted places C. That difference is taken
for a Gaussian process over all cells: ab = predicted + K(all, C) (K(C, C) + NOISE I)^-1 d. K is kinship:
the network saw the same kind of thing there (its encoder's features), held the same colours possible (its
distribution) and likely (its ab), it is about as light, and near. docs/decisions.md has the figures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli.color.lab import Floats
from colorcli.inference.model import FEATURES, LOGITS

OUTPUTS = (*FEATURES.values(), LOGITS)  # of a model, that kinship is judged by; it has to do without any
CELL = 4  # pixels of the working lightness, along each side

# At which distance kinship falls to exp(-1/2), by what is compared.
OF_FEATURES = {8: 3.75, 16: 2.25}  # stride of the encoder's features: units of their length, which is 1
OF_CHANCES = 0.45  # units of the square roots of the distribution, whose length is 1
OF_COLOUR = 17.0  # predicted ab
OF_LIGHTNESS = 36.0
OF_PLACE = 1.0  # sides of a square of the photograph's area
NEAR_PLACE, NEAR_LIGHTNESS = 0.18, 17.0  # the same for what is akin for no other reason

# Kinship is the sum of three; beside the first one count
ANYWHERE = 0.48  # the same without regard to place
NEAR = 0.1  # of what is close by and about as light
NOISE = 0.1  # how far a hint may be missed: two that contradict each other meet in the middle


@dataclass(frozen=True, eq=False)
class _Points:
    """Points (n, C), and their squared lengths (n,), which all distances need."""

    places: Floats
    lengths: Floats

    @classmethod
    def of(cls, places: Floats) -> "_Points":
        return cls(places, (places**2).sum(1))

    def distances(self, others: NDArray[np.intp]) -> Floats:
        """Squared (n, m), of all points from some of them, by their numbers."""
        squares: Floats = (
            self.lengths[:, None] + self.lengths[others] - 2 * self.places @ self.places[others].T
        )
        return np.maximum(squares, 0)


class Scene:
    """The cells of a photograph, prepared once; then the spreading of hints costs milliseconds."""

    def __init__(self, working: Floats, ab: Floats, answers: Mapping[str, Floats]) -> None:
        """From L (H, W), the ab (h, w, 2) to be corrected, and `OUTPUTS` (h', w', C) as far as there are."""
        self.shape = -(-working.shape[0] // CELL), -(-working.shape[1] // CELL)
        lightness = self._cells(working[..., None])
        kinds = [lightness / np.float32(OF_LIGHTNESS), self._cells(ab) / np.float32(OF_COLOUR)]
        for stride, name in FEATURES.items():
            if name in answers:
                features = unit(answers[name] - answers[name].mean(axis=(0, 1)))
                kinds.append(unit(self._cells(features)) / np.float32(OF_FEATURES[stride]))
        if LOGITS in answers:
            chances = unit(self._cells(_chances(answers[LOGITS])))
            kinds.append(chances / np.float32(OF_CHANCES))
        self._lightness = _Points.of(lightness)
        self._place = _Points.of(_places(*self.shape))
        self._kind = _Points.of(np.concatenate(kinds, axis=1))  # as far apart as they differ
        self._known: dict[np.intp, Floats] = {}  # kinship (n,) to the cells of the last correction

    def correction(self, cells: NDArray[np.intp], difference: Floats, noise: float = NOISE) -> Floats:
        """What to add to the ab of each cell (h, w, 2), given the difference (n, 2) in some of the cells.

        `cells` are their numbers (n,), row by row; `noise` is how far the difference may be missed there.
        """
        kinship = self._kinship_again(cells)
        among = kinship[cells] + noise * np.eye(len(cells))
        spread = kinship @ np.linalg.solve(among, difference)
        return spread.astype(np.float32).reshape(*self.shape, 2)

    def affinity(self, cell: int) -> Floats:
        """How akin (h, w) all cells are to one, 1 being its own: how much of its hint they get, alone."""
        kinship = self._kinship(np.array([cell]))
        affinity: Floats = (kinship / kinship[cell]).reshape(self.shape)
        return affinity

    def landmarks(self, weight: Floats, count: int) -> NDArray[np.intp]:
        """The numbers of cells that together tell most about all, where each counts by its weight (n,)."""
        untold = np.ones_like(weight)  # of each cell, when the chosen ones are known
        chosen: list[int] = []
        told: list[Floats] = []
        for _ in range(count):
            cell = int((untold * weight).argmax())
            kinship = self.affinity(cell).reshape(-1)
            rest = kinship - sum((one * one[cell] for one in told), start=np.float32(0))
            told.append(rest / np.sqrt(max(float(rest[cell]), NOISE)))
            untold = np.maximum(untold - told[-1] ** 2, 0)
            chosen.append(cell)
        return np.array(chosen)

    def _kinship_again(self, others: NDArray[np.intp]) -> Floats:
        """As `_kinship`, worked out for those alone that were not asked for the last time."""
        new = np.array([cell for cell in others if cell not in self._known], np.intp)
        known = self._known | dict(zip(new, self._kinship(new).T, strict=True))
        self._known = {cell: known[cell] for cell in others}
        return np.stack([known[cell] for cell in others], axis=1)

    def _kinship(self, others: NDArray[np.intp]) -> Floats:
        """How akin (n, m) all cells are to some others."""
        kind = self._kind.distances(others)
        place = self._place.distances(others)
        light = self._lightness.distances(others)
        here = np.exp(place / np.float32(-2 * OF_PLACE**2))
        close = place / np.float32(NEAR_PLACE**2) + light / np.float32(NEAR_LIGHTNESS**2)
        kinship: Floats = np.exp(kind / -2) * (here + ANYWHERE) + NEAR * np.exp(close / -2)
        return kinship

    def _cells(self, values: Floats) -> Floats:
        """Values (h', w', C) for each cell (n, C)."""
        return resized(values, self.shape).reshape(-1, values.shape[2])


def resized(values: Floats, shape: tuple[int, int]) -> Floats:
    """Planes (h', w', C), however many, at another size (h, w, C): averaged down or interpolated up."""
    if values.shape[:2] == shape:
        return values
    way = cv2.INTER_AREA if shape[0] < values.shape[0] else cv2.INTER_LINEAR
    groups = [values[..., start : start + _PLANES] for start in range(0, values.shape[2], _PLANES)]
    done = [cv2.resize(np.ascontiguousarray(group), shape[::-1], interpolation=way) for group in groups]
    return np.concatenate([group.reshape(*shape, -1) for group in done], axis=2)


_PLANES = 4  # that OpenCV resizes in one call


def _places(height: int, width: int) -> Floats:
    """Row and column (n, 2) of each cell, in sides of a square of the photograph's area."""
    rows, columns = np.mgrid[:height, :width]
    places = np.stack([rows, columns], axis=-1).reshape(-1, 2) / sqrt(height * width)
    return places.astype(np.float32)


def _chances(logits: Floats) -> Floats:
    """Square roots of the distribution over the classes."""
    shares = np.exp((logits - logits.max(axis=-1, keepdims=True)) / 2)
    roots: Floats = shares / np.sqrt((shares**2).sum(axis=-1, keepdims=True))
    return roots


def unit(vectors: Floats) -> Floats:
    """The same directions, of length 1."""
    units: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), np.float32(1e-6))
    return units
