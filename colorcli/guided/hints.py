"""What a person says of a photograph's colours: "there it is this colour", or "there the model is right"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import webcolors

from colorcli.color import lab
from colorcli.errors import UsageError

KEEP = "keep"
NEUTRAL = "neutral"
GREY = (128, 128, 128)
MOST = 1000  # hints of a photograph: memory goes with their square
_HINT = re.compile(r"\s*(?P<x>[^,=]+),(?P<y>[^,=]+)=(?P<colour>.+)")
_COORDINATE = re.compile(r"\s*(\d+(?:\.\d*)?)\s*(%?)\s*")
_WRITTEN = "write X,Y=COLOUR: pixels or per cent from the left and the top, then #rrggbb, a CSS name, "
_WRITTEN += f"{NEUTRAL} or {KEEP}"

Rgb = tuple[int, int, int]  # 8-bit sRGB


@dataclass(frozen=True)
class Coordinate:
    """How far from the left or the top edge."""

    value: float
    percent: bool = False  # of the photograph's side; otherwise pixels

    @classmethod
    def parse(cls, text: str) -> "Coordinate":
        found = _COORDINATE.fullmatch(text)
        if not found:
            raise UsageError(f"{text.strip()!r} is no place on a photograph", _WRITTEN)
        return cls(float(found[1]), bool(found[2]))

    def __str__(self) -> str:
        return f"{self.value:.10g}{'%' if self.percent else ''}"

    def on(self, side: int) -> int | None:
        """The pixel on a side of so many; None where it lies outside."""
        if self.percent:
            return min(int(self.value / 100 * side), side - 1) if self.value <= 100 else None
        return int(self.value) if self.value < side else None


@dataclass(frozen=True)
class Hint:
    """The colour of one place of an upright photograph; None: what the model says there is right."""

    x: Coordinate
    y: Coordinate
    colour: Rgb | None

    @classmethod
    def parse(cls, text: str) -> "Hint":
        """A hint as it is written on the command line, X,Y=COLOUR."""
        found = _HINT.fullmatch(text)
        if not found:
            raise UsageError(f"{text!r} is no hint", _WRITTEN)
        x, y = Coordinate.parse(found["x"]), Coordinate.parse(found["y"])
        return cls(x, y, parse_colour(found["colour"]))

    def __str__(self) -> str:
        colour = KEEP if self.colour is None else webcolors.rgb_to_hex(self.colour)
        return f"{self.x},{self.y}={colour}"


@dataclass(frozen=True)
class Spot:
    """A hint on its photograph: a pixel, and the ab it shall have; None: what it has."""

    x: int
    y: int
    ab: tuple[float, float] | None


def parse_colour(text: str) -> Rgb | None:
    """#rgb, #rrggbb, a CSS name or neutral; None for keep."""
    name = text.strip().lower()
    if name == KEEP:
        return None
    if name == NEUTRAL:
        return GREY
    try:
        read = webcolors.hex_to_rgb if name.startswith("#") else webcolors.name_to_rgb
        return tuple(read(name))
    except ValueError:
        raise UsageError(f"{text.strip()!r} is no colour", _WRITTEN) from None


def place(hints: Sequence[Hint], width: int, height: int) -> list[Spot]:
    """The hints on a photograph of this size; of several on one pixel the last holds."""
    spots = {}
    for hint in hints:
        x, y = hint.x.on(width), hint.y.on(height)
        if x is None or y is None:
            raise UsageError(
                f"the hint {hint} lies outside the photograph, which has {width}x{height} pixels",
                "the first pixel is 0,0; per cent go from 0% to 100%",
            )
        spots[x, y] = Spot(x, y, ab_of(hint.colour) if hint.colour else None)
        if len(spots) > MOST:
            raise UsageError(
                f"it has {len(hints):,} hints, more than {MOST:,}",
                "what is akin follows a hint: some that differ say more",
            )
    return list(spots.values())


def ab_of(colour: Rgb) -> tuple[float, float]:
    """What is taken of a colour: its ab. The photograph keeps its L."""
    a, b = lab.split(np.array([[colour]], np.uint8))[1][0, 0]
    return float(a), float(b)
