"""A film from file to file, in parts: what is finished survives a crash, and the next run goes on there."""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

from colorcli.colorizer import PROCESSING, Colorizer
from colorcli.errors import PhotoError, UsageError, about
from colorcli.files import whole_file, write_through
from colorcli.look import Look
from colorcli.stream import ffmpeg
from colorcli.stream.codecs import Storage, Wish, storage_of
from colorcli.stream.guidance import Guidance
from colorcli.stream.keyframes import Keyframe, Painted, guidance
from colorcli.stream.parts import PART_FRAMES, Parts, open_parts
from colorcli.stream.pipeline import Done, StreamSettings, coloured, named
from colorcli.stream.probe import MOST_PIXELS, Film, probe
from colorcli.stream.transcode import Span, decoding, encoding, join, left_behind
from colorcli.stream.trial import Trial
from colorcli.stream.y4m import Y4m

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """Which film is to be coloured, where it goes, and how."""

    source: Path
    target: Path
    settings: StreamSettings
    wish: Wish = field(default_factory=Wish)
    span: Span = field(default_factory=Span)
    overwrite: bool = False
    references: Sequence[Painted] = ()
    keyframes: Sequence[Keyframe] = ()


def colorize_film(
    path: str | Path,
    out: str | Path,
    look: Look = Look(),
    overwrite: bool = False,
    colorizer: Colorizer | None = None,
) -> None:
    """Writes `out`, the film of `path` in colour, as `colorcli film` does; what was interrupted goes on.

    `colorizer`: one that is there already, else one with the default model.
    """
    settings = StreamSettings(replace(look, border=False))  # a border found would flicker
    plan = Plan(Path(path), Path(out), settings, overwrite=overwrite)
    for _ in colour(plan, probe(plan.source), colorizer or Colorizer()):
        pass


def colour(plan: Plan, film: Film, colorizer: Colorizer) -> Iterator[int]:
    """Colours the film; yields how many frames are done, first those of an earlier run.

    All that can be known to fail is refused before the first frame.
    """
    _refuse(plan)
    storage = storage_of(film, plan.target, plan.wish)
    if lost := [*film.notes, *left_behind(film, storage)]:
        _LOG.warning("%s will not have its %s", plan.target, ", ".join(lost))
    look = plan.settings.look
    guided = guidance(plan.references, plan.keyframes, film, plan.span, colorizer, look)
    with open_parts(plan.target) as parts:
        _refuse(plan)  # another run may just have finished it
        changed = parts.begin(_noted(plan, colorizer, storage))
        if changed:
            _LOG.warning("%s: the parts that were there are made anew: another %s", plan.target, changed)
        if not parts.finished:
            Trial(film, plan.span, storage, plan.target, parts.folder).run()
        done = 0
        for done in _make_parts(plan, film, storage, colorizer, parts, guided):
            yield done
        _publish(plan, film, storage, parts, done)
        parts.clear()


def _make_parts(
    plan: Plan, film: Film, storage: Storage, colorizer: Colorizer, parts: Parts, guided: Guidance
) -> Iterator[int]:
    finished = parts.finished
    done = max(0, len(finished) - 1) * PART_FRAMES + (ffmpeg.count_frames(finished[-1]) if finished else 0)
    yield done
    kind = Y4m(MOST_PIXELS, storage.matrix, storage.layout.chroma)
    with decoding(film, plan.span, done) as source:
        frames = coloured(kind, colorizer, plan.settings, source.stdout, parts.memory(), guided, done)
        rest = chain(named(frames, str(plan.source)), _well_ended(source, plan.source))
        for first in rest:
            for _ in _make_part(plan, storage, kind, parts, chain([first], islice(rest, PART_FRAMES - 1))):
                done += 1
                yield done


def _make_part(
    plan: Plan, storage: Storage, kind: Y4m, parts: Parts, frames: Iterator[Done]
) -> Iterator[None]:
    with parts.next_part() as part:
        length = 0
        with encoding(part, storage, plan.target) as sink:
            write_through(sink, kind.start())
            for frame in frames:
                write_through(sink, frame.data)
                length += 1
                yield
        if ffmpeg.count_frames(part) != length:
            raise PhotoError(f"{plan.target}: a part came out short", "is the disk full?")
        parts.keep_memory(frame.memory)


def _well_ended(source: ffmpeg.Process, path: Path) -> Iterator[Done]:
    """No more frames, but an error where ffmpeg broke off: what is unfinished then must not look finished."""
    if said := source.finish():
        _LOG.warning("%s: ffmpeg complains: %s", path, said)
    yield from ()


def _publish(plan: Plan, film: Film, storage: Storage, parts: Parts, frames: int) -> None:
    """The film whole, in its place, where nothing else is put aside unless the user said so."""
    finished = parts.finished
    lengths = [PART_FRAMES] * (len(finished) - 1)
    lengths.append(frames - sum(lengths))
    with (
        about(str(plan.target)),
        whole_file(plan.target, plan.overwrite, scratch=parts.folder) as whole,
    ):
        join(finished, lengths, film, plan.span, storage, whole)
        if ffmpeg.count_frames(whole) != frames:
            raise PhotoError("it came out short", "is the disk full?")


def _noted(plan: Plan, colorizer: Colorizer, storage: Storage) -> dict[str, Any]:
    """All that decides what the parts are like."""
    status = plan.source.stat()
    return {
        "source": [str(plan.source.absolute()), status.st_size, status.st_mtime_ns],
        "processing": PROCESSING,
        "model": colorizer.model.sha256,
        "settings": asdict(plan.settings),
        "ffmpeg": ffmpeg.version(),
        "encoder": storage.options,
        "span": asdict(plan.span),
        "references": [one.sha256 for one in plan.references],
        "keyframes": [[one.seconds, one.picture.sha256] for one in plan.keyframes],
    }


def _refuse(plan: Plan) -> None:
    target = plan.target
    if target.exists() and target.samefile(plan.source):
        raise UsageError(f"{target} is the film itself, which is never overwritten", "choose another name")
    if target.is_dir():
        raise UsageError(f"{target} is a folder", "give the name of a film, such as new.mp4")
    if os.path.lexists(target) and not plan.overwrite:
        raise PhotoError(f"{target}: it exists already", "use --overwrite to replace it")
