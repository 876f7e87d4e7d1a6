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

from colorcli.archive.jobs import Job, Outcome
from colorcli.archive.resume.local_journal import (
    SEGMENTS,
    LocalJournal,
    open_local_journal,
    refuse_other_than_file,
)
from colorcli.archive.resume.remote_journal import RemoteJournal, open_remote_journal
from colorcli.archive.resume.state import ResultKey, ResumeState, SettingsChanged
from colorcli.archive.storage.location import Location, local_folders
from colorcli.errors import ColorcliError, PhotoError, cause_of
from colorcli.files import TEMPORARY_PREFIX, sweep, whole_file

STARTED = f"{TEMPORARY_PREFIX}started"  # is there while a run is at work, and after one that was killed
_PART = f"{TEMPORARY_PREFIX}*.part"


class StartLog(Protocol):
    """The photographs a run has begun, kept safe: a result without a line in the journal is known as our own.

    It begins with how long the journal was when the run began, then come the names, each with a NUL after it.
    """

    def add(self, name: str) -> None:
        """Call this before the work on a photograph begins."""


class LocalStartLog:
    """Names appended to a file on this machine."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def add(self, name: str) -> None:
        try:
            self._file.write(os.fsencode(name) + b"\0")
        except OSError as error:
            raise PhotoError(f"{STARTED}: it could not be written: {cause_of(error)}") from error


class RemoteStartLog:
    """Names in objects on a server: one at the start for all missing results, then one for each name."""

    def __init__(self, journal: Location, size: int) -> None:
        self._journal = journal
        self._size = size
        self._names: set[str] = set()
        self.objects: list[Location] = []

    def announce(self, names: Iterable[str]) -> None:
        self._names.update(names)
        self._write(sorted(self._names))

    def add(self, name: str) -> None:
        if name not in self._names:
            self._names.add(name)
            self._write([name])

    def _write(self, names: Sequence[str]) -> None:
        object_ = self._journal / f"{STARTED}-{uuid4().hex}"
        self.objects.append(object_)
        object_.write(_listed(self._size, names))


class Tracker:
    """A locked folder of results: decides what is done already and records what is done now."""

    def __init__(
        self,
        state: ResumeState,
        journal: LocalJournal | RemoteJournal,
        started: StartLog,
        interrupted: frozenset[str],
    ) -> None:
        self.state = state
        self._journal = journal
        self._start_log = started
        self._interrupted = interrupted
        self._others: set[str] = set()  # photographs in whose result's place somebody else's file was

    def around(self, work: Callable[[Job], Outcome]) -> Callable[[Job], Outcome]:
        """The same work, but for what is done already, and with a line in the journal; from any thread."""

        def do(job: Job) -> Outcome:
            decided = self.begin(job)
            if isinstance(decided, Outcome):
                return decided
            outcome = work(decided)
            self.end(job, outcome)
            return outcome

        return do

    def begin(self, job: Job) -> Job | Outcome:
        """The outcome of what is done already, or the job to be done now."""
        try:
            return self._begin(job)
        except ColorcliError as error:  # a server that does not answer
            return Outcome(job.name, None, "failed", error=error.about(job.name), job=job)

    def begin_again(self, job: Job) -> Job:
        """A job whose worker was lost: what that one may have left in the result's place is our own."""
        return job if self.state.name(job) in self._others else replace(job, replace=True)

    def end(self, job: Job, outcome: Outcome) -> None:
        """Write down what came of a job."""
        if line := self.state.line(job, outcome):
            self._journal.append(line)

    def may_replace(self, job: Job) -> bool:
        """Whether the result of a job is not there, or is our own as we wrote it."""
        name = self.state.name(job)
        return (
            not self.state.contents.has(name) or name in self._interrupted or self.state.has_own_result(job)
        )

    def begin_to_replace(self, job: Job) -> None:
        """Call this before a result replaces another."""
        self._start_log.add(self.state.name(job))

    def secure(self) -> None:
        """Have the disk or the server keep every line written so far."""
        self._journal.secure()

    def _begin(self, job: Job) -> Job | Outcome:
        decided = self.state.decide(job)
        if isinstance(decided, Outcome):
            return decided
        name = self.state.name(job)
        there = self.state.contents.has(name)
        if there and name in self._interrupted:
            decided = replace(decided, replace=True)
        if decided.replace or not there:
            self._start_log.add(name)
        else:
            self._others.add(name)  # not ours to begin
        return decided


@contextmanager
def open_tracker(
    folder: Location, key: ResultKey, jobs: Iterable[Job], settings_changed: SettingsChanged = "redo"
) -> Iterator[Tracker]:
    """Locks `folder`, and mends what a run that was killed left there."""
    path = folder.local_path
    with open_local_journal(path) if path else open_remote_journal(folder) as journal:
        state = ResumeState(folder, key, settings_changed)
        with _start_log(folder, jobs, state, journal.size) as (started, interrupted):
            yield Tracker(state, journal, started, interrupted)


def _start_log(
    folder: Location, jobs: Iterable[Job], state: ResumeState, size: int
) -> AbstractContextManager[tuple[StartLog, frozenset[str]]]:
    """What this run begins, and what the last one had begun and the journal says nothing of."""
    if path := folder.local_path:
        return _local_start_log(path, jobs, state, size)
    return _remote_start_log(folder, jobs, state, size)


@contextmanager
def _local_start_log(
    folder: Path, jobs: Iterable[Job], state: ResumeState, size: int
) -> Iterator[tuple[StartLog, frozenset[str]]]:
    path = folder / STARTED
    refuse_other_than_file(path)
    died = path.exists()
    if died:
        sweep(local_folders(place for job in jobs for place in (job.target, job.shard)), ours_only=False)
    interrupted = _unfinished(path.read_bytes(), state) if died else frozenset()
    with whole_file(path, overwrite=True) as part:
        part.write_bytes(_listed(size, interrupted))
    with FileIO(path, "a") as file:
        yield LocalStartLog(file), interrupted
    path.unlink()


@contextmanager
def _remote_start_log(
    folder: Location, jobs: Iterable[Job], state: ResumeState, size: int
) -> Iterator[tuple[StartLog, frozenset[str]]]:
    journal = folder / SEGMENTS
    left = [journal / entry.name for entry in journal.entries() if entry.name.startswith(STARTED)]
    interrupted = frozenset[str]().union(*(_unfinished(one.read(), state) for one in left))
    for name in state.contents.listed if left else ():
        if fnmatchcase(name.rpartition("/")[2], _PART):
            (folder / name).remove()
    started = RemoteStartLog(journal, size)
    planned = {state.name(job) for job in jobs} | {state.shard(job) for job in jobs if job.shard}
    started.announce(interrupted | {name for name in planned if not state.contents.has(name)})
    for one in left:
        one.remove()
    yield started, interrupted
    for one in started.objects:
        one.remove()


def _listed(size: int, names: Iterable[str]) -> bytes:
    return b"%d\0" % size + b"".join(os.fsencode(name) + b"\0" for name in names)


def _unfinished(content: bytes, state: ResumeState) -> frozenset[str]:
    """What a run had begun, and the journal says nothing of."""
    size, *names = content.split(b"\0")
    begun = {os.fsdecode(name) for name in names[:-1]}  # after the last NUL is nothing, or half a name
    length = int(size) if size.isdigit() else 0
    finished = {name for name, entry in state.entries.items() if entry.end > length}
    return frozenset(begun - finished)
