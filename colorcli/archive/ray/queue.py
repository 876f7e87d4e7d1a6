"""The photographs of a run that wait for a worker, in chunks: new ones, and those whose worker was lost."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colorcli.archive.jobs import Job, Outcome
from colorcli.archive.resume.tracker import Tracker
from colorcli.errors import PhotoError

CHUNK = 4  # photographs that go out together: few, so that little is done twice; the way costs 1 ms
LOSSES = 2  # workers a chunk may cost before its photographs are tried one by one, and one alone likewise


@dataclass(eq=False)
class Chunk:
    """Photographs for one worker. A suspect is a single one, tried where it can take nothing else along."""

    jobs: list[Job]
    losses: int = 0
    suspect: bool = False


class ChunkQueue:
    """Gives out chunks of what is not done yet, and notes in the journal's start log what is begun."""

    def __init__(self, jobs: Sequence[Job], tracker: Tracker) -> None:
        self._tracker = tracker
        self._new = iter(jobs)
        self._left = len(jobs)
        self._chunks: deque[Chunk] = deque()
        self._suspects: deque[Chunk] = deque()

    def prepare(self, workers: int) -> Iterator[Outcome]:
        """Makes the next chunk if none waits; yields the outcomes of photographs that were done before."""
        size = max(1, min(CHUNK, self._left // max(1, 2 * workers)))  # smaller towards the end
        begun: list[Job] = []
        while self.empty and len(begun) < size and (job := next(self._new, None)):
            self._left -= 1
            decided = self._tracker.begin(job)
            if isinstance(decided, Outcome):
                yield decided
            else:
                begun.append(decided)
        if begun:
            self._chunks.append(Chunk(begun))

    @property
    def empty(self) -> bool:
        return not (self._chunks or self._suspects)

    @property
    def has_suspects(self) -> bool:
        return bool(self._suspects)

    def take(self) -> Chunk | None:
        return self._chunks.popleft() if self._chunks else None

    def take_suspect(self) -> Chunk:
        return self._suspects.popleft()

    def return_lost(self, chunk: Chunk) -> Outcome | None:
        """Queues the chunk of a lost worker again; fails a photograph that cost too many workers."""
        losses = chunk.losses + 1
        jobs = [self._tracker.begin_again(job) for job in chunk.jobs]
        if losses < LOSSES:
            queue = self._suspects if chunk.suspect else self._chunks
            queue.appendleft(Chunk(jobs, losses, chunk.suspect))
        elif not chunk.suspect:
            self._suspects.extend(Chunk([job], suspect=True) for job in jobs)
        else:
            return self._give_up_on(jobs[0])
        return None

    def record(self, chunk: Chunk, outcomes: Sequence[Outcome]) -> None:
        for job, outcome in zip(chunk.jobs, outcomes, strict=False):  # a worker that was stopped did fewer
            self._tracker.end(job, outcome)

    def _give_up_on(self, job: Job) -> Outcome:
        error = PhotoError(
            f"{job.name}: {2 * LOSSES} workers ended in the middle of it",
            "it may need more memory than they have: try it alone, without --engine ray",
        )
        outcome = Outcome(job.name, None, "failed", error=error, job=job)
        self._tracker.end(job, outcome)
        return outcome
