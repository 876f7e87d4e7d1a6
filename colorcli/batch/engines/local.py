"""Runs a plan on this machine: opens the model, and has threads do the jobs."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from threading import Event

from colorcli.batch import pipeline
from colorcli.batch.job import Job, Outcome, Settings
from colorcli.batch.keeper import Keeper
from colorcli.batch.plan import Plan
from colorcli.batch.worker import Worker
from colorcli.colorizer import Colorizer
from colorcli.device import usable_cores, workers_on
from colorcli.model import Model
from colorcli.tuning import keep_memory, stay_in_calling_thread


@dataclass(frozen=True)
class LocalEngine:
    """Which model runs here, and how many photographs are in work at a time."""

    model: str | None = None
    device: str = "auto"
    threads: int = 0  # CPU threads in all; 0: one for each core
    workers: int | None = None  # photographs in work at a time; None: what keeps cores and GPU busy
    batch_size: int | None = None  # photographs in a call of the network; None: found out

    @contextmanager
    def open(self, plan: Plan, settings: Settings, stdin: FileIO, stdout: FileIO) -> Iterator["LocalCrew"]:
        """Threads that share a model."""
        colorizer, workers = self.colorizer(len(plan.jobs))
        inputs = [job.source for job in plan.jobs if job.source]
        yield LocalCrew(colorizer.model, Worker(colorizer, settings, inputs, stdin, stdout), workers)

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
class LocalCrew:
    """Threads of this process."""

    model: Model
    worker: Worker
    workers: int

    def colour(
        self, jobs: Sequence[Job], stop: Event, keeper: Keeper | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal of the keeper; after `stop` nothing new begins."""
        work = keeper.around(self.worker.do_for_journal) if keeper else self.worker.do

        def do(job: Job) -> Outcome:
            outcome = work(job)
            if fail_fast and outcome.error:
                stop.set()
            return outcome

        return pipeline.run(jobs, do, self.workers, stop)


def _at_most(jobs: int, workers: int) -> int:
    return max(1, min(jobs, workers))
