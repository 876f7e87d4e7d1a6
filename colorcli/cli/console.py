"""The only printer: what happens in the core becomes lines and a progress bar on stderr."""

import logging
import sys
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from colorcli.errors import ColorcliError

if TYPE_CHECKING:
    from colorcli.archive.jobs import Outcome
    from colorcli.archive.progress import RunProgress

T = TypeVar("T")

_LOG = logging.getLogger("colorcli")  # its level is how much the user wants to hear, everywhere
LINE_EVERY = 30  # seconds between lines of progress where there is no terminal
_REPORT_HINT = "this is a bug in colorcli: run it again with -v and report what it says"


class Console(logging.Handler):
    """Speaks on stderr; the library's own log (`logging`, below "colorcli") ends up here as well."""

    def __init__(self) -> None:
        super().__init__()
        self._terminal = Terminal(stderr=True, highlight=False, soft_wrap=True)

    @classmethod
    def open(cls, quiet: bool = False, verbose: bool = False) -> "Console":
        """The console of a command; `verbose` wins over `quiet`."""
        console = cls()
        _LOG.setLevel(logging.DEBUG if verbose else logging.ERROR if quiet else logging.INFO)
        _LOG.handlers = [console]
        _LOG.propagate = False
        if not (verbose or sys.warnoptions):
            warnings.simplefilter("ignore")  # meant for developers
        return console

    @property
    def terminal(self) -> Terminal:
        """For a display that a command draws itself."""
        return self._terminal

    @property
    def shows_bars(self) -> bool:
        """Whether anybody is there to watch one, and wants to."""
        return self._terminal.is_terminal and _LOG.isEnabledFor(logging.INFO)

    def emit(self, record: logging.LogRecord) -> None:
        """One line of the log, bare when it only informs."""
        style = "yellow" if record.levelno >= logging.WARNING else ""
        prefix = "" if record.levelno == logging.INFO else "colorcli: "
        self._line(prefix + record.getMessage(), style)

    def failure(self, error: Exception) -> int:
        """Tells what went wrong and what to do; returns the exit code that goes with it."""
        known = error if isinstance(error, ColorcliError) else _foreign(error)
        self._line(f"colorcli: {known.message}", "red")
        if known.hint:
            self._line(f"  {known.hint}")
        if _LOG.isEnabledFor(logging.DEBUG):
            from rich.traceback import Traceback  # slow to load

            self._terminal.print(Traceback.from_exception(type(error), error, error.__traceback__))
        return known.exit_code

    def say(self, text: str) -> None:
        """Something good to know."""
        _LOG.info("%s", text)

    def warn(self, text: str) -> None:
        """Something the user should know although all goes on."""
        _LOG.warning("%s", text)

    def follow(
        self, outcomes: "Iterable[Outcome]", progress: "RunProgress", each: bool
    ) -> "Iterator[Outcome]":
        """Counts the outcomes and passes them on, telling of every failure and, if wanted, of `each`.

        For several photographs a terminal shows a bar, anything else gets a line now and then.
        """
        level = logging.INFO if each else logging.DEBUG
        bar = self._bar("{task.fields[pace]}", progress.total)
        told = progress.clock()
        with bar:
            task = bar.add_task("", total=progress.total, pace="")
            for outcome in outcomes:
                progress.add(outcome)
                self._tell(outcome, level)
                yield outcome
                bar.update(task, completed=progress.seen, pace=progress.pace)
                if not self._terminal.is_terminal and progress.clock() - told >= LINE_EVERY:
                    told = progress.clock()
                    _LOG.info("%s", f"{progress.seen:,} of {progress.total:,} photographs, {progress.pace}")

    def sum_up(self, progress: "RunProgress") -> None:
        """The table of counts and, once more, the first failures."""
        if not _LOG.isEnabledFor(logging.INFO):
            return
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(justify="right")
        for kind, count in sorted(progress.kinds.items()):
            table.add_row(f"{count:,}", kind)
        table.add_row(f"{progress.seen:,}", f"of {progress.total:,} photographs")
        self._terminal.print(table)
        for outcome in progress.first_failures:
            self._line(str(outcome.error), "red")
        if (more := progress.failed - len(progress.first_failures)) > 0:
            self._line(f"and {more:,} more, all in the journal")

    def track(self, items: "Iterable[T]", total: int) -> "Iterator[T]":
        """Passes the items on and, for several on a terminal, shows a bar."""
        bar = self._bar("", total)
        with bar:
            task = bar.add_task("", total=total)
            for item in items:
                yield item
                bar.advance(task)

    def count(self, numbers: "Iterable[int]", total: int, what: str) -> "Iterator[int]":
        """Passes on how many are done of about `total`, the first from an earlier run.

        A terminal shows a bar, anything else gets a line now and then.
        """
        begun = told = time.monotonic()
        before: int | None = None
        with self._bar("", total) as bar:
            task = bar.add_task("", total=total or None)
            for number in numbers:
                before = number if before is None else before
                yield number
                bar.update(task, completed=number)
                now = time.monotonic()
                if not self._terminal.is_terminal and now - told >= LINE_EVERY:
                    told = now
                    rate = (number - before) / (now - begun)
                    self.say(f"{number:,} of about {total:,} {what}, {_pace(rate, total - number)}")

    def _bar(self, extra: str, total: int) -> Progress:
        """A bar with the `extra` text behind it; nothing for a single item or where nobody watches."""
        return Progress(
            TextColumn("{task.completed}/{task.total}"),
            BarColumn(),
            TextColumn(extra) if extra else TimeRemainingColumn(),
            console=self._terminal,
            transient=True,
            disable=total < 2 or not self.shows_bars,
        )

    def _tell(self, outcome: "Outcome", level: int) -> None:
        if outcome.error:
            self.failure(outcome.error)
        else:  # where stdout has the picture, who pipes wants silence
            _LOG.log(level if outcome.output else logging.DEBUG, "%s", outcome.summary)
        for note in outcome.notes:
            _LOG.debug("%s: %s", outcome.input, note)

    def _line(self, text: str, style: str = "") -> None:
        self._terminal.print(Text(printable(text), style=style))


def printable(text: str) -> str:
    """File names are data: control characters, direction marks and stray bytes are shown, not obeyed."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def _pace(rate: float, left: int) -> str:
    """Speed and, where it can be told, the time left."""
    from colorcli.archive.progress import duration

    pace = f"{rate:.3g} a second"
    return f"{pace}, {duration(left / rate)} left" if rate and left > 0 else pace


def _foreign(error: Exception) -> ColorcliError:
    return ColorcliError(f"internal error: {type(error).__name__}: {error}", _REPORT_HINT)
