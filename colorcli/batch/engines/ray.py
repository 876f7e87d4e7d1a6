"""Runs a plan on a Ray cluster: the journal is kept here, hands on every node colour the photographs."""

import logging
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from socket import create_connection
from threading import Event

from colorcli.batch.engines.local import LocalEngine
from colorcli.batch.job import Job, Outcome, Settings
from colorcli.batch.keeper import STARTED, Keeper
from colorcli.batch.place import Member
from colorcli.batch.plan import Plan
from colorcli.errors import UnavailableError, UsageError
from colorcli.model import Model, find_model

os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "1")  # else it looks for a cluster for 13 minutes
try:
    import ray
    from ray.exceptions import RayError
except ImportError as error:
    raise UnavailableError("ray is not installed", "install it with `pip install 'colorcli[ray]'`") from error

from colorcli.batch.engines.cluster import Cluster
from colorcli.batch.engines.hand import Shared, Terms
from colorcli.batch.engines.pile import Chunk, Pile

KNOCK = 10  # seconds to wait for an answer at the address
TICK = 0.5  # seconds between looks at whether to stop, and for nodes


@dataclass(frozen=True)
class RayEngine:
    """Each hand in the cluster is a `local` engine of its own, with its share of the threads."""

    local: LocalEngine
    address: str = "auto"  # HOST:PORT of a cluster; auto: the one that this machine belongs to
    patience: float = 600  # seconds to wait for nodes when there is none to work on

    @property
    def model(self) -> str | None:
        return self.local.model

    @contextmanager
    def open(self, plan: Plan, settings: Settings, stdin: FileIO, stdout: FileIO) -> Iterator["RayCrew"]:
        """Joins the cluster; hands are hired once there is something to do."""
        if plan.archive is None:
            raise UsageError(
                "--engine ray needs a folder or a list, and a folder for the results", "give -o DIR"
            )
        model = Model.open(find_model(self.model), "cpu", threads=1)
        self._join()
        try:
            cluster = Cluster(self._terms(plan, settings, model))
            try:
                yield RayCrew(model, cluster, self.patience)
            finally:
                cluster.dismiss()
        except RayError as error:
            raise UnavailableError(
                f"the Ray cluster failed: {error}", "the same command goes on from here"
            ) from error
        finally:
            ray.shutdown()

    def _join(self) -> None:
        try:
            if self.address != "auto":
                _knock(self.address)
            ray.init(self.address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError, RayError) as error:
            raise UnavailableError(
                f"cannot join the Ray cluster at {self.address}: {error}",
                "start one with `ray start --head`, or see docs/cluster.md",
            ) from error

    def _terms(self, plan: Plan, settings: Settings, model: Model) -> Terms:
        landmarks = tuple(_landmarks(plan))
        return Terms(
            self.local,
            settings,
            model.sha256,
            Shared(model.path.read_bytes()),
            Shared([job.source for job in plan.jobs if job.source]),
            Path.cwd() if landmarks else None,
            landmarks,
        )


def _landmarks(plan: Plan) -> Iterator[Path]:
    """Of the photographs and the results, what is on disks and not on servers."""
    if isinstance(plan.archive, Path):
        yield plan.archive.absolute() / STARTED
    for source in (job.source for job in plan.jobs[:1]):
        place = source.archive if isinstance(source, Member) else source
        if isinstance(place, Path):
            yield place.absolute().parent


@dataclass(frozen=True)
class RayCrew:
    """The hands of a cluster, and the model they have."""

    model: Model
    cluster: Cluster
    patience: float

    def colour(
        self, jobs: Sequence[Job], stop: Event, keeper: Keeper | None, fail_fast: bool
    ) -> Generator[Outcome, None, None]:
        """The outcomes as they come, also into the journal of the keeper; after `stop` nothing new begins."""
        assert keeper is not None  # the plan has an archive
        pile = Pile(jobs, keeper)
        told = False
        while True:
            if not stop.is_set():
                yield from pile.prepare(self.cluster.workers)
            elif not told:
                told = True
                self.cluster.stop()
            more = not (stop.is_set() or pile.empty)
            if more:
                self.cluster.hire(self.patience)
                if self._give(pile, fail_fast):
                    continue
            elif not self.cluster.in_work:
                return
            if heard := self.cluster.hear(TICK):
                for outcome in self._settle(pile, *heard):
                    if fail_fast and outcome.error:
                        stop.set()
                    yield outcome

    def _give(self, pile: Pile, fail_fast: bool) -> bool:
        """Hands out one chunk, if one waits and a hand has room. Suspects go to the first hand, alone."""
        hands = self.cluster.ready
        if pile.has_suspects and hands:
            first, *hands = hands
            if not first.calls:
                self.cluster.give(first, pile.take_suspect(), fail_fast)
                return True
        hand = max(hands, key=lambda one: one.room, default=None)
        if hand is None or not hand.room or (chunk := pile.take()) is None:
            return False
        self.cluster.give(hand, chunk, fail_fast)
        return True

    def _settle(self, pile: Pile, chunk: Chunk, outcomes: list[Outcome] | None) -> list[Outcome]:
        """Writes down what came of a chunk; that of a lost hand goes back on the pile."""
        if outcomes is None:
            guilty = pile.take_back(chunk)
            return [guilty] if guilty else []
        pile.write_down(chunk, outcomes)
        return outcomes


def _knock(address: str) -> None:
    """Raise where nobody answers, which Ray itself would take a minute to find."""
    host, _, port = address.rpartition(":")
    create_connection((host, int(port)), KNOCK).close()
