"""ffmpeg as a neighbour: what it says of a film, and its processes at either end of a pipe."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import IO

from colorcli.errors import PhotoError, UnavailableError

_QUIET = ("-hide_banner", "-v", "error", "-nostdin", "-y")
_LIKELY_RATES = Fraction(1), Fraction(240)  # frames a second; a container may say 90000 and mean nothing
_MATRICES = {"bt709": "709", "smpte170m": "601", "bt470bg": "601"}
# What yuv4mpeg can hold as it is.
_DEPTHS = ("", "10le")
_DIRECT = {f"yuv{space}p{depth}" for space in (420, 422, 444) for depth in _DEPTHS} | {"gray", "gray10le"}


@dataclass(frozen=True)
class Film:
    """What ffprobe says of the first video stream."""

    path: Path
    rate: Fraction  # frames a second
    seconds: float
    delay: float  # seconds by which the first frame comes later than whatever comes first
    pixel_format: str  # in which it is to be decoded
    matrix: str | None  # 601 or 709, where the film says

    @property
    def frames(self) -> int:
        """About how many there are."""
        return max(1, round(self.seconds * self.rate))


def literal(path: Path) -> str:
    """A name that ffmpeg takes for a file, whatever it begins with or looks like."""
    return f"file:{path.absolute()}"


def probe(path: Path) -> Film:
    """Looks at the film."""
    command = ["-v", "error", "-show_streams", "-show_format", "-of", "json", "-select_streams", "V:0"]
    done = subprocess.run([_program("ffprobe"), *command, literal(path)], capture_output=True)
    found = json.loads(done.stdout or "{}")
    if done.returncode or not found.get("streams"):
        raise PhotoError(f"{path}: {_last_line(done.stderr) or 'there is no video in it'}")
    stream = found["streams"][0]
    rates = [_fraction(stream.get(name, "0/0")) for name in ("r_frame_rate", "avg_frame_rate")]
    rate = next((one for one in rates if _LIKELY_RATES[0] <= one <= _LIKELY_RATES[1]), Fraction(25))
    seconds = float(stream.get("duration") or found["format"].get("duration") or 0)
    delay = float(stream.get("start_time", 0)) - float(found["format"].get("start_time", 0))
    own = stream.get("pix_fmt", "").replace("yuvj", "yuv")
    deep = any(mark in own for mark in ("10", "12", "14", "16"))
    pixel_format = own if own in _DIRECT else "yuv420p10le" if deep else "yuv420p"
    matrix = _MATRICES.get(stream.get("color_space", ""))
    return Film(path, rate, seconds, max(delay, 0), pixel_format, matrix)


@contextmanager
def decoding(film: Film, skipped: int) -> Iterator[FileIO]:
    """The film as yuv4mpeg, at a constant rate, without its first `skipped` frames."""
    rate = f"{film.rate.numerator}/{film.rate.denominator}"
    chosen = f"fps={rate},select=gte(n\\,{skipped}),setpts=N/({rate}*TB)"
    shape = ("-pix_fmt", film.pixel_format, "-strict", "-1", "-f", "yuv4mpegpipe", "-")
    command = (*_QUIET, "-i", literal(film.path), "-map", "0:V:0", "-vf", chosen, "-r", rate, *shape)
    with _running(command, str(film.path), stdout=subprocess.PIPE) as process:
        assert isinstance(process.stdout, FileIO)  # unbuffered
        yield process.stdout


@contextmanager
def encoding(target: Path, options: Sequence[str]) -> Iterator[FileIO]:
    """What is written becomes the video of `target`."""
    command = (*_QUIET, "-f", "yuv4mpegpipe", "-i", "-", *options, literal(target))
    with _running(command, str(target), stdin=subprocess.PIPE) as process:
        assert isinstance(process.stdin, FileIO)  # unbuffered
        yield process.stdin


def join(parts: Sequence[Path], film: Film, target: Path) -> None:
    """The parts one after the other, with all that is not video in the film."""
    names = parts[0].parent / "parts.txt"
    names.write_text("".join(f"file '{part.name}'\n" for part in parts), "utf-8")
    kept = ("-map", "0:v", "-map", "1:a?", "-map", "1:s?", "-map_metadata", "1", "-map_chapters", "1")
    # Only this kind of subtitle fits into MP4; it is text, so nothing but its dress is lost.
    text = ("-c:s", "mov_text") if target.suffix.lower() in (".mp4", ".m4v", ".mov") else ()
    video = ("-itsoffset", f"{film.delay:.6f}", "-f", "concat", "-i", literal(names))
    inputs = (*video, "-i", literal(film.path))
    with _running((*_QUIET, *inputs, *kept, "-c", "copy", *text, literal(target)), str(target)):
        pass


@contextmanager
def _running(
    arguments: Sequence[str], about: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> "Iterator[subprocess.Popen[bytes]]":
    """A process of ffmpeg: waited for where all went well, ended where not; its complaint is our error."""
    with tempfile.TemporaryFile() as said:
        command = [_program("ffmpeg"), *arguments]
        process = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=said, bufsize=0)
        try:
            yield process
            if process.stdin:
                process.stdin.close()
            process.wait()
        except BrokenPipeError:
            process.wait()  # it says why it went
        finally:
            process.kill()
            process.wait()
            _close(process.stdin, process.stdout)
        if process.returncode:
            said.seek(0)
            raise PhotoError(f"{about}: ffmpeg failed: {_last_line(said.read())}")


def _close(*pipes: IO[bytes] | None) -> None:
    for pipe in pipes:
        if pipe:
            pipe.close()


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise UnavailableError(
            f"{name} is not installed, and films go through it",
            "install it; on Debian and Ubuntu: apt-get install ffmpeg",
        )
    return found


def _fraction(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(int(top), int(bottom)) if int(bottom or 0) else Fraction(0)


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""
