"""Runs a plan on a Ray cluster: the journal is kept here, workers on every node colour the photographs."""

import logging
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from socket import create_connection
from threading import Event

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.plan import ArchivePlan
from colorcli.archive.resume.tracker import STARTED, Tracker
from colorcli.archive.threads import LocalEngine
from colorcli.errors import UnavailableError, UsageError
from colorcli.inference.description import DESCRIBED
from colorcli.inference.model import Model, find_model

os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")  # else it looks for a cluster for 13 minutes
try:
    import ray
    from ray.exceptions import RayError
except ImportError as error:
    raise UnavailableError("ray is not installed", "install it with `pip install 'colorcli[ray]'`") from error

from colorcli.archive.ray.pool import WorkerPool
from colorcli.archive.ray.queue import Chunk, ChunkQueue
from colorcli.archive.ray.worker import Shared, WorkerSetup

CONNECT_TIMEOUT = 10  # seconds to wait for an answer at the address
POLL_EVERY = 0.5  # seconds between looks at whether to stop, and for nodes


@dataclass(frozen=True)
class RayEngine:
    """Each worker in the cluster is a `local` engine of its own, with its share of the threads."""

    local: LocalEngine
    address: str = "auto"  # HOST:PORT of a cluster; auto: the one that this machine belongs to
    patience: float = 600  # seconds to wait for nodes when there is none to work on

    @property
    def model(self) -> str | None:
        return self.local.model

    @contextmanager
    def open(
        self, plan: ArchivePlan, settings: PhotoSettings, stdin: FileIO, stdout: FileIO
    ) -> Iterator["RayWorkers"]:
        """Joins the cluster; workers are started once there is something to do."""
        if plan.results_folder is None:
            raise UsageError(
                "--engine ray needs a folder or a list, and a folder for the results", "give -o DIR"
            )
        model = Model.open(find_model(self.model), "cpu", threads=1)
        self._join()
        try:
            pool = WorkerPool(self._setup(plan, settings, model))
            try:
                yield RayWorkers(model, pool, self.patience)
            finally:
                pool.shut_down()
        except RayError as error:
            raise UnavailableError(
                f"the Ray cluster failed: {error}", "the same command goes on from here"
            ) from error
        finally:
            ray.shutdown()

    def _join(self) -> None:
        try:
            if self.address != "auto":
                _check_address(self.address)
            ray.init(self.address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError, RayError) as error:
            raise UnavailableError(
                f"cannot join the Ray cluster at {self.address}: {error}",
                "start one with `ray start --head`, or see docs/cluster.md",
            ) from error

    def _setup(self, plan: ArchivePlan, settings: PhotoSettings, model: Model) -> WorkerSetup:
        required_paths = tuple(_required_paths(plan))
        return WorkerSetup(
            self.local,
            settings,
            model.identity,
            Shared(_files_of(model.path)),
            Shared([job.source for job in plan.jobs if job.source]),
            Path.cwd() if required_paths else None,
            required_paths,
        )


def _files_of(model: Path) -> dict[str, bytes]:
    """A model and what lies beside it to describe it, by name."""
    files = [model, model.with_suffix(DESCRIBED)]
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def _required_paths(plan: ArchivePlan) -> Iterator[Path]:
    """Of the photographs and the results, what is on disks and not on servers."""
    if plan.results_folder and (folder := plan.results_folder.local_path):
        yield folder.absolute() / STARTED
    for source in (job.source for job in plan.jobs[:1]):
        if source and (path := source.file.local_path):
            yield path.absolute().parent


@dataclass(frozen=True)
class RayWorkers:
    """The workers of a cluster, and the model they have."""

    model: Model
    pool: WorkerPool
    patience: float

    def colour(
        self, jobs: Sequence[Job], stop: Event, tracker: Tracker | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal; after `stop` nothing new begins."""
        assert tracker is not None  # the plan has an archive
        queue = ChunkQueue(jobs, tracker)
        stop_sent = False
        while True:
            if not stop.is_set():
                yield from queue.prepare(self.pool.workers)
            elif not stop_sent:
                stop_sent = True
                self.pool.stop()
            more = not (stop.is_set() or queue.empty)
            if more:
                self.pool.add_workers(self.patience)
                if self._submit(queue, fail_fast):
                    continue
            elif not self.pool.in_work:
                return
            if result := self.pool.next_result(POLL_EVERY):
                for outcome in self._record(queue, *result):
                    if fail_fast and outcome.error:
                        stop.set()
                    yield outcome

    def _submit(self, queue: ChunkQueue, fail_fast: bool) -> bool:
        """Submits one chunk, if one waits and a worker has room. Suspects go to the first worker, alone."""
        ready = self.pool.ready
        if queue.has_suspects and ready:
            first, *ready = ready
            if not first.calls:
                self.pool.submit(first, queue.take_suspect(), fail_fast)
                return True
        handle = max(ready, key=lambda one: one.room, default=None)
        if handle is None or not handle.room or (chunk := queue.take()) is None:
            return False
        self.pool.submit(handle, chunk, fail_fast)
        return True

    def _record(self, queue: ChunkQueue, chunk: Chunk, outcomes: list[Outcome] | None) -> list[Outcome]:
        """Writes down what came of a chunk; that of a lost worker goes back into the queue."""
        if outcomes is None:
            given_up = queue.return_lost(chunk)
            return [given_up] if given_up else []
        queue.record(chunk, outcomes)
        return outcomes


def _check_address(address: str) -> None:
    """Raise where nobody answers, which Ray itself would take a minute to find."""
    host, _, port = address.rpartition(":")
    create_connection((host, int(port)), CONNECT_TIMEOUT).close()
