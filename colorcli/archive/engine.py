"""The protocol of engines, which carry out a plan: on this machine or on a cluster."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager
from io import FileIO
from threading import Event
from typing import Protocol

from colorcli.archive.jobs import Job, Outcome, PhotoSettings
from colorcli.archive.plan import ArchivePlan
from colorcli.archive.resume.tracker import Tracker
from colorcli.inference.model import Model


class WorkerGroup(Protocol):
    """The workers of one run, all with the same model."""

    @property
    def model(self) -> Model: ...

    def colour(
        self, jobs: Sequence[Job], stop: Event, tracker: Tracker | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal; after `stop` nothing new begins."""
        ...


class Engine(Protocol):
    """Which model runs where, and how many photographs are in work at a time."""

    @property
    def model(self) -> str | None:
        """A name or a file; None: the default model."""

    def open(
        self, plan: ArchivePlan, settings: PhotoSettings, stdin: FileIO, stdout: FileIO
    ) -> AbstractContextManager[WorkerGroup]:
        """Opens the model; what is wrong with that is an error here, before anything is begun."""
        ...
