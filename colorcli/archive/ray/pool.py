"""The workers on the nodes of a Ray cluster: started when a node is there, missed when it is gone."""

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

from colorcli.archive.jobs import Outcome
from colorcli.archive.ray.queue import Chunk
from colorcli.archive.ray.worker import RayWorker, WorkerReady, WorkerSetup
from colorcli.archive.storage.location import local_folders
from colorcli.errors import UnavailableError
from colorcli.files import sweep
from colorcli.inference.batching import LARGEST
from colorcli.inference.device import workers_on

LOOK_EVERY = 2  # seconds: for nodes that joined
WARN_AFTER = 30  # seconds without a worker until the user hears of it
SHUTDOWN_TIMEOUT = 5  # seconds that workers have to end
_CONTROL = "control"  # the thread of a worker that listens while the others work

_LOG = logging.getLogger("colorcli")


@dataclass(frozen=True)
class Share:
    """The cores and GPUs of a node that one worker gets."""

    cpus: int
    gpus: int = 0


def shares(cpus: int, gpus: int, device: str, threads: int) -> list[Share]:
    """How a node is divided: a worker for each GPU; else one, or one for each `threads` cores."""
    if gpus and device != "cpu":
        most = cpus // gpus
        return [Share(min(threads or most, most), 1)] * gpus
    if not cpus or device.startswith("cuda"):
        return []
    each = min(threads or cpus, cpus)
    return [Share(each)] * (cpus // each)


@dataclass(eq=False)
class RayWorkerHandle:
    """A worker as the driver sees it."""

    actor: Any
    node: str
    address: str  # the address of the node
    workers: int = 0  # 0: its model is not open yet
    calls: "dict[Future[Any], Chunk]" = field(default_factory=dict)

    @property
    def room(self) -> int:
        """How many more chunks it can take: one for each of its threads, and one in reserve."""
        alone = any(chunk.suspect for chunk in self.calls.values())
        return 0 if alone or not self.workers else self.workers + 1 - len(self.calls)


class WorkerPool:
    """Starts workers, sends them chunks and collects what came of these; all calls from one thread."""

    def __init__(self, setup: WorkerSetup) -> None:
        self._setup = setup
        self._actor = ray.remote(max_restarts=0, concurrency_groups={_CONTROL: 1})(RayWorker)
        self._handles: list[RayWorkerHandle] = []
        self._answers: SimpleQueue[tuple[RayWorkerHandle, Future[Any]]] = SimpleQueue()
        self._left_out: set[str] = set()  # nodes where no worker can work
        self._folders_to_sweep: set[Path] = set()  # folders where a lost worker may have left half a result
        self._looked_for_nodes = -inf
        self._ready_at = time.monotonic()  # when a worker was ready the last time
        self._warned = False  # that there is none

    @property
    def ready(self) -> list[RayWorkerHandle]:
        return [handle for handle in self._handles if handle.workers]

    @property
    def workers(self) -> int:
        """Photographs that all workers together can have in work."""
        return sum(handle.workers for handle in self._handles)

    @property
    def in_work(self) -> bool:
        return any(handle.calls for handle in self._handles)

    def add_workers(self, patience: float) -> None:
        """Every few seconds: workers on nodes with room. An error after `patience` seconds without any."""
        now = time.monotonic()
        if now - self._looked_for_nodes >= LOOK_EVERY:
            self._looked_for_nodes = now
            self._add_on_every_node()
        idle = now - self._ready_at
        if self.ready:
            self._ready_at = now
            self._warned = False
        elif idle > patience:
            raise UnavailableError(
                f"for {patience:.0f} s no node of the Ray cluster had a free GPU or core for a worker",
                "`ray status` tells of the nodes; the same command goes on from here",
            )
        elif idle > WARN_AFTER and not self._warned:
            self._warned = True
            _LOG.warning("no node of the Ray cluster can take a worker: waiting for %.0f s", patience)

    def submit(self, handle: RayWorkerHandle, chunk: Chunk, fail_fast: bool) -> None:
        """The answer comes from `next_result`."""
        call = handle.actor.do.remote(chunk.jobs, fail_fast).future()
        handle.calls[call] = chunk
        self._listen(handle, call)

    def next_result(self, seconds: float) -> tuple[Chunk, list[Outcome] | None] | None:
        """A chunk with its outcomes, or with None when its worker was lost; None if nothing came in time."""
        try:
            handle, call = self._answers.get(timeout=seconds)
        except Empty:
            return None
        chunk = handle.calls.pop(call, None)
        if chunk is None:
            self._opened(handle, call)
            return None
        error = call.exception()
        if isinstance(error, RayTaskError):
            raise error.cause from error
        if error:
            self._lose(handle, error)
            self._folders_to_sweep |= _folders_of([chunk])
        return chunk, None if error else call.result()

    def stop(self) -> None:
        """Every worker finishes the photographs it has in work, and begins nothing more."""
        for handle in self._handles:
            handle.actor.stop.options(concurrency_group=_CONTROL).remote()

    def shut_down(self) -> None:
        """Ends all workers at once, and removes the unfinished files that they and lost ones leave behind."""
        for handle in self._handles:
            ray.kill(handle.actor)
        calls = [call for handle in self._handles for call in handle.calls]
        chunks = [chunk for handle in self._handles for chunk in handle.calls.values()]
        wait(calls, SHUTDOWN_TIMEOUT)
        sweep(self._folders_to_sweep | _folders_of(chunks), ours_only=False)

    def _add_on_every_node(self) -> None:
        here = Counter(handle.node for handle in self._handles)
        engine = self._setup.engine
        for node in ray.nodes():
            identity = node["NodeID"]
            if node["Alive"] and identity not in self._left_out:
                cpus, gpus = (int(node["Resources"].get(kind, 0)) for kind in ("CPU", "GPU"))
                wanted = shares(cpus, gpus, engine.device, engine.threads)
                for share in wanted[here[identity] :]:
                    self._add_worker(identity, node["NodeManagerAddress"], share)

    def _add_worker(self, node: str, address: str, share: Share) -> None:
        engine = replace(
            self._setup.engine,
            threads=max(1, share.cpus),
            device=self._setup.engine.device if share.gpus else "cpu",
        )
        grouped = share.gpus or (engine.batch_size or 1) > 1
        actor = self._actor.options(
            num_cpus=share.cpus,
            num_gpus=share.gpus,
            max_concurrency=engine.workers or (2 * LARGEST if grouped else workers_on(engine.threads)),
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        ).remote()
        handle = RayWorkerHandle(actor, node, address)
        self._handles.append(handle)
        self._listen(handle, actor.open.remote(replace(self._setup, engine=engine)).future())

    def _listen(self, handle: RayWorkerHandle, call: "Future[Any]") -> None:
        call.add_done_callback(lambda done: self._answers.put((handle, done)))

    def _opened(self, handle: RayWorkerHandle, call: "Future[Any]") -> None:
        """A worker is ready, or nothing more is tried on its node."""
        error = call.exception()
        answer = call.result() if error is None else UnavailableError(_last_line(error))
        if isinstance(answer, WorkerReady):
            handle.workers = answer.workers
            _LOG.debug("%s: a worker, %d photographs at a time", handle.address, answer.workers)
            if answer.notice:
                _LOG.warning("%s: %s", handle.address, answer.notice)
            return
        self._remove(handle)
        self._left_out.add(handle.node)
        gone = error is not None and not isinstance(error, RayTaskError)  # another may come for it
        if not (self._handles or gone):
            raise type(answer)(f"{handle.address}: {answer.message}", answer.hint)
        _LOG.warning("%s is left out: %s", handle.address, answer.message)

    def _lose(self, handle: RayWorkerHandle, error: RayError) -> None:
        if handle in self._handles:  # each of its calls tells of it
            self._remove(handle)
            _LOG.warning("a worker on %s was lost, others get its photographs", handle.address)
            _LOG.debug("%s", error)

    def _remove(self, handle: RayWorkerHandle) -> None:
        self._handles.remove(handle)
        if handle.workers:
            self._ready_at = time.monotonic()
        ray.kill(handle.actor)  # it may only be out of reach
        self._looked_for_nodes = -inf


def _folders_of(chunks: Iterable[Chunk]) -> set[Path]:
    """Where a chunk's results go, on this machine."""
    return set(local_folders(job.target for chunk in chunks for job in chunk.jobs))


def _last_line(error: BaseException) -> str:
    """The last line of a traceback, which names the error."""
    return str(error).strip().splitlines()[-1]
