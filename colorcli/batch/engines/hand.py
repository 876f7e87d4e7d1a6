"""What runs in a process of its own somewhere in a Ray cluster: the worker of a local run, and its model."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import Generic, TypeVar

import ray

from colorcli.batch.engines.local import LocalEngine
from colorcli.batch.job import Job, Outcome, Settings
from colorcli.batch.place import Source
from colorcli.batch.worker import Worker
from colorcli.errors import ColorcliError, UnavailableError
from colorcli.model import find_model

T = TypeVar("T")

VERSION = version("colorcli")
_MANY = 1 << 30  # photographs: nobody knows how many a hand will get


class Shared(Generic[T]):
    """A value in Ray's object store, on its way to whoever asks for it."""

    def __init__(self, value: T) -> None:
        self._reference = ray.put(value)

    def get(self) -> T:
        value: T = ray.get(self._reference)
        return value


@dataclass(frozen=True)
class Terms:
    """What every hand of a run is told, wherever it works."""

    engine: LocalEngine
    settings: Settings
    model_sha256: str
    model: Shared[bytes]
    inputs: Shared[list[Source]]
    folder: Path | None  # in which the run was started: names may be relative to it; None: all is on servers
    landmarks: tuple[Path, ...]  # who does not see them has other disks
    version: str = VERSION


@dataclass(frozen=True)
class Ready:
    """A hand whose model is open."""

    workers: int  # photographs it can have in work at a time
    notice: str  # why a GPU that is there stays unused


class Hand:
    """Does chunks of jobs, several at a time, from several threads."""

    def __init__(self) -> None:
        self._stopped = Event()

    def open(self, terms: Terms) -> Ready | ColorcliError:
        """Opens the model, or says what is wrong with this machine."""
        try:
            _look_around(terms)
            with _model_file(terms) as path:
                colorizer, workers = replace(terms.engine, model=str(path)).colorizer(_MANY)
        except ColorcliError as error:
            return error
        self._worker = Worker(colorizer, terms.settings, _each(terms.inputs))
        return Ready(workers, colorizer.model.notice)

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


def _look_around(terms: Terms) -> None:
    """Refuse a machine that would make other results, or put them elsewhere."""
    if terms.version != VERSION:
        raise UnavailableError(
            f"it has colorcli {VERSION}, not {terms.version}", "install the same everywhere"
        )
    if terms.folder is not None:
        try:
            os.chdir(terms.folder)
        except OSError:
            raise _blind(terms.folder) from None
    for path in terms.landmarks:
        if not path.exists():
            raise _blind(path)


def _blind(path: Path) -> UnavailableError:
    return UnavailableError(
        f"it does not see {path}", "every node needs the photographs and the results under the same names"
    )


@contextmanager
def _model_file(terms: Terms) -> Iterator[Path]:
    """The model as this machine has it; else, while it is opened, a file with what the driver sent."""
    try:
        path = find_model(terms.engine.model)
        here = sha256(path.read_bytes()).hexdigest() == terms.model_sha256
    except (ColorcliError, OSError):
        here = False
    if here:
        yield path
        return
    with TemporaryDirectory(prefix="colorcli-") as folder:
        path = Path(folder) / "model.onnx"
        path.write_bytes(terms.model.get())
        yield path


def _each(inputs: Shared[list[Source]]) -> Iterator[Source]:
    """They are many, and mostly nobody asks."""
    yield from inputs.get()
