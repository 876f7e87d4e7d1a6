"""The end of a run whose server has gone away: nobody waits for each of 100,000 photographs to fail."""

from collections.abc import Iterable, Iterator

from colorcli.batch.job import Outcome
from colorcli.errors import UnreachableError

IN_A_ROW = 5  # photographs, each of which was tried several times


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
