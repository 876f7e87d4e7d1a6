"""The local engine: threads that each take one photograph after the other.

While one thread decodes, another is in the network and a third encodes: the work is in C and overlaps. At any
time there are as many photographs in memory as there are threads, however long the list is.
"""

from collections.abc import Callable, Iterable, Iterator
from queue import Queue
from threading import Event, Lock, Thread
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def run(tasks: Iterable[Task], work: Callable[[Task], Result], threads: int, stop: Event) -> Iterator[Result]:
    """The results as they are finished; once `stop` is set nothing new is begun.

    What `work` raises is raised here. Nobody waits for a thread: whoever leaves at once leaves at once.
    """
    source = iter(tasks)
    turn = Lock()
    done: Queue[Result | _Raised | None] = Queue(threads)  # None: a thread has ended

    def serve() -> None:
        try:
            while not stop.is_set():
                with turn:
                    task = next(source, _NOTHING)
                if isinstance(task, _Nothing):
                    break
                done.put(work(task))
        except BaseException as error:
            done.put(_Raised(error))
        done.put(None)

    for _ in range(threads):
        Thread(target=serve, daemon=True).start()
    try:
        yield from _until_all_ended(done, threads)
    finally:
        stop.set()


def _until_all_ended(done: "Queue[Result | _Raised | None]", threads: int) -> Iterator[Result]:
    while threads:
        result = done.get()
        if isinstance(result, _Raised):
            raise result.error
        if result is None:
            threads -= 1
        else:
            yield result


class _Nothing:
    """Stands for the end of the tasks."""


_NOTHING = _Nothing()


class _Raised:
    """An error on its way from a thread to the caller."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
