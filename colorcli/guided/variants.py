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
BOLDNESS = 0.7  # share of the way from the answer to what was drawn
DRAWINGS = 2  # for each variant that is taken
DISTINCT = 14.0  # ab between two colours that are told apart as possible ones
FARTHEST = 50.0  # ab that possible colours lie from their mean, at which nothing is sure


class Possible:
    """What the network holds possible in each cell of a photograph."""

    def __init__(self, scene: Scene, logits: Floats, palette: Sequence[tuple[float, float]]) -> None:
        """From logits (h, w, C) over the palette's C colours."""
        self._scene = scene
        self._palette = np.array(palette, np.float32)
        sharpened = SHARPNESS * resized(logits, scene.shape).reshape(-1, len(palette))
        shares = np.exp(sharpened - sharpened.max(axis=1, keepdims=True))
        self._shares = shares / shares.sum(axis=1, keepdims=True)

    def spread(self) -> Floats:
        """How far (n,) the colours of each cell's distribution are from their mean, in ab."""
        mean = self._shares @ self._palette
        squares = self._shares @ (self._palette**2).sum(axis=1) - (mean**2).sum(axis=1)
        spread: Floats = np.sqrt(np.maximum(squares, 0))
        return spread

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
        anchors = self._scene.landmarks(self.spread(), ANCHORS)
        predicted = resized(ab, self._scene.shape).reshape(-1, 2)[anchors]
        drawn = [
            self._scene.correction(anchors, BOLDNESS * (self._drawn(anchors, draw) - predicted))
            for _ in range(DRAWINGS * variant.count)
        ]
        return _apart(drawn, variant.count)[variant.number - 1]

    def _drawn(self, cells: np.ndarray, draw: "np.random.Generator") -> Floats:
        """A colour (n, 2) for each of some cells."""
        chances = self._shares[cells].astype(np.float64)
        chances /= chances.sum(axis=1, keepdims=True)
        return self._palette[[draw.choice(len(self._palette), p=chance) for chance in chances]]


def _apart(fields: Sequence[Floats], count: int) -> list[Floats]:
    """Some of the fields, beginning with the weakest, each as far as can be from those before it."""
    chosen = [min(fields, key=lambda field: float(np.abs(field).mean()))]
    while len(chosen) < count:
        nearest = [min(_distance(field, one) for one in chosen) for field in fields]
        chosen.append(fields[int(np.argmax(nearest))])
    return chosen


def _distance(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one - other, axis=-1).mean())
