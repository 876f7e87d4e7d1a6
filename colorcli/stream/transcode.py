"""The ways of a film through ffmpeg: to frames, from frames to a part, and from parts to the film."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from colorcli.errors import PhotoError, cause_of
from colorcli.stream import ffmpeg
from colorcli.stream.codecs import Storage
from colorcli.stream.ffmpeg import Process, literal
from colorcli.stream.probe import Film

_CURVES = {"bt470m": "gamma22", "bt470bg": "gamma28"}  # their names among ffmpeg's options
_TEXT = ("subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text")  # subtitles that can become each other
_FOREIGN_TEXT = {"mov_text": "srt", "text": "srt"}  # what Matroska has instead


@dataclass(frozen=True)
class Span:
    """A stretch of a film in seconds; `end` None is where it ends."""

    start: float = 0.0
    end: float | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """For ffmpeg, before the film's name."""
        start = ("-ss", f"{self.start:.6f}") if self.start else ()
        return (*start, "-t", f"{self.end - self.start:.6f}") if self.end is not None else start

    def frames(self, film: Film) -> int:
        """About how many there are; 0 where nobody knows."""
        end = film.seconds if self.end is None else min(self.end, film.seconds or self.end)
        return max(0, round((end - self.start) * film.rate))


@contextmanager
def decoding(film: Film, span: Span, skipped: int = 0, most: int | None = None) -> Iterator[Process]:
    """The film as yuv4mpeg, at a constant rate, without its first `skipped` frames."""
    rate = f"{film.rate.numerator}/{film.rate.denominator}"
    chosen = f"fps={rate},select=gte(n\\,{skipped}),setpts=N/({rate}*TB)"
    source = (*span.options, "-i", literal(film.path), "-map", f"0:{film.index}")
    limit = () if most is None else ("-frames:v", str(most))
    shape = ("-pix_fmt", film.decoded, "-strict", "-1", "-f", "yuv4mpegpipe", "-")
    command = (*source, "-vf", chosen, "-r", rate, *limit, *shape)
    with ffmpeg.ffmpeg(command, str(film.path), stdout=subprocess.PIPE) as process:
        yield process


@contextmanager
def encoding(part: Path, storage: Storage, about: Path) -> Iterator[FileIO]:
    """What is written becomes the video of a part of the film `about`; whole if the block has ended well."""
    # NUT keeps times as they are; Matroska would round them to milliseconds.
    command = ("-f", "yuv4mpegpipe", "-i", "-", *storage.options, "-f", "nut", literal(part))
    with ffmpeg.ffmpeg(command, str(about), stdin=subprocess.PIPE) as process:
        yield process.stdin
        process.finish()


def join(
    parts: Sequence[Path], lengths: Sequence[int], film: Film, span: Span, storage: Storage, target: Path
) -> None:
    """The parts of so many frames one after the other, with all that goes along with the video."""
    names = _listed(parts, [float(frames / film.rate) for frames in lengths])
    delay = f"{max(film.delay - span.start, 0):.6f}"
    video = ("-itsoffset", delay, "-f", "concat", "-i", literal(names))
    # Without -copypriorss 0 what comes before the start, back to a key frame, would be copied too.
    rest = (*span.options, "-i", literal(film.path))
    kept = ("-map", "0:v", *_mapped(film, storage), "-map_metadata", "1", "-map_chapters", "1")
    how = ("-c", "copy", *_subtitles(film, storage), "-copypriorss", "0", *_described(film, storage))
    ffmpeg.run((*video, *rest, *kept, *how, "-f", storage.container.muxer, literal(target)))


def _listed(parts: Sequence[Path], seconds: Sequence[float]) -> Path:
    """A file that lists the parts for ffmpeg, beside them."""
    names = parts[0].parent / "parts.txt"
    lines = [
        f"file '{part.name}'\nduration {length:.6f}\n" for part, length in zip(parts, seconds, strict=True)
    ]
    try:
        names.write_text("".join(lines), "utf-8")
    except OSError as error:
        raise PhotoError(f"it could not be written: {cause_of(error)}") from error
    return names


def _described(film: Film, storage: Storage) -> Iterator[str]:
    """The video's language and colours, which not every codec says itself."""
    for name, value in film.labels:
        yield from ("-metadata:s:0", f"{name}={value}")
    for name, value in storage.shown.items():
        yield from (f"-{name}", _CURVES.get(value, value) if name == "color_trc" else value)
    yield from ("-color_range", "pc" if storage.full_range else "tv")
    if storage.tag:
        yield from ("-tag:v", storage.tag)


def left_behind(film: Film, storage: Storage) -> list[str]:
    """What the container has no place for, besides sound and subtitles."""
    attached = any(one.kind == "attachment" for one in film.companions)
    return ["attachments"] if attached and not storage.container.attachments else []


def _mapped(film: Film, storage: Storage) -> Iterator[str]:
    for one in film.companions:
        if one.kind != "attachment" or storage.container.attachments:
            yield from ("-map", f"1:{one.index}")


def _subtitles(film: Film, storage: Storage) -> Iterator[str]:
    """Options that turn subtitles of text into the kind that the container knows; only styles are lost."""
    subtitles = [one for one in film.companions if one.kind == "subtitle"]
    for number, one in enumerate(subtitles):
        if one.codec in _TEXT and storage.container.text:
            yield from (f"-c:s:{number}", storage.container.text)
        elif one.codec in _FOREIGN_TEXT:
            yield from (f"-c:s:{number}", _FOREIGN_TEXT[one.codec])
