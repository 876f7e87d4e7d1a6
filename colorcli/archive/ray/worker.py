"""What runs in a process of its own somewhere in a Ray cluster: the worker of a local run, and its model."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Generic, TypeVar

import ray

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.storage.location import Source
from colorcli.archive.threads import LocalEngine
from colorcli.archive.worker import Worker
from colorcli.errors import ColorcliError, UnavailableError
from colorcli.inference.model import find_model, identity_of

T = TypeVar("T")

VERSION = version("colorcli")
_MANY = 1 << 30  # photographs: nobody knows how many a worker will get


class Shared(Generic[T]):
    """A value in Ray's object store, on its way to whoever asks for it."""

    def __init__(self, value: T) -> None:
        self._reference = ray.put(value)

    def get(self) -> T:
        value: T = ray.get(self._reference)
        return value


@dataclass(frozen=True)
class WorkerSetup:
    """What every worker of a run is told, wherever it works."""

    engine: LocalEngine
    settings: PhotoSettings
    model_identity: str
    model: Shared[dict[str, bytes]]  # its files by name, the network first
    inputs: Shared[list[Source]]
    folder: Path | None  # in which the run was started: names may be relative to it; None: all is on servers
    required_paths: tuple[Path, ...]  # who does not see them has other disks
    version: str = VERSION


@dataclass(frozen=True)
class WorkerReady:
    """A worker whose model is open."""

    workers: int  # photographs it can have in work at a time
    notice: str  # why a GPU that is there stays unused


class RayWorker:
    """Does chunks of jobs, several at a time, from several threads."""

    def __init__(self) -> None:
        self._stopped = Event()

    def open(self, setup: WorkerSetup) -> WorkerReady | ColorcliError:
        """Opens the model, or says what is wrong with this machine."""
        try:
            _check_node(setup)
            with _model_file(setup) as path:
                colorizer, workers = replace(setup.engine, model=str(path)).colorizer(_MANY)
            self._worker = Worker(colorizer, setup.settings, _on_demand(setup.inputs))
        except ColorcliError as error:
            return error
        return WorkerReady(workers, colorizer.model.notice)

    def do(self, jobs: Sequence[Job], fail_fast: bool) -> list[Outcome]:
        """One outcome a job; fewer when it was stopped."""
        outcomes = []
        for job in jobs:
            if self._stopped.is_set():
                break
            outcomes.append(self._worker.do_for_journal(job))
            if fail_fast and outcomes[-1].error:
                self._stopped.set()
        return outcomes

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped.set()


def _check_node(setup: WorkerSetup) -> None:
    """Refuse a machine that would make other results, or put them elsewhere."""
    if setup.version != VERSION:
        raise UnavailableError(
            f"it has colorcli {VERSION}, not {setup.version}", "install the same everywhere"
        )
    if setup.folder is not None:
        try:
            os.chdir(setup.folder)
        except OSError:
            raise _not_visible(setup.folder) from None
    for path in setup.required_paths:
        if not path.exists():
            raise _not_visible(path)


def _not_visible(path: Path) -> UnavailableError:
    return UnavailableError(
        f"it does not see {path}", "every node needs the photographs and the results under the same names"
    )


@contextmanager
def _model_file(setup: WorkerSetup) -> Iterator[Path]:
    """The model as this machine has it; else, while it is opened, a file with what the driver sent."""
    try:
        path = find_model(setup.engine.model)
        here = identity_of(path) == setup.model_identity
    except ColorcliError:
        here = False
    if here:
        yield path
        return
    with TemporaryDirectory(prefix="colorcli-") as folder:
        files = {Path(folder) / name: content for name, content in setup.model.get().items()}
        for path, content in files.items():
            path.write_bytes(content)
        yield next(iter(files))


def _on_demand(inputs: Shared[list[Source]]) -> Iterator[Source]:
    """The photographs of the run, fetched only when one is asked for: there may be millions."""
    yield from inputs.get()
