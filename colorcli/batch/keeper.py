"""Keeps the journal of a folder of results while a run works there, so that the next run can go on."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import FileIO
from pathlib import Path

from colorcli.batch.job import Job, Outcome
from colorcli.batch.journal import Journal, open_journal
from colorcli.batch.ledger import Ledger, Way
from colorcli.errors import PhotoError
from colorcli.files import TEMPORARY_PREFIX, sweep, whole_file
from colorcli.images.source import cause_of

STARTED = f"{TEMPORARY_PREFIX}started"  # is there while a run is at work, and after one that was killed


class Started:
    """The photographs a run has begun, on disk: a result without a line in the journal is known as our own.

    The file says how long the journal was when the run began, then the names, each with a NUL after it.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def add(self, name: str) -> None:
        """Before the work on a photograph begins."""
        try:
            self._file.write(os.fsencode(name) + b"\0")
        except OSError as error:
            raise PhotoError(f"{STARTED}: it could not be written: {cause_of(error)}") from error


class Keeper:
    """A locked folder of results: settles what is done already and writes down what is done now."""

    def __init__(
        self, ledger: Ledger, journal: Journal, started: Started, interrupted: frozenset[str]
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
        settled = self.ledger.settle(job)
        if isinstance(settled, Outcome):
            return settled
        name, target = self.ledger.name(job), job.target
        there = target is not None and os.path.lexists(target)
        if there and name in self._interrupted:
            settled = replace(settled, replace=True)
        if settled.replace or not there:
            self._started.add(name)
        else:
            self._others.add(name)  # not ours to begin
        return settled

    def begin_again(self, job: Job) -> Job:
        """A job whose worker was lost: what that one may have left in the result's place is our own."""
        return job if self.ledger.name(job) in self._others else replace(job, replace=True)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Write down what came of a job."""
        if line := self.ledger.line(job, outcome):
            self._journal.append(line)


@contextmanager
def keep(folder: Path, way: Way, jobs: Iterable[Job]) -> Iterator[Keeper]:
    """Locks `folder`, and mends what a run that was killed left there."""
    with open_journal(folder) as journal:
        path = folder / STARTED
        ledger = Ledger(folder, way)
        died = path.exists()
        if died:
            sweep((job.target.parent for job in jobs if job.target), ours_only=False)
        interrupted = _unfinished(path, ledger) if died else frozenset()
        with whole_file(path, overwrite=True) as part:
            names = b"".join(os.fsencode(name) + b"\0" for name in interrupted)
            part.write_bytes(b"%d\0" % journal.size + names)
        with FileIO(path, "a") as file:
            yield Keeper(ledger, journal, Started(file), interrupted)
        path.unlink()


def _unfinished(path: Path, ledger: Ledger) -> frozenset[str]:
    """What the last run had begun, and the journal says nothing of."""
    size, *names = path.read_bytes().split(b"\0")
    begun = {os.fsdecode(name) for name in names[:-1]}  # after the last NUL is nothing, or half a name
    length = int(size) if size.isdigit() else 0
    finished = {name for name, entry in ledger.entries.items() if entry.end > length}
    return frozenset(begun - finished)
