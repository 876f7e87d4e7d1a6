"""Keyframes as a person gives them, and the scenes that they belong to: found before the film is begun."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import Protocol

from colorcli.color.lab import Pixels
from colorcli.colorizer import Colorizer
from colorcli.errors import UsageError, about
from colorcli.look import Look
from colorcli.stream.guidance import Guidance, Key, Shot
from colorcli.stream.intake import Intake
from colorcli.stream.probe import MOST_PIXELS, Film
from colorcli.stream.still import frame_at
from colorcli.stream.temporal import MotionFinder, small_lightness
from colorcli.stream.transcode import Span, decoding
from colorcli.stream.y4m import Y4m

_LOG = logging.getLogger(__name__)
_OTHER_SHAPE = log(1.05)  # of the ratio of width to height


class Painted(Protocol):
    """A picture in colour, and what it is known by."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def pixels(self) -> Pixels: ...


@dataclass(frozen=True)
class Keyframe:
    """The frame at a time of the film, in seconds from its beginning, that a person has coloured."""

    seconds: float
    picture: Painted

    def __str__(self) -> str:
        return f"the keyframe {self.picture.name} at {self.seconds:g} seconds"


def guidance(
    references: Sequence[Painted],
    keyframes: Sequence[Keyframe],
    film: Film,
    span: Span,
    colorizer: Colorizer,
    look: Look,
) -> Guidance:
    """What these pictures say of the frames of a stretch of the film."""
    everywhere = tuple(colorizer.reference(one.pixels, look) for one in references)
    if not keyframes:
        return Guidance(everywhere)
    keys = [_key(one, film, span, colorizer, look) for one in keyframes]
    scenes = pairwise(_cuts(film, span, max(key.number for key in keys)))
    shots = [
        Shot(first, end, tuple(key for key in keys if first <= key.number < end)) for first, end in scenes
    ]
    return Guidance(everywhere, tuple(shot for shot in shots if shot.keys))


def _key(keyframe: Keyframe, film: Film, span: Span, colorizer: Colorizer, look: Look) -> Key:
    """The keyframe, where the film has its frame and that has its shape."""
    early = max(0.0, keyframe.seconds - float(0.5 / film.rate))  # the frame whose time is nearest
    within = span.start <= keyframe.seconds < (span.end or film.seconds or float("inf"))
    frame = frame_at(film, early) if within else None
    if frame is None:
        raise UsageError(
            f"{keyframe} is outside of what is coloured", "times count from the film's beginning"
        )
    rgb = keyframe.picture.pixels
    if abs(_ratio(rgb) - _ratio(frame)) > _OTHER_SHAPE:
        raise UsageError(
            f"{keyframe} is {rgb.shape[1]}x{rgb.shape[0]}, the film {frame.shape[1]}x{frame.shape[0]}",
            "give the whole frame; another size of the same shape will do",
        )
    number = max(0, round((keyframe.seconds - max(span.start, film.delay)) * float(film.rate)))
    key = Key.of(number, rgb, colorizer.reference(rgb, look), frame.shape[:2], look.strength)
    if key.shown_in(small_lightness(frame)) is None:
        _LOG.warning("%s does not show what the film shows then", keyframe)
    return key


def _ratio(pixels: Pixels) -> float:
    return log(pixels.shape[1] / pixels.shape[0])


def _cuts(film: Film, span: Span, last: int) -> list[int]:
    """The numbers of the frames with which scenes begin, up to the first after the frame `last`."""
    finder, kind, cuts = MotionFinder(), Y4m(MOST_PIXELS), list[int]()
    with decoding(film, span) as process, about(str(film.path)):
        for number, data in enumerate(kind.frames(Intake(process.stdout))):
            if finder.find(small_lightness(kind.decode(data).pixels)) is None:
                cuts.append(number)
                if number > last:
                    return cuts
    return [*cuts, max(number, last) + 1]
