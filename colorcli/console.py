"""The only printer: what happens in the core becomes lines and a progress bar on stderr."""

import logging
import sys
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text
from rich.traceback import Traceback

from colorcli.errors import ColorcliError

if TYPE_CHECKING:
    from colorcli.job import Outcome

T = TypeVar("T")

_LOG = logging.getLogger("colorcli")  # its level is how much the user wants to hear, everywhere
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
            self._terminal.print(Traceback.from_exception(type(error), error, error.__traceback__))
        return known.exit_code

    def warn(self, text: str) -> None:
        """Something the user should know although all goes on."""
        _LOG.warning("%s", text)

    def follow(self, outcomes: "Iterable[Outcome]", total: int) -> "Iterator[Outcome]":
        """Passes the outcomes on, with a line for each and, for several on a terminal, a bar below."""
        for outcome in self.track(outcomes, total):
            self._tell(outcome)
            yield outcome

    def track(self, items: "Iterable[T]", total: int) -> "Iterator[T]":
        """Passes the items on and, for several on a terminal, shows a bar."""
        bar = Progress(
            TextColumn("{task.completed}/{task.total}"),
            BarColumn(),
            TimeRemainingColumn(),
            console=self._terminal,
            transient=True,
            disable=total < 2 or not self.shows_bars,
        )
        with bar:
            task = bar.add_task("", total=total)
            for item in items:
                yield item
                bar.advance(task)

    def _tell(self, outcome: "Outcome") -> None:
        if outcome.error:
            self.failure(outcome.error)
        elif outcome.output:
            _LOG.info(outcome.summary)
        else:
            _LOG.debug(outcome.summary)  # stdout has the picture: who pipes wants silence
        for note in outcome.notes:
            _LOG.debug("%s: %s", outcome.input, note)

    def _line(self, text: str, style: str = "") -> None:
        self._terminal.print(Text(printable(text), style=style))


def printable(text: str) -> str:
    """File names are data: control characters, direction marks and stray bytes are shown, not obeyed."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text
    )


def _foreign(error: Exception) -> ColorcliError:
    return ColorcliError(f"internal error: {type(error).__name__}: {error}", _REPORT_HINT)
