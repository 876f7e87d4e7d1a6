"""Runs a plan on this machine: opens the model, and has threads do the jobs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from threading import Event

from colorcli.batch import pipeline
from colorcli.batch.job import Job, Outcome
from colorcli.batch.keeper import Keeper
from colorcli.batch.memory import give_back
from colorcli.batch.worker import Worker
from colorcli.colorizer import Colorizer
from colorcli.device import usable_cores

TIDY_EVERY = 50  # photographs: costs a few ms


@dataclass(frozen=True)
class Engine:
    """Which model runs where, and how many photographs are in work at a time."""

    model: str | None = None
    device: str = "auto"
    threads: int = 0  # CPU threads in all; 0: one for each core
    workers: int | None = None  # photographs in work at a time; None: what keeps cores and GPU busy
    batch_size: int | None = None  # photographs in a call of the network; None: found out

    def open(self, jobs: int) -> tuple[Colorizer, int]:
        """The colorizer for a number of jobs, and how many workers share it.

        On a CPU each worker runs the network by itself, on its share of the cores: that wastes least.
        """
        cores = self.threads or usable_cores()
        batch_size = 1 if jobs == 1 else self.batch_size
        together = batch_size is not None and batch_size > 1
        workers = _at_most(jobs, self.workers or (2 * (batch_size or 1) if together else cores))
        threads = cores if together else max(1, cores // workers)
        colorizer = Colorizer(self.model, self.device, threads, batch_size)
        if self.workers is None and colorizer.batch_size > 1:  # one group is in the network, the next is made
            workers = _at_most(jobs, max(cores, 2 * colorizer.batch_size))
        return colorizer, workers


def colour(
    jobs: Iterable[Job],
    worker: Worker,
    workers: int,
    stop: Event,
    keeper: Keeper | None = None,
    fail_fast: bool = False,
) -> Iterator[Outcome]:
    """The outcomes as they come, also into the journal of the keeper; after `stop` nothing new begins."""
    work = keeper.around(worker.do_for_journal) if keeper else worker.do

    def do(job: Job) -> Outcome:
        outcome = work(job)
        if fail_fast and outcome.error:
            stop.set()
        return outcome

    for count, outcome in enumerate(pipeline.run(jobs, do, workers, stop), 1):
        if count % TIDY_EVERY == 0:
            give_back()
        yield outcome


def _at_most(jobs: int, workers: int) -> int:
    return max(1, min(jobs, workers))
