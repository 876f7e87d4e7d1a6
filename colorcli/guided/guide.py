"""A photograph that a person puts right: the network has looked at it once, hints come and go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import sqrt

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli.color import lab, upsample
from colorcli.color.lab import Floats, Pixels
from colorcli.color.upsample import ColorLines
from colorcli.errors import UsageError
from colorcli.guided.hints import Rgb, Spot
from colorcli.guided.references import Reference, corrected
from colorcli.guided.retouch import REACH, Retouched, touches
from colorcli.guided.spread import CELL, Scene, resized
from colorcli.guided.variants import FARTHEST, Possible
from colorcli.inference.model import LOGITS
from colorcli.look import Look, Variant

TELLING = (40.0, 80.0)  # L: darker or lighter colours all look alike


@dataclass(frozen=True, eq=False)
class Guide:
    """What the model made of `pixels` (H, W) or (H, W, 3), from their L `working` at the size it looks at:
    the ab (h, w, 2), calmed, and its further `answers` (see `spread.OUTPUTS`), as far as it has them,
    which may be about the colours of its `palette`.

    `references` are those whose colours it has taken on."""

    pixels: Pixels
    working: Floats
    ab: Floats
    answers: Mapping[str, Floats]
    palette: Sequence[tuple[float, float]] = ()
    references: Sequence[Reference] = ()

    def lines(self, spots: Sequence[Spot], strength: float = 1.0) -> Retouched:
        """Colour at full resolution that has the ab of these spots; `strength` times that."""
        height, width = self.pixels.shape[:2]
        if not spots:
            return Retouched(self._plain, (), 1).times(strength)
        lightness = np.array([lab.lightness(self._row(spot))[0, spot.x] for spot in spots])
        now = self._at(self._plain, spots)
        wanted = np.array([had if spot.ab is None else spot.ab for spot, had in zip(spots, now, strict=True)])
        spread = self.scene.correction(self._cells(spots), wanted - now)
        corrected = upsample.fit(self.working, self.ab + resized(spread, self.ab.shape[:2]))
        reach = REACH * sqrt(height * width)
        left = wanted - self._at(corrected, spots)
        places = [(spot.x, spot.y) for spot in spots]
        return Retouched(corrected, touches(places, lightness, left, reach), reach).times(strength)

    def steered(self, look: Look, references: Sequence[Reference]) -> "Guide":
        """What the network saw, as vivid as it is to look, in the colours of references or as a variant."""
        guide = replace(self, ab=self.ab * np.float32(look.saturation))
        if references:
            guide = guide.matched(references)
        return guide.varied(look.variant) if look.variant else guide

    def matched(self, references: Sequence[Reference]) -> "Guide":
        """The same photograph in the colours of references, where it shows what they show."""
        ab, used = corrected(self.scene, self.ab, self.answers, references)
        return replace(self, ab=ab, references=used) if used else self

    def varied(self, variant: Variant) -> "Guide":
        """The same photograph in other colours that the model holds possible, on which hints can be put."""
        correction = self._possible().correction(self.ab, variant)
        return replace(self, ab=self.ab + resized(correction, self.ab.shape[:2]))

    def certainty(self) -> Floats:
        """How sure (H, W) the model is of each pixel's colour: 1 of one alone and pale, 0 of none."""
        doubt = self._possible().doubt(self.ab).reshape(self.scene.shape) / np.float32(FARTHEST)
        height, width = self.pixels.shape[:2]
        large: Floats = cv2.resize(1 - np.minimum(doubt, 1), (width, height))
        return large

    def likely(self, spot: Spot, count: int) -> list[Rgb]:
        """The colours that the model holds possible at a place, most likely first, neither dark nor pale."""
        ab = self._possible().likely(int(self._cells([spot])[0]), count)
        lightness = np.clip(lab.lightness(self._row(spot))[0, spot.x], *TELLING)
        colours = lab.join(np.full((1, len(ab)), lightness, np.float32), ab[None], np.uint8)[0]
        return [(int(red), int(green), int(blue)) for red, green, blue in colours]

    def _possible(self) -> Possible:
        if LOGITS not in self.answers or not self.palette:
            raise UsageError(
                "the model says one colour a place, and not what else is possible",
                "take a model of colour classes made by `colorcli export` of this version or a later one",
            )
        return Possible(self.scene, self.answers[LOGITS], self.palette)

    @cached_property
    def _plain(self) -> ColorLines:
        """Without hints."""
        return upsample.fit(self.working, self.ab)

    @cached_property
    def scene(self) -> Scene:
        """Its cells."""
        return Scene(self.working, self.ab, self.answers)

    def _row(self, spot: Spot) -> Pixels:
        return np.ascontiguousarray(self.pixels[spot.y : spot.y + 1])

    def _at(self, lines: ColorLines, spots: Sequence[Spot]) -> Floats:
        """The ab (n, 2) of the spots."""
        height = len(self.pixels)
        rows = (lines.strip(lab.lightness(self._row(spot)), spot.y, height) for spot in spots)
        return np.array([row[0, spot.x] for row, spot in zip(rows, spots, strict=True)])

    def _cells(self, spots: Sequence[Spot]) -> NDArray[np.intp]:
        """The number of the cell that each spot lies in."""
        height, width = self.pixels.shape[:2]
        high, wide = (-(-side // CELL) for side in self.working.shape)
        return np.array([spot.y * high // height * wide + spot.x * wide // width for spot in spots])
