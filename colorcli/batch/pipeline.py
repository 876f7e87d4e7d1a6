"""The local engine: threads that each take one photograph after the other.

While one thread decodes, another is in the network and a third encodes: the work is in C and overlaps. At any
time there are as many photographs in memory as there are threads, however long the list is.
"""

from collections.abc import Callable, Generator, Iterable
from queue import Queue
from threading import Event, Lock, Thread
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def run(
    tasks: Iterable[Task], work: Callable[[Task], Result], threads: int, stop: Event
) -> Generator[Result, None, None]:
    """The results as they are finished; once `stop` is set nothing new is begun.

    What `work` raises is raised here. After an error, this or that of whoever closes the generator, the tasks
    in work are finished first: a thread that outlives the interpreter aborts the process. An interrupt is not
    an Exception and waits for nobody.
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
    yield from _until_all_ended(done, threads, stop)


def _until_all_ended(
    done: "Queue[Result | _Raised | None]", threads: int, stop: Event
) -> Generator[Result, None, None]:
    try:
        while threads:
            result = done.get()
            if isinstance(result, _Raised):
                raise result.error
            if result is None:
                threads -= 1
            else:
                yield result
    except BaseException as error:
        stop.set()
        if isinstance(error, Exception | GeneratorExit):
            while threads:
                threads -= done.get() is None
        raise


class _Nothing:
    """Stands for the end of the tasks."""


_NOTHING = _Nothing()


class _Raised:
    """An error on its way from a thread to the caller."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
