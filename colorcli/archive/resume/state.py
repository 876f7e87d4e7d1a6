"""What the journal says of the photographs of a run: what is done, what is out of date, what failed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from colorcli.archive import sidecar
from colorcli.archive.jobs import STDIN_NAME, Job, Outcome, PhotoSettings
from colorcli.archive.resume.local_journal import read_journal
from colorcli.archive.storage.locate import locate
from colorcli.archive.storage.location import UNKNOWN_TIME, FolderContents, Location, Source
from colorcli.color.coloured import ColourKind
from colorcli.colorizer import FIRST_PROCESSING, PROCESSING
from colorcli.errors import UsageError
from colorcli.files import Fingerprint

SettingsChanged = Literal["keep", "redo"]  # what becomes of results whose key differs


@dataclass(frozen=True)
class ResultKey:
    """What decides about a result besides the photograph: the model, the settings, the way of working."""

    model: str
    model_sha256: str
    settings: Mapping[str, object]
    processing: int = PROCESSING

    @classmethod
    def of(cls, model: str, sha256: str, settings: PhotoSettings) -> "ResultKey":
        return cls(model, sha256, settings.record())

    def matches(self, values: Mapping[str, object]) -> bool:
        """Whether the result that a line of the journal tells of has this key.

        An older journal does not say with which number; nor does it know options that have come since, which
        then were at their defaults.
        """
        settings = values.get("settings")
        return (
            values.get("model_sha256") == self.model_sha256
            and values.get("processing", FIRST_PROCESSING) == self.processing
            and isinstance(settings, dict)
            and self._matches_settings(PhotoSettings().record() | settings, values)
        )

    def _matches_settings(self, known: dict[str, object], values: Mapping[str, object]) -> bool:
        """--coloured concerns photographs in colour alone; --only-gray, before it, passed toned ones too."""
        if known.pop("only_gray", False) and values.get("status") == "passed":
            return False
        if values.get("kind") != ColourKind.COLOUR.value:
            known["coloured"] = self.settings["coloured"]
        return known == self.settings


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """The newest line of the journal about a photograph."""

    status: str
    input: str
    output: str | None  # below the folder of results
    size: tuple[int, int] | None  # width, height in pixels
    before: Fingerprint | None
    output_sha256: str
    output_bytes: int
    key_matches: bool
    hints_sha256: str  # of the file of hints beside the photograph; "" where there was none
    has_certainty: bool  # there is a picture of it, or it was kept as it is
    end: int  # bytes of the journal up to here

    @classmethod
    def of(cls, values: Mapping[str, object], end: int, key: ResultKey) -> "JournalEntry":
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
            key_matches=key.matches(values),
            hints_sha256=_text(values, "hints_sha256"),
            has_certainty=values.get("doubtful") is not None or values.get("status") == "passed",
            end=end,
        )

    @property
    def finished(self) -> bool:
        return self.status in ("ok", "passed") and self.output is not None


class ResumeState:
    """The journal of a folder of results as it stood when the run began, held against what is to be done."""

    def __init__(self, folder: Location, key: ResultKey, settings_changed: SettingsChanged = "redo") -> None:
        self.folder = folder
        self.contents = FolderContents(folder)
        self._key = key
        self._keep_changed = settings_changed == "keep"
        self.entries: dict[str, JournalEntry] = {}
        for line in read_journal(folder):
            self.entries[_text(line.values, "name")] = JournalEntry.of(line.values, line.end, key)

    def name(self, job: Job) -> str:
        """The photograph's name in the journal: the planned path of its result below the folder."""
        assert job.target is not None  # a run with a journal writes into a folder
        return self.folder.relative(str(job.target))

    def shard(self, job: Job) -> str:
        """The name in the journal of the tar that gets the result of a photograph."""
        return self.folder.relative(str(job.shard))

    def failed(self, job: Job) -> bool:
        """Whether the last attempt at it failed."""
        entry = self.entries.get(self.name(job))
        return entry is not None and entry.status == "failed"

    def decide(self, job: Job) -> Job | Outcome:
        """The outcome of a job that is done already; else the job, told whether it may replace its result.

        It may where the result is our own, from the same photograph, and nobody changed it since.
        """
        entry = self.entries.get(self.name(job))
        if entry is None or entry.output is None or not entry.finished:
            return job
        output = self.folder / entry.output
        there = self._has_result(entry) or self._in_shard(job, entry)
        wanted = entry.key_matches or self._keep_changed
        wanted = wanted and (job.certainty is None or entry.has_certainty)
        if there and wanted and _unchanged(job.source, entry.before) and _same_hints(job, entry):
            return Outcome(job.name, str(output), "skipped", entry.size, done_before=True, job=job)
        mark = output.fingerprint() if entry.input == _absolute(job) else None
        return replace(job, replace=mark is not None and mark.sha256 == entry.output_sha256)

    def made_another_way(self, jobs: Iterable[Job]) -> int:
        """How many of these photographs have a result by another model, other settings or processing."""
        known = ((job, self.entries.get(self.name(job))) for job in jobs)
        return sum(
            entry is not None
            and entry.finished
            and not entry.key_matches
            and (self._has_result(entry) or self._in_shard(job, entry))
            for job, entry in known
        )

    def has_own_result(self, job: Job) -> bool:
        """Whether the result that is there is the one that the journal knows, by its size."""
        entry = self.entries.get(self.name(job))
        return entry is not None and self._has_result(entry)

    def result(self, job: Job) -> Location | None:
        """Where the journal says that the result of a photograph is."""
        entry = self.entries.get(self.name(job))
        return self.folder / entry.output if entry is not None and entry.finished and entry.output else None

    def tar_is_up_to_date(self, shard: Job, jobs: Iterable[Job]) -> bool:
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

    def _has_result(self, entry: JournalEntry) -> bool:
        """Whether the result of a line is there as it was written, by its size."""
        return entry.output is not None and self.contents.size(entry.output) == entry.output_bytes

    def _in_shard(self, job: Job, entry: JournalEntry) -> bool:
        """Whether the result has gone into a tar that is there."""
        shard = self.entries.get(self.shard(job)) if job.shard else None
        return shard is not None and shard.end > entry.end and self._has_result(shard)

    def line(self, job: Job, outcome: Outcome) -> dict[str, object] | None:
        """The journal's line for an outcome; None where the journal has it already."""
        known = self.entries.get(self.name(job))
        if outcome.status == "skipped" and known is not None and known.status != "failed":
            return None
        before, after = outcome.before, outcome.after
        return {
            "name": self.name(job),
            "input": _absolute(job),
            "output": outcome.output and self.folder.relative(outcome.output),
            "status": outcome.status,
            "error": outcome.error and outcome.error.message,
            "hint": outcome.error and outcome.error.hint,
            "notes": outcome.notes,
            "size": outcome.size,
            "kind": outcome.kind and outcome.kind.value,
            "kind_doubtful": outcome.kind_doubtful,
            "doubtful": outcome.doubtful,
            "model": self._key.model,
            "model_sha256": self._key.model_sha256,
            "settings": self._key.settings,
            "processing": self._key.processing,
            "hints_sha256": outcome.hints_sha256,
            "references": [str(one) for one in outcome.references],
            "seconds": round(outcome.seconds, 3),
            "input_sha256": before and before.sha256,
            "input_bytes": before and before.size,
            "input_mtime_ns": before and before.mtime_ns,
            "output_sha256": after and after.sha256,
            "output_bytes": after and after.size,
        }


def select_failed(jobs: Iterable[Job], state: ResumeState) -> tuple[Job, ...]:
    """For --retry-failed: the jobs that failed the last time."""
    failed = tuple(job for job in jobs if state.failed(job))
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
    now = source.fingerprint() if stamp[0] == before.size else None
    return now is not None and now.sha256 == before.sha256


def _same_hints(job: Job, entry: JournalEntry) -> bool:
    """Whether the file of hints beside the photograph is still the one, or still none."""
    return entry.hints_sha256 == sidecar.digest(job.hints)


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
    return (locate(STDIN_NAME) if job.source is None else job.source).full_name()


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, object], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) else -1
