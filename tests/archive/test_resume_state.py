"""The decision on a photograph that may be done already: a real journal, real files, nothing coloured."""

from dataclasses import replace
from pathlib import Path

import pytest

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.resume.local_journal import open_local_journal
from colorcli.archive.resume.state import ResultKey, ResumeState, select_failed
from colorcli.archive.storage.local import LocalPath
from colorcli.errors import PhotoError, UsageError
from colorcli.look import Look

KEY = ResultKey.of("tiny", "abc", PhotoSettings())
OVERWRITING = ResultKey.of("tiny", "abc", PhotoSettings(overwrite=True, max_pixels=9))
PALER = ResultKey.of("tiny", "abc", PhotoSettings(look=Look(saturation=0.5)))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A photograph that a run with the key KEY has coloured."""
    source, target = LocalPath(tmp_path / "a.jpg"), LocalPath(tmp_path / "out" / "a.jpg")
    target.parent.mkdir()
    source.write_bytes(b"photograph")
    target.write_bytes(b"result")
    job = Job(source, target, ".jpg")
    write(job, Outcome(job.name, str(target), "ok", before=source.fingerprint(), after=target.fingerprint()))
    return job


def write(job: Job, outcome: Outcome) -> None:
    assert isinstance(job.target, LocalPath)
    with open_local_journal(job.target.parent) as journal:
        line = ResumeState(job.target.parent, KEY).line(job, outcome)
        assert line is not None
        journal.append(line)


def decide(job: Job, key: ResultKey = KEY, settings_changed: str = "redo") -> str:
    assert job.target is not None
    decided = ResumeState(job.target.parent, key, settings_changed).decide(job)  # type: ignore[arg-type]
    if isinstance(decided, Outcome):
        assert decided.done_before
        return "done before"
    return "colour again" if decided.replace else "colour"


@pytest.mark.parametrize(
    ("key", "redo", "keep"),
    [
        (KEY, "done before", "done before"),
        (PALER, "colour again", "done before"),
        (replace(KEY, model_sha256="def"), "colour again", "done before"),
        (replace(KEY, processing=KEY.processing + 1), "colour again", "done before"),
        (replace(KEY, model="another name"), "done before", "done before"),
        (OVERWRITING, "done before", "done before"),
    ],
)
def test_the_key(job: Job, key: ResultKey, redo: str, keep: str) -> None:
    """Model, settings and way of working count, not what leaves the bytes of a result as they are."""
    assert (decide(job, key), decide(job, key, "keep")) == (redo, keep)
    assert job.target is not None
    assert ResumeState(job.target.parent, key).made_another_way([job]) == (redo != "done before")


@pytest.mark.parametrize("settings_changed", ["redo", "keep"])
@pytest.mark.parametrize(
    ("source", "target", "decision"),
    [
        (b"photograph", b"result", "done before"),
        (b"another one", b"result", "colour again"),
        (b"photography", b"result", "colour again"),
        (b"photograph", b"retouched", "colour"),
        (b"photograph", None, "colour"),
        (b"another one", b"retouched", "colour"),
        (None, b"result", "colour again"),
    ],
)
def test_photograph_and_result(
    job: Job, source: bytes | None, target: bytes | None, decision: str, settings_changed: str
) -> None:
    """A result may be replaced only while it is as we wrote it."""
    for location, content in ((job.source, source), (job.target, target)):
        assert isinstance(location, LocalPath)
        location.unlink()
        if content is not None:
            location.write_bytes(content)
    assert decide(job, KEY, settings_changed) == decision


def test_the_result_of_a_photograph_of_the_same_name_is_not_replaced(job: Job, tmp_path: Path) -> None:
    other = LocalPath(tmp_path / "other" / "a.jpg")
    other.parent.mkdir()
    other.write_bytes(b"another one")
    assert decide(replace(job, source=other)) == "colour"


def test_what_failed(job: Job) -> None:
    assert job.target is not None
    with pytest.raises(UsageError, match="none of these photographs failed"):
        select_failed([job], ResumeState(job.target.parent, KEY))
    write(job, Outcome(job.name, None, "failed", error=PhotoError("a.jpg: no")))
    assert select_failed([job], ResumeState(job.target.parent, KEY)) == (job,)
    assert decide(job) == "colour"


def test_a_line_that_says_nothing_new_is_not_written(job: Job) -> None:
    assert job.target is not None
    state = ResumeState(job.target.parent, KEY)
    assert state.line(job, Outcome(job.name, str(job.target), "skipped", done_before=True)) is None
