"""Runs a plan on this machine: opens the model, and has threads each do one photograph after the other.

While one thread decodes, another is in the network and a third encodes: the work is in C and overlaps. At any
time there are as many photographs in memory as there are threads, however long the list is.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from queue import Queue
from threading import Event, Lock, Thread
from typing import TypeVar

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.plan import ArchivePlan
from colorcli.archive.resume.tracker import Tracker
from colorcli.archive.worker import Worker
from colorcli.colorizer import Colorizer
from colorcli.inference.device import usable_cores, workers_on
from colorcli.inference.model import Model
from colorcli.memory import keep_memory, stay_in_calling_thread

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class LocalEngine:
    """Which model runs here, and how many photographs are in work at a time."""

    model: str | None = None
    device: str = "auto"
    threads: int = 0  # CPU threads in all; 0: one for each core
    workers: int | None = None  # photographs in work at a time; None: what keeps cores and GPU busy
    batch_size: int | None = None  # photographs in a call of the network; None: found out

    @contextmanager
    def open(
        self, plan: ArchivePlan, settings: PhotoSettings, stdin: FileIO, stdout: FileIO
    ) -> Iterator["LocalWorkers"]:
        """Threads that share a model."""
        colorizer, workers = self.colorizer(len(plan.jobs))
        inputs = [job.source for job in plan.jobs if job.source]
        yield LocalWorkers(colorizer.model, Worker(colorizer, settings, inputs, stdin, stdout), workers)

    def colorizer(self, jobs: int) -> tuple[Colorizer, int]:
        """The colorizer for a number of jobs, and how many workers share it.

        On a CPU each worker runs the network by itself, on its share of the cores: that wastes least.
        """
        cores = self.threads or usable_cores()
        batch_size = 1 if jobs == 1 else self.batch_size
        together = batch_size is not None and batch_size > 1
        workers = _at_most(jobs, self.workers or (2 * (batch_size or 1) if together else workers_on(cores)))
        threads = cores if together else max(1, cores // workers)
        colorizer = Colorizer(self.model, self.device, threads, batch_size)
        if self.workers is None and colorizer.batch_size > 1:  # one group is in the network, the next is made
            workers = _at_most(jobs, max(cores, 2 * colorizer.batch_size))
        if workers >= cores:
            keep_memory()
            stay_in_calling_thread()
        return colorizer, workers


@dataclass(frozen=True)
class LocalWorkers:
    """Threads of this process that share a worker."""

    model: Model
    worker: Worker
    workers: int

    def colour(
        self, jobs: Sequence[Job], stop: Event, tracker: Tracker | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal; after `stop` nothing new begins."""
        work = tracker.around(self.worker.do_for_journal) if tracker else self.worker.do

        def do(job: Job) -> Outcome:
            outcome = work(job)
            if fail_fast and outcome.error:
                stop.set()
            return outcome

        return run_in_threads(jobs, do, self.workers, stop)


def _at_most(jobs: int, workers: int) -> int:
    return max(1, min(jobs, workers))


def run_in_threads(
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
    """Marks the end of the tasks."""


_NOTHING = _Nothing()


class _Raised:
    """An error on its way from a thread to the caller."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
