"""What a process owes its surroundings: standard streams, signals, a stdout that nothing else writes to."""

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from io import FileIO
from types import FrameType
from typing import TypeVar

from colorcli.errors import UsageError

STDIN, STDOUT, STDERR = 0, 1, 2
Item = TypeVar("Item")


class Interrupted(BaseException):
    """Ctrl-C or a request to end: unwinds everything, so that no half-written file stays behind."""

    exit_code = 130


class _Interrupter:
    """The handler of signals that end us; it remembers, for what it raises can be lost in a C callback."""

    def __init__(self) -> None:
        self.called = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.called = True
        raise Interrupted


def raise_on_signals() -> None:
    """Makes Ctrl-C, SIGTERM and a closed terminal raise `Interrupted` in the main thread."""
    interrupter = _Interrupter()
    show = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if lost.exc_type is Interrupted else show(lost)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` and `trap ''` are respected
            signal.signal(number, interrupter)


def until_interrupted(items: Iterable[Item]) -> Iterator[Item]:
    """Passes `items` on, and raises `Interrupted` where a signal came but its exception got lost."""
    for item in items:
        handlers = map(signal.getsignal, (signal.SIGINT, signal.SIGTERM))
        if any(isinstance(handler, _Interrupter) and handler.called for handler in handlers):
            raise Interrupted
        yield item


def keep_standard_streams() -> None:
    """Fills the places of closed standard streams, lest the next file opened become one of them.

    They are filled the wrong way round (stdout for reading only), so that using them still fails.
    """
    for descriptor in (STDIN, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if descriptor == STDIN else os.O_RDONLY)


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
