"""The hands that work on the nodes of a Ray cluster: hired when a node is there, missed when it is gone."""

import logging
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from colorcli.batch.engines.hand import Hand, Ready, Terms
from colorcli.batch.engines.pile import Chunk
from colorcli.batch.job import Outcome
from colorcli.batch.place import folders_here
from colorcli.device import workers_on
from colorcli.errors import UnavailableError
from colorcli.files import sweep
from colorcli.grouping import LARGEST

LOOK_EVERY = 2  # seconds: for nodes that joined
SILENCE = 30  # seconds without a hand until the user hears of it
DYING = 5  # seconds that hands have to end
_CONTROL = "control"  # the thread of a hand that listens while the others work

_LOG = logging.getLogger("colorcli")


@dataclass(frozen=True)
class Share:
    """The part of a node that one hand gets."""

    cpus: int
    gpus: int = 0


def shares(cpus: int, gpus: int, device: str, threads: int) -> list[Share]:
    """How a node is divided: a hand for each GPU; else one, or one for each `threads` cores."""
    if gpus and device != "cpu":
        most = cpus // gpus
        return [Share(min(threads or most, most), 1)] * gpus
    if not cpus or device.startswith("cuda"):
        return []
    each = min(threads or cpus, cpus)
    return [Share(each)] * (cpus // each)


@dataclass(eq=False)
class Helper:
    """A hand as it is seen from here."""

    actor: Any
    node: str
    place: str  # the address of the node
    workers: int = 0  # 0: its model is not open yet
    calls: "dict[Future[Any], Chunk]" = field(default_factory=dict)

    @property
    def room(self) -> int:
        """For chunks: one for each of its threads, and one that waits so that they need not."""
        alone = any(chunk.suspect for chunk in self.calls.values())
        return 0 if alone or not self.workers else self.workers + 1 - len(self.calls)


class Cluster:
    """Hires hands, sends them chunks and hears what came of these; all calls from one thread."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._actor = ray.remote(max_restarts=0, concurrency_groups={_CONTROL: 1})(Hand)
        self._helpers: list[Helper] = []
        self._answers: SimpleQueue[tuple[Helper, Future[Any]]] = SimpleQueue()
        self._left_out: set[str] = set()  # nodes where no hand can work
        self._littered: set[Path] = set()  # folders where a lost hand may have left half a result
        self._looked = -inf
        self._ready_at = time.monotonic()  # when a hand was ready the last time
        self._told = False  # that there is none

    @property
    def ready(self) -> list[Helper]:
        return [helper for helper in self._helpers if helper.workers]

    @property
    def workers(self) -> int:
        """Photographs that all hands together can have in work."""
        return sum(helper.workers for helper in self._helpers)

    @property
    def in_work(self) -> bool:
        return any(helper.calls for helper in self._helpers)

    def hire(self, patience: float) -> None:
        """Now and then: hands for every node that has room. An error after `patience` seconds without any."""
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self._hire_everywhere()
        idle = now - self._ready_at
        if self.ready:
            self._ready_at = now
            self._told = False
        elif idle > patience:
            raise UnavailableError(
                f"for {patience:.0f} s no node of the Ray cluster had a free GPU or core for a worker",
                "`ray status` tells of the nodes; the same command goes on from here",
            )
        elif idle > SILENCE and not self._told:
            self._told = True
            _LOG.warning("no node of the Ray cluster can take a worker: waiting for %.0f s", patience)

    def give(self, helper: Helper, chunk: Chunk, fail_fast: bool) -> None:
        """The answer comes from `hear`."""
        call = helper.actor.do.remote(chunk.jobs, fail_fast).future()
        helper.calls[call] = chunk
        self._listen(helper, call)

    def hear(self, seconds: float) -> tuple[Chunk, list[Outcome] | None] | None:
        """A chunk with its outcomes, or with None when its hand was lost; nothing if nothing came in time."""
        try:
            helper, call = self._answers.get(timeout=seconds)
        except Empty:
            return None
        chunk = helper.calls.pop(call, None)
        if chunk is None:
            self._opened(helper, call)
            return None
        error = call.exception()
        if isinstance(error, RayTaskError):
            raise error.cause from error
        if error:
            self._lose(helper, error)
            self._littered |= _folders_of([chunk])
        return chunk, None if error else call.result()

    def stop(self) -> None:
        """Every hand finishes the photographs it has in work, and begins nothing more."""
        for helper in self._helpers:
            helper.actor.stop.options(concurrency_group=_CONTROL).remote()

    def dismiss(self) -> None:
        """Ends all hands at once, and removes the halves of results that they and lost ones leave behind."""
        for helper in self._helpers:
            ray.kill(helper.actor)
        calls = [call for helper in self._helpers for call in helper.calls]
        chunks = [chunk for helper in self._helpers for chunk in helper.calls.values()]
        wait(calls, DYING)
        sweep(self._littered | _folders_of(chunks), ours_only=False)

    def _hire_everywhere(self) -> None:
        here = Counter(helper.node for helper in self._helpers)
        engine = self._terms.engine
        for node in ray.nodes():
            identity = node["NodeID"]
            if node["Alive"] and identity not in self._left_out:
                cpus, gpus = (int(node["Resources"].get(kind, 0)) for kind in ("CPU", "GPU"))
                wanted = shares(cpus, gpus, engine.device, engine.threads)
                for share in wanted[here[identity] :]:
                    self._hire(identity, node["NodeManagerAddress"], share)

    def _hire(self, node: str, place: str, share: Share) -> None:
        engine = replace(
            self._terms.engine,
            threads=max(1, share.cpus),
            device=self._terms.engine.device if share.gpus else "cpu",
        )
        grouped = share.gpus or (engine.batch_size or 1) > 1
        actor = self._actor.options(
            num_cpus=share.cpus,
            num_gpus=share.gpus,
            max_concurrency=engine.workers or (2 * LARGEST if grouped else workers_on(engine.threads)),
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        ).remote()
        helper = Helper(actor, node, place)
        self._helpers.append(helper)
        self._listen(helper, actor.open.remote(replace(self._terms, engine=engine)).future())

    def _listen(self, helper: Helper, call: "Future[Any]") -> None:
        call.add_done_callback(lambda done: self._answers.put((helper, done)))

    def _opened(self, helper: Helper, call: "Future[Any]") -> None:
        """A hand is ready, or nothing more is tried on its node."""
        error = call.exception()
        answer = call.result() if error is None else UnavailableError(_last_line(error))
        if isinstance(answer, Ready):
            helper.workers = answer.workers
            _LOG.debug("%s: a worker, %d photographs at a time", helper.place, answer.workers)
            if answer.notice:
                _LOG.warning("%s: %s", helper.place, answer.notice)
            return
        self._remove(helper)
        self._left_out.add(helper.node)
        gone = error is not None and not isinstance(error, RayTaskError)  # another may come for it
        if not (self._helpers or gone):
            raise type(answer)(f"{helper.place}: {answer.message}", answer.hint)
        _LOG.warning("%s is left out: %s", helper.place, answer.message)

    def _lose(self, helper: Helper, error: RayError) -> None:
        if helper in self._helpers:  # each of its calls tells of it
            self._remove(helper)
            _LOG.warning("a worker on %s was lost, others get its photographs", helper.place)
            _LOG.debug("%s", error)

    def _remove(self, helper: Helper) -> None:
        self._helpers.remove(helper)
        if helper.workers:
            self._ready_at = time.monotonic()
        ray.kill(helper.actor)  # it may only be out of reach
        self._looked = -inf


def _folders_of(chunks: Iterable[Chunk]) -> set[Path]:
    """Where a chunk's results go, on this machine."""
    return set(folders_here(job.target for chunk in chunks for job in chunk.jobs))


def _last_line(error: BaseException) -> str:
    """Of a traceback, what it comes down to."""
    return str(error).strip().splitlines()[-1]
