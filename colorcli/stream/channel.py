"""Stages of work side by side: each in a thread of its own, few items between them, in their order."""

import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")

DEPTH = 2  # items that wait between two stages: enough to overlap, few enough for large frames


class _ClosedError(Exception):
    """Nobody takes any more."""


class _Channel(Generic[T]):
    """A short queue with an end: `end` comes after the last item, `close` at once, from the other side."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._ended = self._closed = False
        self._error: BaseException | None = None

    def put(self, item: T) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._items) < self._depth)
            if self._closed:
                raise _ClosedError
            self._items.append(item)
            self._changed.notify_all()

    def end(self, error: BaseException | None = None) -> None:
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self, timeout: float | None) -> Iterator[T]:
        """The items as they come; then what went wrong, if anything. TimeoutError if none comes in time."""
        while True:
            with self._changed:
                ready = self._changed.wait_for(lambda: self._closed or self._ended or self._items, timeout)
                if not ready:
                    raise TimeoutError
                if self._closed:
                    raise _ClosedError
                if not self._items:
                    break
                item = self._items.popleft()
                self._changed.notify_all()
            yield item
        if self._error:
            raise self._error


class Stages:
    """The threads of one run; leaving the context ends them all, whatever they wait for in a channel."""

    def __init__(self) -> None:
        self._channels: list[_Channel[object]] = []
        self._threads: list[threading.Thread] = []

    def beside(
        self, items: Iterable[T], depth: int = DEPTH, timeout: float | None = None, blocking: bool = False
    ) -> Iterator[T]:
        """The same items, made in a thread of their own, so many of them ahead.

        `timeout`: seconds without an item that raise TimeoutError. `blocking`: making an item may wait for
        the world outside, so the end of the run does not wait for this thread.
        """
        channel: _Channel[T] = _Channel(depth)
        thread = threading.Thread(target=_fill, args=(channel, items), daemon=True)
        self._channels.append(channel)  # type: ignore[arg-type]  # only to be closed
        if not blocking:
            self._threads.append(thread)
        thread.start()
        return channel.take(timeout)

    def close(self) -> None:
        for channel in self._channels:
            channel.close()
        for thread in self._threads:
            thread.join()


@contextmanager
def stages() -> Iterator[Stages]:
    """Stages that end with the block."""
    running = Stages()
    try:
        yield running
    finally:
        running.close()


def _fill(channel: _Channel[T], items: Iterable[T]) -> None:
    try:
        for item in items:
            channel.put(item)
    except _ClosedError:
        return
    except BaseException as error:
        channel.end(error)
    else:
        channel.end()
