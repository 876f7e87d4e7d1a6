"""ffmpeg as a neighbour: its processes at either end of a pipe, and what they say when they fail."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO

from colorcli.errors import PhotoError, UnavailableError

_QUIET = ("-hide_banner", "-v", "error", "-nostdin", "-y")
_FULL = b"No space left on device"  # after which it may end as if all were well
_SPEAKER = re.compile(r"^\[[^\]]*\] ")  # of a line of ffmpeg's
# What ffmpeg says after it has said what went wrong.
_ECHOES = (
    "Error initializing output stream",
    "Error while opening encoder",
    "Could not write header",
    "Conversion failed",
    "encoded 0 frames",
    "Error writing trailer",
    "Error submitting",
)


class RefusedError(PhotoError):
    """ffmpeg cannot do what it was asked for, however much room there is."""


@dataclass
class Process:
    """ffmpeg at work; `about` names what its complaints are about."""

    about: str
    running: "subprocess.Popen[bytes]"
    said: IO[bytes]

    @property
    def stdout(self) -> FileIO:
        assert isinstance(self.running.stdout, FileIO)  # unbuffered
        return self.running.stdout

    @property
    def stdin(self) -> FileIO:
        assert isinstance(self.running.stdin, FileIO)  # unbuffered
        return self.running.stdin

    def finish(self) -> str:
        """Waits for its end, a good one: else its complaint is our error. What else it complained of."""
        if self.running.stdin:
            self.running.stdin.close()
        code = self.running.wait()
        self.said.seek(0)
        text = self.said.read()
        said = what_failed(text)
        name = f"{self.about}: " if self.about else ""
        if _FULL in text:
            raise PhotoError(
                f"{name}no space left on the disk", "make room; the same command goes on from there"
            )
        if not code:
            return said
        if "Unknown encoder" in said:
            raise UnavailableError(f"this ffmpeg lacks it: {said}", "install another one, or choose --codec")
        raise RefusedError(f"{name}ffmpeg failed: {said or f'exit code {code}'}")


@contextmanager
def ffmpeg(
    arguments: Sequence[str],
    about: str = "",
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[Process]:
    """A process that ends with the block, whatever it is doing; `finish` it to know that all went well."""
    with tempfile.TemporaryFile() as said:
        command = [program("ffmpeg"), *_QUIET, *arguments]
        running = subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=said, bufsize=0)
        process = Process(about, running, said)
        try:
            yield process
        except BrokenPipeError as error:
            process.finish()  # it says why it went
            raise PhotoError("ffmpeg went away") from error
        finally:
            running.kill()
            running.wait()
            for pipe in (running.stdin, running.stdout):
                if pipe:
                    pipe.close()


def run(arguments: Sequence[str]) -> None:
    """A process from beginning to end."""
    with ffmpeg(arguments) as process:
        process.finish()


def literal(path: Path) -> str:
    """A name that ffmpeg takes for a file, whatever it begins with or looks like."""
    return f"file:{path.absolute()}"


def count_frames(path: Path) -> int:
    """Frames of the video in a file of ours, by its packets; 0 where it cannot be read."""
    entries = ("-select_streams", "V:0", "-count_packets", "-show_entries", "stream=nb_read_packets")
    command = [program("ffprobe"), "-v", "error", *entries, "-of", "csv=p=0", literal(path)]
    words = subprocess.run(command, capture_output=True).stdout.split()
    return int(words[0]) if words and words[0].isdigit() else 0


def version() -> str:
    """What it calls itself: parts of two versions might not fit together."""
    done = subprocess.run([program("ffmpeg"), "-version"], capture_output=True)
    return done.stdout.decode("utf-8", "replace").partition(" Copyright")[0]


def program(name: str) -> str:
    """Where it is installed."""
    found = shutil.which(name)
    if found is None:
        raise UnavailableError(
            f"{name} is not installed, and films go through it",
            "install it; on Debian and Ubuntu: apt-get install ffmpeg",
        )
    return found


def what_failed(said: bytes) -> str:
    """The line that tells most of what ffmpeg said."""
    lines = [_SPEAKER.sub("", line) for line in said.decode("utf-8", "replace").strip().splitlines()]
    telling = [line for line in lines if line and not line.startswith(_ECHOES)]
    return (telling or lines or [""])[0].strip()
