"""Work in C that may stand still for ever is waited for so long, and no longer.

libvips keeps idle threads for its next call. A process that is forked meanwhile has none of them, does not
know it, and waits for them for ever: that is refused. Whatever else stands still cannot be ended either: it
is left standing in a thread that nobody needs, and the photograph has failed.
"""

import os
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from colorcli.errors import PhotoError, UsageError

SECONDS = 600.0  # a hundred times what a scan of 12 megapixels takes
SECONDS_A_MEGAPIXEL = 5.0  # ten times what AVIF, the slowest, takes

Result = TypeVar("Result")
_Calls = SimpleQueue[tuple[Callable[[], Any], Future[Any]]]

_FORKED = "this process was forked from one that had read photographs already: libvips cannot work in it"
_FORKED_HINT = "Start processes by multiprocessing's method spawn, or fork before the first photograph."

_idle: SimpleQueue[_Calls] = SimpleQueue()  # of the threads that have nothing to do


class _Process:
    """What this process has done, and what the one that it was forked from had."""

    has_worked = False
    is_spoilt = False

    @classmethod
    def forked(cls) -> None:
        cls.is_spoilt = cls.has_worked


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Process.forked)


def run_within(megapixels: float, work: Callable[[], Result]) -> Result:
    """What `work` returns or raises; a PhotoError if that takes far too long for so large a picture."""
    if _Process.is_spoilt:
        raise UsageError(_FORKED, _FORKED_HINT)
    _Process.has_worked = True
    seconds = SECONDS + SECONDS_A_MEGAPIXEL * megapixels
    calls, outcome = _thread(), Future[Result]()
    calls.put((work, outcome))
    if not wait([outcome], seconds).done:
        raise PhotoError(f"it was given up after {seconds:.0f} seconds", "Try it again, alone.")
    _idle.put(calls)
    return outcome.result()


def _thread() -> _Calls:
    """One that is idle, else a new one: a thread keeps its memory from one picture to the next."""
    try:
        return _idle.get_nowait()
    except Empty:
        calls: _Calls = SimpleQueue()
        Thread(target=_serve, args=(calls,), daemon=True).start()
        return calls


def _serve(calls: _Calls) -> None:
    while True:
        work, outcome = calls.get()
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)
        del work, outcome  # with the picture in them
