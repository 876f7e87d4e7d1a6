"""Ways of carrying out a plan, and what they have in common: the same worker, the same outcomes."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from io import FileIO
from threading import Event
from typing import Protocol

from colorcli.batch.job import Job, Outcome, Settings
from colorcli.batch.keeper import Keeper
from colorcli.batch.plan import Plan
from colorcli.model import Model


class Crew(Protocol):
    """Those who do the jobs of one run, all with the same model."""

    @property
    def model(self) -> Model: ...

    def colour(
        self, jobs: Sequence[Job], stop: Event, keeper: Keeper | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal of the keeper; after `stop` nothing new begins."""
        ...


class Engine(Protocol):
    """Which model runs where, and how many photographs are in work at a time."""

    @property
    def model(self) -> str | None:
        """A name or a file; None: the default model."""

    def open(
        self, plan: Plan, settings: Settings, stdin: FileIO, stdout: FileIO
    ) -> AbstractContextManager[Crew]:
        """Opens the model; what is wrong with that is an error here, before anything is begun."""
        ...
