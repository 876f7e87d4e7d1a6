"""Counts, pace and time left, by a clock that the test moves."""

import io
import logging

import pytest
from rich.console import Console as Terminal

from colorcli.archive.jobs import Outcome
from colorcli.archive.progress import RunProgress
from colorcli.cli.console import Console
from colorcli.errors import ModelError, PhotoError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def outcome(status: str, done_before: bool = False) -> Outcome:
    error = PhotoError("a.jpg: no") if status == "failed" else None
    return Outcome("a.jpg", "b.jpg", status, error=error, done_before=done_before)  # type: ignore[arg-type]


def test_pace_counts_what_cost_work() -> None:
    clock = Clock()
    progress = RunProgress(1100, clock)
    for _ in range(500):
        progress.add(outcome("skipped", done_before=True))
    clock.now += 10
    for status in ["ok"] * 99 + ["failed"]:
        progress.add(outcome(status))
    assert progress.rate == 10
    assert progress.pace == "10 a second, 50 s left, 1 failed"
    assert progress.kinds == {"done before": 500, "coloured": 99, "failed": 1}


@pytest.mark.parametrize(
    ("left", "said"), [(89, "89 s"), (120, "2 min"), (5000, "83 min"), (36_000, "10 h 0 min")]
)
def test_time_left(left: int, said: str) -> None:
    clock = Clock()
    progress = RunProgress(1 + left, clock)
    clock.now += 1
    progress.add(outcome("ok"))
    assert progress.pace == f"1 a second, {said} left"


def test_exit_codes() -> None:
    progress = RunProgress(3)
    assert progress.exit_code(archive=True) == 0
    progress.add(Outcome("a", None, "failed", error=ModelError("a: no")))
    assert (progress.exit_code(archive=False), progress.exit_code(archive=True)) == (4, 3)
    progress.add(outcome("failed"))
    assert progress.exit_code(archive=False) == 3


def test_a_line_every_half_minute_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    progress = RunProgress(100, clock)
    console = Console.open()
    shown = io.StringIO()
    monkeypatch.setattr(console, "_terminal", Terminal(file=shown, width=100))
    outcomes = (outcome("ok") for _ in range(100))
    for _ in console.follow(outcomes, progress, each=False):
        clock.now += 1
    logging.getLogger("colorcli").handlers = []
    assert shown.getvalue().splitlines() == [
        "30 of 100 photographs, 1 a second, 70 s left",
        "60 of 100 photographs, 1 a second, 40 s left",
        "90 of 100 photographs, 1 a second, 10 s left",
    ]
