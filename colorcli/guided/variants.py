"""Other colours that a photograph may have had: a few anchors drawn from what the network holds possible.

At the places where it is least sure, and which tell most about the rest, colours are drawn from its own
distribution, as a person might have hinted them; they spread as hints do. Of many drawings those are taken
that differ most from one another.
"""

from collections.abc import Sequence

import numpy as np

from colorcli.color.lab import Floats
from colorcli.guided.spread import Scene, resized
from colorcli.look import Variant

ANCHORS = 2  # places of a photograph
SHARPNESS = 2.5  # factor on the logits: what is hardly possible is not drawn
BOLDNESS = 0.6  # share of the way from the answer to what was drawn
DRAWINGS = 6  # for each variant that is taken
DISTINCT = 14.0  # ab between two colours that are told apart as possible ones
DOUBT_SHARPNESS = 1.5  # the same factor where doubt is judged
VIVID = 0.2  # how much one ab of the answer adds to its doubt: where it is vivid it can be far off
FARTHEST = 45.0  # ab of doubt at which nothing is sure


class Possible:
    """What the network holds possible in each cell of a photograph."""

    def __init__(self, scene: Scene, logits: Floats, palette: Sequence[tuple[float, float]]) -> None:
        """From logits (h, w, C) over the palette's C colours."""
        self._scene = scene
        self._palette = np.array(palette, np.float32)
        self._logits = resized(logits, scene.shape).reshape(-1, len(palette))
        self._shares = _shares(SHARPNESS * self._logits)

    def doubt(self, ab: Floats) -> Floats:
        """How far (n,) the predicted ab (h, w, 2) of each cell may be off, in ab."""
        vivid = np.linalg.norm(resized(ab, self._scene.shape), axis=-1).reshape(-1)
        doubt: Floats = self._spread(_shares(DOUBT_SHARPNESS * self._logits)) + VIVID * vivid
        return doubt

    def likely(self, cell: int, count: int) -> Floats:
        """Colours (n, 2) of one cell's distribution, at most so many, most likely first and all distinct."""
        left = self._shares[cell].copy()
        chosen: list[Floats] = []
        while len(chosen) < count and left.any():
            chosen.append(self._palette[left.argmax()])
            left[np.linalg.norm(self._palette - chosen[-1], axis=1) < DISTINCT] = 0
        return np.array(chosen, np.float32)

    def correction(self, ab: Floats, variant: Variant) -> Floats:
        """What to add (h, w, 2) to the predicted ab for one variant."""
        draw = np.random.default_rng(variant.seed)
        anchors = self._scene.landmarks(self._spread(self._shares), ANCHORS)
        predicted = resized(ab, self._scene.shape).reshape(-1, 2)[anchors]
        drawn = [
            self._scene.correction(anchors, BOLDNESS * (self._drawn(anchors, draw) - predicted))
            for _ in range(DRAWINGS * variant.count)
        ]
        return _apart(drawn, variant.count)[variant.number - 1]

    def _spread(self, shares: Floats) -> Floats:
        """How far (n,) the colours of each cell's distribution (n, C) are from their mean, in ab."""
        mean = shares @ self._palette
        squares = shares @ (self._palette**2).sum(axis=1) - (mean**2).sum(axis=1)
        spread: Floats = np.sqrt(np.maximum(squares, 0))
        return spread

    def _drawn(self, cells: np.ndarray, draw: "np.random.Generator") -> Floats:
        """A colour (n, 2) for each of some cells."""
        chances = self._shares[cells].astype(np.float64)
        chances /= chances.sum(axis=1, keepdims=True)
        return self._palette[[draw.choice(len(self._palette), p=chance) for chance in chances]]


def _shares(logits: Floats) -> Floats:
    """The distribution (n, C) over the palette."""
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    distribution: Floats = shares / shares.sum(axis=1, keepdims=True)
    return distribution


def _apart(fields: Sequence[Floats], count: int) -> list[Floats]:
    """Some of the fields, beginning with the weakest, each as far as can be from those before it."""
    chosen = [min(fields, key=lambda field: float(np.abs(field).mean()))]
    nearest = np.full(len(fields), np.inf)  # how far each is from the nearest chosen one
    while len(chosen) < count:
        nearest = np.minimum(nearest, [_distance(field, chosen[-1]) for field in fields])
        chosen.append(fields[int(nearest.argmax())])
    return chosen


def _distance(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())
