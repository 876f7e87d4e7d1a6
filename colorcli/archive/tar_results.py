"""For --shards: writes each tar of results once the last of its photographs is done."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from colorcli.archive.jobs import Job, Outcome
from colorcli.archive.plan import ArchivePlan
from colorcli.archive.resume.tracker import Tracker
from colorcli.archive.storage.location import Location
from colorcli.archive.storage.tar import Member, Shard, remove_parts, write_shard
from colorcli.errors import ColorcliError, PhotoError, UsageError, cause_of
from colorcli.files import Fingerprint


class TarResults:
    """Follows a run, whatever its engine; the tars are written beside it, one at a time."""

    def __init__(self, plan: ArchivePlan, jobs: Sequence[Job], tracker: Tracker, overwrite: bool) -> None:
        self._tracker = tracker
        self._shards = {shard.target: shard for shard in plan.shards}
        self._jobs: dict[Location, list[Job]] = defaultdict(list)  # all photographs of a tar
        for job in plan.jobs:
            if job.shard is not None:
                self._jobs[job.shard].append(job)
        self._left = Counter(job.shard for job in jobs if job.shard is not None)  # photographs to be done
        self._made: dict[Location | None, Outcome] = {}  # by the targets of their jobs
        if not overwrite:
            self._refuse_others()

    def follow(self, outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
        """The outcomes, and those of the tars that could not be written."""
        pool = ThreadPoolExecutor(1)
        try:
            empty = [shard for target, shard in self._shards.items() if not self._jobs[target]]
            waiting = [pool.submit(self._finish, shard) for shard in empty]
            for outcome in outcomes:
                yield outcome
                if shard := self._last_of(outcome):
                    waiting.append(pool.submit(self._finish, shard))
                yield from _failures(waiting)
            wait(waiting)
            yield from _failures(waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever leaves at once leaves at once

    def _last_of(self, outcome: Outcome) -> Shard | None:
        """The tar whose last photograph this was."""
        job = outcome.job
        if job is None or job.shard is None:
            return None
        self._made[job.target] = outcome
        self._left[job.shard] -= 1
        return None if self._left[job.shard] else self._shards[job.shard]

    def _finish(self, shard: Shard) -> Outcome | None:
        """Write the tar if there is anything new in it; an outcome if that failed."""
        job = Job(shard.source, shard.target, None)
        made = {one.target: self._made.pop(one.target, None) for one in self._jobs[shard.target]}
        fresh = any(outcome and outcome.output and not outcome.done_before for outcome in made.values())
        if not fresh and self._tracker.state.tar_is_up_to_date(job, self._jobs[shard.target]):
            return None
        results = {
            one.source.path: result
            for one in self._jobs[shard.target]
            if isinstance(one.source, Member) and (result := self._result(one, made[one.target]))
        }
        try:
            self._write(shard, job, results)
        except (ColorcliError, OSError) as error:
            return Outcome(job.name, None, "failed", error=_about(shard, error))
        return None

    def _write(self, shard: Shard, job: Job, results: Mapping[str, Location]) -> None:
        started = time.perf_counter()
        status = shard.source.stat()
        self._tracker.begin_to_replace(job)
        after = write_shard(shard, results)
        before = Fingerprint(status.st_size, status.st_mtime_ns, "")
        seconds = time.perf_counter() - started
        outcome = Outcome(job.name, str(shard.target), "ok", seconds=seconds, before=before, after=after)
        self._tracker.end(job, outcome)
        self._tracker.secure()  # before the only other copy goes
        remove_parts(shard, results.values())

    def _result(self, job: Job, outcome: Outcome | None) -> Location | None:
        """Where the result of a photograph is, made now or before."""
        if outcome is None:
            return self._tracker.state.result(job)
        folder = self._tracker.state.folder
        return folder / folder.relative(outcome.output) if outcome.output else None

    def _refuse_others(self) -> None:
        for shard in self._shards.values():
            if not self._tracker.may_replace(Job(shard.source, shard.target, None)):
                raise UsageError(
                    f"{shard.target} is there already, and not as colorcli wrote it",
                    "--overwrite replaces it, or give another folder with -o",
                )


def _failures(waiting: "list[Future[Outcome | None]]") -> Iterator[Outcome]:
    """The outcomes of tars that could not be written, once that is known; finished ones leave the list."""
    for future in [one for one in waiting if one.done()]:
        waiting.remove(future)
        if outcome := future.result():
            yield outcome


def _about(shard: Shard, error: Exception) -> ColorcliError:
    if isinstance(error, ColorcliError):
        return error.about(str(shard.target))
    return PhotoError(f"{shard.target}: {cause_of(error) if isinstance(error, OSError) else error}")
