"""A stream from one pipe to the other: reading, decoding, network, encoding and writing side by side."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from io import FileIO
from itertools import count

import numpy as np

from colorcli.color import upsample
from colorcli.color.lab import Floats
from colorcli.colorizer import Colorizer
from colorcli.errors import PhotoError, about
from colorcli.files import write_through
from colorcli.look import Look
from colorcli.memory import keep_memory, stay_in_calling_thread
from colorcli.stream import temporal
from colorcli.stream.channel import DEPTH, stages
from colorcli.stream.frame import Frame, Kind
from colorcli.stream.guidance import UNGUIDED, Guidance, Key, keyed
from colorcli.stream.intake import Intake
from colorcli.stream.kinds import Form, kind_of

_MOST_WAITING = 8  # frames on either side of the network, which is to find its next one ready


@dataclass(frozen=True)
class StreamSettings:
    """How the frames of a stream are treated."""

    look: Look = field(default_factory=Look)
    temporal: bool = True  # carry colour from frame to frame
    every: int = 1  # the network sees every so many frames; more than 1 only with `temporal`
    patience: float | None = None  # seconds without a frame after which the stream counts as dead


@dataclass(frozen=True, eq=False)
class _Seen:
    """A frame looked at: `working` L for the network, if that is due; what the carrier needs, if it works."""

    number: int  # of the frame, from 0 on
    frame: Frame
    working: Floats | None
    keys: tuple[Key, ...]  # of its scene
    small: Floats | None
    motion: temporal.Motion | None
    carried: int  # frames since the network saw one, that one included


@dataclass(frozen=True, eq=False)
class _Answered:
    """The ab (h, w, 2) of a frame's working L, if the network was asked."""

    seen: _Seen
    ab: Floats | None


@dataclass(frozen=True, eq=False)
class _Coloured:
    """A frame, and the ab (h, w, 2) that belongs to the L (H, W)."""

    frame: Frame
    lightness: Floats
    ab: Floats
    memory: temporal.Memory | None = None


@dataclass(frozen=True, eq=False)
class Done:
    """A frame in colour, encoded, and what it leaves to the next one where colour is carried."""

    data: bytes
    memory: temporal.Memory | None


def run(
    form: Form,
    colorizer: Colorizer,
    settings: StreamSettings,
    source: FileIO,
    sink: FileIO,
    guidance: Guidance = UNGUIDED,
) -> Iterator[int]:
    """Colours the stream; yields the number of each frame once it is written.

    Every whole frame is written before an error in a later one is raised.
    """
    kind = kind_of(form, colorizer)
    number = 0
    frames = named(coloured(kind, colorizer, settings, source, guidance=guidance), "stdin")
    for number, done in enumerate(frames, 1):
        if number == 1:
            _put(sink, kind.start())
        _put(sink, done.data)
        yield number
    if not number:
        raise PhotoError("stdin: there is not one frame in it")


def _put(sink: FileIO, data: bytes) -> None:
    try:
        write_through(sink, data)
    except BrokenPipeError as error:
        raise PhotoError("stdout: its reader went away before the end of the stream") from error
    except PhotoError as error:
        raise error.about("stdout") from error


def named(frames: Iterator[Done], name: str) -> Iterator[Done]:
    """The same frames; what goes wrong while they are made is said of the stream of this name."""
    with about(name):
        yield from frames


def coloured(
    kind: Kind,
    colorizer: Colorizer,
    settings: StreamSettings,
    source: FileIO,
    memory: temporal.Memory | None = None,
    guidance: Guidance = UNGUIDED,
    done: int = 0,
) -> Iterator[Done]:
    """The frames of the stream in colour, going on from what the last of those `done` left in `memory`."""
    depth = min(max(DEPTH, settings.every), _MOST_WAITING)
    keep_memory()
    stay_in_calling_thread()
    with stages() as threads:
        raw = threads.beside(_read(kind, source), timeout=settings.patience, blocking=True)
        frames = enumerate(_decode(kind, raw, settings), done)
        seen = threads.beside(_choose(frames, colorizer, settings, memory, guidance), depth)
        answered = threads.beside(_ask(seen, colorizer, settings, guidance), depth)
        yield from threads.beside(
            Done(kind.encode(one.frame, one.lightness, one.ab), one.memory)
            for one in _carry(answered, memory)
        )


def _read(kind: Kind, source: FileIO) -> Iterator[bytes]:
    frames = kind.frames(Intake(source))
    for number in count(1):
        with _about(number):
            data = next(frames, None)
        if data is None:
            return
        yield data


def _decode(kind: Kind, raw: Iterable[bytes], settings: StreamSettings) -> Iterator[Frame]:
    number, shape = 0, None
    try:
        for number, data in enumerate(raw, 1):
            with _about(number):
                frame = kind.decode(data)
                if settings.temporal:
                    shape = _same_size(shape, frame.pixels.shape[:2])
            yield frame
    except TimeoutError as error:
        raise PhotoError(
            f"frame {number + 1}: not complete after {settings.patience:g} seconds of waiting",
            "--timeout 0 waits for ever",
        ) from error


def _choose(
    frames: Iterable[tuple[int, Frame]],
    colorizer: Colorizer,
    settings: StreamSettings,
    memory: temporal.Memory | None,
    guidance: Guidance,
) -> Iterator[_Seen]:
    """Decides which frames the network sees: each, or every so many, keyframes and the first of scenes."""
    finder = temporal.MotionFinder(memory.lightness if memory else None)
    carried = memory.carried if memory else 0
    for number, frame in frames:
        keys = guidance.keys(number)
        small = temporal.small_lightness(frame.pixels) if settings.temporal or keys else None
        motion = finder.find(small) if settings.temporal and small is not None else None
        due = carried >= settings.every or any(key.number == number for key in keys)
        carried = 1 if motion is None or due else carried + 1
        working = colorizer.working_lightness(frame.pixels, settings.look) if carried == 1 else None
        yield _Seen(number, frame, working, keys, small, motion, carried)


def _ask(
    seen: Iterable[_Seen], colorizer: Colorizer, settings: StreamSettings, guidance: Guidance
) -> Iterator[_Answered]:
    """The network and the little that belongs to it, so that it waits for nobody."""
    for one in seen:
        references = (*guidance.references, *(key.reference for key in one.keys))
        ab = None if one.working is None else colorizer.working_ab(one.working, settings.look, references)
        yield _Answered(one, ab)


def _carry(answered: Iterable[_Answered], memory: temporal.Memory | None) -> Iterator[_Coloured]:
    carrier = temporal.Carrier(memory)
    for answer in answered:
        one, ab = answer.seen, answer.ab
        if one.working is not None and ab is not None:
            if one.small is None:
                yield _Coloured(one.frame, one.working, ab)
                continue
            ab = upsample.fit(one.working, ab).strip(one.small, 0, one.small.shape[0])
            ab = keyed(one.number, one.small, np.ascontiguousarray(ab), one.keys)
        assert one.small is not None  # as `_choose` left it
        ab = carrier.follow(one.motion, ab)
        yield _Coloured(one.frame, one.small, ab, carrier.memory(one.small, one.carried))


def _same_size(before: tuple[int, ...] | None, now: tuple[int, ...]) -> tuple[int, ...]:
    if before not in (None, now):
        assert before is not None
        raise PhotoError(
            f"it is {now[1]}x{now[0]}, the frames before it are {before[1]}x{before[0]}",
            "--no-temporal takes pictures that have nothing to do with each other",
        )
    return now


def _about(number: int) -> AbstractContextManager[None]:
    """Puts the number of the frame before what is said about it."""
    return about(f"frame {number}")
