"""What the journal says of the photographs of a run: what is done, what is out of date, what failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from colorcli.batch import sidecar
from colorcli.batch.job import STDIN_NAME, Job, Outcome, Settings
from colorcli.batch.journal import read_journal
from colorcli.batch.place import Contents, Place, Source, absolute, below, fingerprint, place
from colorcli.batch.remote import UNKNOWN_TIME
from colorcli.errors import UsageError
from colorcli.files import Fingerprint


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
    hints_sha256: str  # of the file of hints beside the photograph; "" where there was none
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
            hints_sha256=_text(values, "hints_sha256"),
            end=end,
        )

    @property
    def finished(self) -> bool:
        return self.status in ("ok", "passed") and self.output is not None


class Ledger:
    """The journal of a folder of results as it stood when the run began, held against what is to be done."""

    def __init__(self, folder: Place, way: Way) -> None:
        self.folder = folder
        self.contents = Contents(folder)
        self._way = way
        self.entries: dict[str, Entry] = {}
        for line in read_journal(folder):
            self.entries[_text(line.values, "name")] = Entry.of(line.values, line.end, way)

    def name(self, job: Job) -> str:
        """What the journal calls a photograph: the planned path of its result below the folder."""
        assert job.target is not None  # a run with a journal writes into a folder
        return below(str(job.target), self.folder)

    def shard(self, job: Job) -> str:
        """What it calls the tar that gets the result of a photograph."""
        return below(str(job.shard), self.folder)

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
        there = self._has_result(entry) or self._in_shard(job, entry)
        same_way = entry.same_way and entry.hints_sha256 == sidecar.digest(job.hints)
        if there and same_way and _unchanged(job.source, entry.before):
            return Outcome(job.name, str(output), "skipped", entry.size, done_before=True)
        mark = fingerprint(output) if entry.input == _absolute(job) else None
        return replace(job, replace=mark is not None and mark.sha256 == entry.output_sha256)

    def made(self, job: Job) -> bool:
        """Whether the result that is there is the one that the journal knows, by its size."""
        entry = self.entries.get(self.name(job))
        return entry is not None and self._has_result(entry)

    def result(self, job: Job) -> Place | None:
        """Where the journal says that the result of a photograph is."""
        entry = self.entries.get(self.name(job))
        return self.folder / entry.output if entry is not None and entry.finished and entry.output else None

    def bound(self, shard: Job, jobs: Iterable[Job]) -> bool:
        """Whether the tar of results is there, newer than its photographs' results, of the tar as it is."""
        entry = self.entries.get(self.name(shard))
        return (
            entry is not None
            and self._has_result(entry)
            and entry.before is not None
            and _stamp(shard.source) == (entry.before.size, entry.before.mtime_ns)
            and all(
                known.end < entry.end
                for job in jobs
                if (known := self.entries.get(self.name(job))) is not None
            )
        )

    def _has_result(self, entry: Entry) -> bool:
        """Whether the result of a line is there as it was written, by its size."""
        return entry.output is not None and self.contents.size(entry.output) == entry.output_bytes

    def _in_shard(self, job: Job, entry: Entry) -> bool:
        """Whether the result has gone into a tar that is there."""
        shard = self.entries.get(self.shard(job)) if job.shard else None
        return shard is not None and shard.end > entry.end and self._has_result(shard)

    def line(self, job: Job, outcome: Outcome) -> dict[str, object] | None:
        """The line of the journal that an outcome deserves; None where the journal says it already."""
        known = self.entries.get(self.name(job))
        if outcome.status == "skipped" and known is not None and known.status != "failed":
            return None
        before, after = outcome.before, outcome.after
        return {
            "name": self.name(job),
            "input": _absolute(job),
            "output": outcome.output and below(outcome.output, self.folder),
            "status": outcome.status,
            "error": outcome.error and outcome.error.message,
            "hint": outcome.error and outcome.error.hint,
            "notes": outcome.notes,
            "size": outcome.size,
            "model": self._way.model,
            "model_sha256": self._way.model_sha256,
            "settings": self._way.settings,
            "hints_sha256": outcome.hints_sha256,
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


def _unchanged(source: Source | None, before: Fingerprint | None) -> bool:
    """Whether the photograph is still the one: by size and time, or else by its content."""
    stamp = _stamp(source)
    if source is None or stamp is None or before is None:
        return False
    if stamp == (before.size, before.mtime_ns) and before.mtime_ns != UNKNOWN_TIME:
        return True
    now = fingerprint(source) if stamp[0] == before.size else None
    return now is not None and now.sha256 == before.sha256


def _stamp(source: Source | None) -> tuple[int, int] | None:
    """Size and time, by which a file is taken for the same; None where there is none."""
    if source is None:
        return None
    try:
        status = source.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _absolute(job: Job) -> str:
    return absolute(place(STDIN_NAME) if job.source is None else job.source)


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, object], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) else -1
