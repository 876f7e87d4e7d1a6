"""What the journal says of the photographs of a run: what is done, what is out of date, what failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from colorcli.batch.job import Job, Outcome, Settings
from colorcli.batch.journal import read_journal
from colorcli.errors import UsageError
from colorcli.files import Fingerprint, fingerprint


@dataclass(frozen=True)
class Way:
    """How results are made: from the same photograph in the same way comes the same result."""

    model: str
    model_sha256: str
    settings: Mapping[str, object]

    @classmethod
    def of(cls, model: str, sha256: str, settings: Settings) -> "Way":
        return cls(model, sha256, settings.record())

    def made(self, values: Mapping[str, object]) -> bool:
        """Whether the result a line of the journal tells of was made this way."""
        return values.get("model_sha256") == self.model_sha256 and values.get("settings") == self.settings


@dataclass(frozen=True, slots=True)
class Entry:
    """The last that the journal says of a photograph."""

    status: str
    input: str
    output: str | None  # below the folder of results
    size: tuple[int, int] | None  # width, height in pixels
    before: Fingerprint | None
    output_sha256: str
    output_bytes: int
    same_way: bool
    end: int  # bytes of the journal up to here

    @classmethod
    def of(cls, values: Mapping[str, object], end: int, way: Way) -> "Entry":
        output, size = values.get("output"), values.get("size")
        return cls(
            status=_text(values, "status"),
            input=_text(values, "input"),
            output=output if isinstance(output, str) else None,
            size=(int(size[0]), int(size[1])) if isinstance(size, list) and len(size) == 2 else None,
            before=Fingerprint(
                _number(values, "input_bytes"),
                _number(values, "input_mtime_ns"),
                _text(values, "input_sha256"),
            ),
            output_sha256=_text(values, "output_sha256"),
            output_bytes=_number(values, "output_bytes"),
            same_way=way.made(values),
            end=end,
        )

    @property
    def finished(self) -> bool:
        return self.status in ("ok", "passed") and self.output is not None


class Ledger:
    """The journal of a folder of results as it stood when the run began, held against what is to be done."""

    def __init__(self, folder: Path, way: Way) -> None:
        self.folder = folder
        self._way = way
        self.entries: dict[str, Entry] = {}
        for line in read_journal(folder):
            self.entries[_text(line.values, "name")] = Entry.of(line.values, line.end, way)

    def name(self, job: Job) -> str:
        """What the journal calls a photograph: the planned path of its result below the folder."""
        assert job.target is not None  # a run with a journal writes into a folder
        return _below(job.target, self.folder)

    def failed(self, job: Job) -> bool:
        """Whether the last attempt at it failed."""
        entry = self.entries.get(self.name(job))
        return entry is not None and entry.status == "failed"

    def settle(self, job: Job) -> Job | Outcome:
        """The outcome of a job that is done already; else the job, told whether it may replace its result.

        It may where the result is our own, from the same photograph, and nobody changed it since.
        """
        entry = self.entries.get(self.name(job))
        if entry is None or entry.output is None or not entry.finished:
            return job
        output = self.folder / entry.output
        there = _bytes_of(output) == entry.output_bytes
        if there and entry.same_way and _unchanged(job.source, entry.before):
            return Outcome(job.name, str(output), "skipped", entry.size, done_before=True)
        mark = fingerprint(output) if entry.input == _absolute(job) else None
        return replace(job, replace=mark is not None and mark.sha256 == entry.output_sha256)

    def line(self, job: Job, outcome: Outcome) -> dict[str, object] | None:
        """The line of the journal that an outcome deserves; None where the journal says it already."""
        known = self.entries.get(self.name(job))
        if outcome.status == "skipped" and known is not None and known.status != "failed":
            return None
        before, after = outcome.before, outcome.after
        return {
            "name": self.name(job),
            "input": _absolute(job),
            "output": outcome.output and _below(Path(outcome.output), self.folder),
            "status": outcome.status,
            "error": outcome.error and outcome.error.message,
            "hint": outcome.error and outcome.error.hint,
            "notes": outcome.notes,
            "size": outcome.size,
            "model": self._way.model,
            "model_sha256": self._way.model_sha256,
            "settings": self._way.settings,
            "seconds": round(outcome.seconds, 3),
            "input_sha256": before and before.sha256,
            "input_bytes": before and before.size,
            "input_mtime_ns": before and before.mtime_ns,
            "output_sha256": after and after.sha256,
            "output_bytes": after and after.size,
        }


def those_that_failed(jobs: Iterable[Job], ledger: Ledger) -> tuple[Job, ...]:
    """For --retry-failed: the jobs that failed the last time."""
    failed = tuple(job for job in jobs if ledger.failed(job))
    if not failed:
        raise UsageError("none of these photographs failed before", "leave out --retry-failed")
    return failed


def _unchanged(source: Path | None, before: Fingerprint | None) -> bool:
    """Whether the photograph is still the one: by size and time, or else by its content."""
    if source is None or before is None:
        return False
    try:
        status = source.stat()
    except OSError:
        return False
    if (status.st_size, status.st_mtime_ns) == (before.size, before.mtime_ns):
        return True
    now = fingerprint(source) if status.st_size == before.size else None
    return now is not None and now.sha256 == before.sha256


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _absolute(job: Job) -> str:
    return str(Path(job.name).absolute())


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, object], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) else -1
