"""Keeps the journal of a folder of results while a run works there, so that the next run can go on."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from fnmatch import fnmatchcase
from io import FileIO
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from colorcli.batch.job import Job, Outcome
from colorcli.batch.journal import SEGMENTS, Journal, open_journal
from colorcli.batch.ledger import Ledger, SettingsChanged, Way
from colorcli.batch.place import Place, Url, folders_here, remove
from colorcli.batch.remote_journal import RemoteJournal, open_remote_journal
from colorcli.errors import ColorcliError, PhotoError, cause_of
from colorcli.files import TEMPORARY_PREFIX, sweep, whole_file

STARTED = f"{TEMPORARY_PREFIX}started"  # is there while a run is at work, and after one that was killed
_PART = f"{TEMPORARY_PREFIX}*.part"


class Started(Protocol):
    """The photographs a run has begun, kept safe: a result without a line in the journal is known as our own.

    It begins with how long the journal was when the run began, then come the names, each with a NUL after it.
    """

    def add(self, name: str) -> None:
        """Before the work on a photograph begins."""


class StartedHere:
    """A file that grows."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def add(self, name: str) -> None:
        try:
            self._file.write(os.fsencode(name) + b"\0")
        except OSError as error:
            raise PhotoError(f"{STARTED}: it could not be written: {cause_of(error)}") from error


class StartedThere:
    """Objects on a server: one at the beginning for all that is not there yet, then one a name."""

    def __init__(self, journal: Url, size: int) -> None:
        self._journal = journal
        self._size = size
        self._names: set[str] = set()
        self.objects: list[Url] = []

    def announce(self, names: Iterable[str]) -> None:
        self._names.update(names)
        self._write(sorted(self._names))

    def add(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self._write([name])

    def _write(self, names: Sequence[str]) -> None:
        place = self._journal / f"{STARTED}-{uuid4().hex}"
        self.objects.append(place)
        place.write(_listed(self._size, names))


class Keeper:
    """A locked folder of results: settles what is done already and writes down what is done now."""

    def __init__(
        self, ledger: Ledger, journal: Journal | RemoteJournal, started: Started, interrupted: frozenset[str]
    ) -> None:
        self.ledger = ledger
        self._journal = journal
        self._started = started
        self._interrupted = interrupted
        self._others: set[str] = set()  # photographs in whose result's place somebody else's file was

    def around(self, work: Callable[[Job], Outcome]) -> Callable[[Job], Outcome]:
        """The same work, but for what is done already, and with a line in the journal; from any thread."""

        def do(job: Job) -> Outcome:
            settled = self.begin(job)
            if isinstance(settled, Outcome):
                return settled
            outcome = work(settled)
            self.end(job, outcome)
            return outcome

        return do

    def begin(self, job: Job) -> Job | Outcome:
        """The outcome of what is done already, or the job to be done now."""
        try:
            return self._begin(job)
        except ColorcliError as error:  # a server that does not answer
            return Outcome(job.name, None, "failed", error=type(error)(f"{job.name}: {error}", error.hint))

    def begin_again(self, job: Job) -> Job:
        """A job whose worker was lost: what that one may have left in the result's place is our own."""
        return job if self.ledger.name(job) in self._others else replace(job, replace=True)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Write down what came of a job."""
        if line := self.ledger.line(job, outcome):
            self._journal.append(line)

    def may_replace(self, job: Job) -> bool:
        """Whether the result of a job is not there, or is our own as we wrote it."""
        name = self.ledger.name(job)
        return not self.ledger.contents.has(name) or name in self._interrupted or self.ledger.made(job)

    def begin_to_replace(self, job: Job) -> None:
        """Before a result takes the place of another."""
        self._started.add(self.ledger.name(job))

    def secure(self) -> None:
        """From now on nothing that the journal says can be lost."""
        self._journal.secure()

    def _begin(self, job: Job) -> Job | Outcome:
        settled = self.ledger.settle(job)
        if isinstance(settled, Outcome):
            return settled
        name = self.ledger.name(job)
        there = self.ledger.contents.has(name)
        if there and name in self._interrupted:
            settled = replace(settled, replace=True)
        if settled.replace or not there:
            self._started.add(name)
        else:
            self._others.add(name)  # not ours to begin
        return settled


@contextmanager
def keep(
    folder: Place, way: Way, jobs: Iterable[Job], settings_changed: SettingsChanged = "redo"
) -> Iterator[Keeper]:
    """Locks `folder`, and mends what a run that was killed left there."""
    with open_journal(folder) if isinstance(folder, Path) else open_remote_journal(folder) as journal:
        ledger = Ledger(folder, way, settings_changed)
        with _begun(folder, jobs, ledger, journal.size) as (started, interrupted):
            yield Keeper(ledger, journal, started, interrupted)


def _begun(
    folder: Place, jobs: Iterable[Job], ledger: Ledger, size: int
) -> AbstractContextManager[tuple[Started, frozenset[str]]]:
    """What this run begins, and what the last one had begun and the journal says nothing of."""
    if isinstance(folder, Path):
        return _begun_here(folder, jobs, ledger, size)
    return _begun_there(folder, jobs, ledger, size)


@contextmanager
def _begun_here(
    folder: Path, jobs: Iterable[Job], ledger: Ledger, size: int
) -> Iterator[tuple[Started, frozenset[str]]]:
    path = folder / STARTED
    died = path.exists()
    if died:
        sweep(folders_here(place for job in jobs for place in (job.target, job.shard)), ours_only=False)
    interrupted = _unfinished(path.read_bytes(), ledger) if died else frozenset()
    with whole_file(path, overwrite=True) as part:
        part.write_bytes(_listed(size, interrupted))
    with FileIO(path, "a") as file:
        yield StartedHere(file), interrupted
    path.unlink()


@contextmanager
def _begun_there(
    folder: Url, jobs: Iterable[Job], ledger: Ledger, size: int
) -> Iterator[tuple[Started, frozenset[str]]]:
    journal = folder / SEGMENTS
    left = [journal / entry.name for entry in journal.entries() if entry.name.startswith(STARTED)]
    interrupted = frozenset[str]().union(*(_unfinished(one.read(), ledger) for one in left))
    for name in ledger.contents.listed if left else ():
        if fnmatchcase(name.rpartition("/")[2], _PART):
            remove(folder / name)
    started = StartedThere(journal, size)
    planned = {ledger.name(job) for job in jobs} | {ledger.shard(job) for job in jobs if job.shard}
    started.announce(interrupted | {name for name in planned if not ledger.contents.has(name)})
    for one in left:
        remove(one)
    yield started, interrupted
    for one in started.objects:
        remove(one)


def _listed(size: int, names: Iterable[str]) -> bytes:
    return b"%d\0" % size + b"".join(os.fsencode(name) + b"\0" for name in names)


def _unfinished(content: bytes, ledger: Ledger) -> frozenset[str]:
    """What a run had begun, and the journal says nothing of."""
    size, *names = content.split(b"\0")
    begun = {os.fsdecode(name) for name in names[:-1]}  # after the last NUL is nothing, or half a name
    length = int(size) if size.isdigit() else 0
    finished = {name for name, entry in ledger.entries.items() if entry.end > length}
    return frozenset(begun - finished)
