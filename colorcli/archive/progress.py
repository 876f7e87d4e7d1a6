"""What a run has come to so far: counts, pace, the first failures, a server that is gone."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from colorcli.archive.jobs import Outcome
from colorcli.errors import UnreachableError

IN_A_ROW = 5  # photographs, each of which was tried several times
FIRST = 10  # failures that are told again at the end

_KINDS = {"ok": "coloured", "passed": "kept, in colour already", "failed": "failed"}


@dataclass
class RunProgress:
    """Counts outcomes. `clock` tells seconds."""

    total: int
    clock: Callable[[], float] = time.monotonic
    kinds: "Counter[str]" = field(default_factory=Counter)
    first_failures: list[Outcome] = field(default_factory=list)
    codes: set[int] = field(default_factory=set)  # of the errors
    worked: int = 0  # outcomes that cost work in this run
    _start_log: float = field(init=False)

    def __post_init__(self) -> None:
        self._start_log = self.clock()

    def add(self, outcome: Outcome) -> None:
        self.kinds[kind_of(outcome)] += 1
        self.worked += outcome.status != "skipped"
        if outcome.error:
            self.codes.add(outcome.error.exit_code)
            if len(self.first_failures) < FIRST:
                self.first_failures.append(outcome)

    @property
    def seen(self) -> int:
        return self.kinds.total()

    @property
    def failed(self) -> int:
        return self.kinds[_KINDS["failed"]]

    @property
    def rate(self) -> float:
        """Photographs a second, not counting those that were done before."""
        return self.worked / max(self.clock() - self._start_log, 1e-9)

    @property
    def pace(self) -> str:
        """Speed, time left and failures in a few words."""
        parts = []
        if self.worked and self.seen < self.total:
            parts = [f"{self.rate:.3g} a second", f"{duration((self.total - self.seen) / self.rate)} left"]
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        return ", ".join(parts)

    def exit_code(self, archive: bool) -> int:
        """0, or the code the failures share; 3, photographs not read or written, for a whole archive."""
        if archive or len(self.codes) > 1:
            return 3 if self.codes else 0
        return next(iter(self.codes), 0)


def kind_of(outcome: Outcome) -> str:
    """Under which words an outcome is counted."""
    if outcome.status == "skipped":
        return "done before" if outcome.done_before else "kept, not ours to replace"
    return _KINDS[outcome.status]


def ended_by_outage(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """The outcomes; an UnreachableError once one photograph after the other fails for want of an answer."""
    lost = 0
    for outcome in outcomes:
        yield outcome
        if isinstance(outcome.error, UnreachableError):
            lost += 1
        elif not outcome.done_before:
            lost = 0
        if lost == IN_A_ROW:
            raise UnreachableError(
                f"the server has gone away: {lost} photographs in a row got no answer",
                "once it is back, the same command goes on from here",
            )


def duration(seconds: float) -> str:
    """A time in a few words."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
