"""What a process owes its surroundings: standard streams, signals, a stdout that nothing else writes to."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedWriter, FileIO, TextIOWrapper
from threading import Event
from types import FrameType
from typing import Any

from colorcli.errors import UsageError

STDIN, STDOUT, STDERR = 0, 1, 2


class Interrupted(BaseException):
    """Ctrl-C or a request to end: unwinds everything, so that no half-written file stays behind."""

    exit_code = 130


def raise_on_signals() -> None:
    """Makes Ctrl-C, SIGTERM and a closed terminal raise `Interrupted` in the main thread."""
    show = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if lost.exc_type is Interrupted else show(lost)
    _raise_from_now_on()


@contextmanager
def finishing_first(stop: Event, text: str) -> Iterator[Event]:
    """Within, the first signal only sets `stop` and writes `text` on stderr; the next one interrupts.

    Gives an event that tells whether the first one came.
    """
    asked = Event()

    def ask(number: int, frame: FrameType | None) -> None:
        _raise_from_now_on()
        asked.set()
        stop.set()
        with suppress(OSError):
            os.write(STDERR, text.encode())  # a handler may not use what the program is in the middle of

    for number in _signals():
        signal.signal(number, ask)
    try:
        yield asked
    finally:
        _raise_from_now_on()


def _raise_from_now_on() -> None:
    for number in _signals():
        signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def _signals() -> list[int]:
    """The signals that ask the process to end; `nohup` and `trap ''` are respected."""
    known = [getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")]  # Windows has no SIGHUP
    return [number for number in known if number and signal.getsignal(number) is not signal.SIG_IGN]


def keep_standard_streams() -> None:
    """Fills the places of closed standard streams, lest the next file opened become one of them.

    They are filled the wrong way round (stdout for reading only), so that using them still fails.
    """
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if descriptor == STDIN else os.O_RDONLY)
    if sys.stderr is not None and not sys.stderr.isatty():
        sys.stderr = TextIOWrapper(
            BufferedWriter(_Messages(STDERR, "w", closefd=False)),
            encoding=sys.stderr.encoding,
            errors="backslashreplace",
            line_buffering=True,
        )


class _Messages(FileIO):
    """stderr whose disk may be full: what cannot be said there is no reason to fail."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def claim_stdout() -> FileIO:
    """The real stdout, for us alone; whatever a library prints there goes to stderr from now on."""
    if sys.stdout is not None:
        sys.stdout.flush()
    ours = FileIO(os.dup(STDOUT), "w")
    os.dup2(STDERR, STDOUT)
    return ours


def open_stdin() -> FileIO:
    """stdin as bytes, unbuffered."""
    return FileIO(STDIN, "r", closefd=False)


def refuse_terminal(stream: FileIO) -> None:
    """Image bytes would only garble a terminal."""
    if stream.isatty():
        raise UsageError("stdout is a terminal and would be garbled by an image", "use -o FILE, or a pipe")
