"""What `colorcli colorize` does with a plan: carry it out and tell of it, or only show it."""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO
from itertools import chain
from threading import Event

from colorcli.batch.bindery import Bindery
from colorcli.batch.engines import Engine
from colorcli.batch.gallery import write_gallery
from colorcli.batch.job import Job, Outcome, Settings, json_line, record
from colorcli.batch.keeper import Keeper, keep
from colorcli.batch.ledger import Ledger, Way, those_that_failed
from colorcli.batch.outage import ended_by_outage
from colorcli.batch.place import Url, absolute, folders_here, is_there
from colorcli.batch.plan import Plan, collisions, refuse_collisions
from colorcli.batch.tally import Tally
from colorcli.cli.process import Interrupted, claim_stdout, finishing_first, open_stdin, refuse_terminal
from colorcli.console import Console, printable
from colorcli.errors import PhotoError, UsageError
from colorcli.files import sweep, write_through
from colorcli.model import Model, find_model

_FINISHING = "\ncolorcli: finishing the photographs in work; Ctrl-C again stops at once\n"


@dataclass(frozen=True)
class Run:
    """What is to be done to the photographs of a plan, and how."""

    settings: Settings
    engine: Engine
    retry_failed: bool = False
    fail_fast: bool = False
    as_json: bool = False
    gallery: bool = False


def colour(plan: Plan, run: Run, console: Console) -> int:
    """Does the jobs, tells of each on stderr or as JSON on stdout, and returns the exit code."""
    refuse_collisions(plan.jobs)
    to_stdout = any(job.target is None for job in plan.jobs)
    if run.as_json and to_stdout:
        raise UsageError("--json and the picture both want stdout", "give -o FILE")
    if run.retry_failed and plan.archive is None:
        raise UsageError(
            "--retry-failed needs a journal", "give the folder, and with -o where its results are"
        )
    if run.gallery and plan.archive is None:
        raise UsageError("--gallery needs a folder or a list, and a folder for the results", "give -o DIR")
    if run.settings.preserve_times and any(isinstance(job.target, Url) for job in plan.jobs):
        raise UsageError("--preserve-times is for results on this machine", "servers set times themselves")
    _refuse_guidance(plan, run.settings)
    if plan.shards and run.gallery:
        raise UsageError("--gallery shows files, and --shards makes none", "leave out one of them")
    if plan.links:
        console.warn(f"links to folders are not followed: {', '.join(map(printable, plan.links[:3]))}")
    with claim_stdout() as stdout, suppress(BrokenPipeError):
        if to_stdout:
            refuse_terminal(stdout)
        try:
            return _colour(plan, run, console, stdout)
        except Interrupted:
            sweep(folders_here(job.target for job in plan.jobs), ours_only=True)
            os._exit(
                Interrupted.exit_code
            )  # now: threads are in the middle of their work, and wait for nobody
    return PhotoError.exit_code  # whoever read stdout went away: there is nobody to tell


def _refuse_guidance(plan: Plan, settings: Settings) -> None:
    """Raise where hints, variants or a picture of certainty do not go with the photographs."""
    if settings.certainty and (plan.whole or len(plan.jobs) > 1):
        raise UsageError("--certainty is for one photograph and one result", "leave it out for several")
    if settings.hints and (plan.whole or len(plan.jobs) > max(1, settings.variants)):
        raise UsageError(
            "--hint and --hints are for one photograph", "put NAME.hints.json beside each that needs some"
        )
    if plan.shards and settings.variants:
        raise UsageError("--shards has one result a photograph", "leave out --variants or --shards")


def _colour(plan: Plan, run: Run, console: Console, stdout: FileIO) -> int:
    stop = Event()
    with (
        run.engine.open(plan, run.settings, open_stdin(), stdout) as crew,
        _keeper(plan, run, crew.model) as keeper,
        _patience(stop, len(plan.jobs)) as asked,
    ):
        if crew.model.notice:
            console.warn(crew.model.notice)
        jobs = those_that_failed(plan.jobs, keeper.ledger) if keeper and run.retry_failed else plan.jobs
        tally = Tally(len(jobs) + len(plan.problems))
        if plan.problems and run.fail_fast:
            stop.set()
        coloured = crew.colour(jobs, stop, keeper, run.fail_fast)
        with _closed_in_error(coloured):
            outcomes: Iterator[Outcome] = chain(_problems(plan), ended_by_outage(coloured))
            if keeper and plan.shards:
                outcomes = Bindery(plan, jobs, keeper, run.settings.overwrite).follow(outcomes)
            for outcome in console.follow(outcomes, tally, each=not plan.whole):
                if run.as_json:
                    write_through(stdout, json_line(record(outcome, crew.model, run.settings.look)))
    if plan.whole:
        console.sum_up(tally)
    if asked.is_set():
        console.warn(f"stopped after {tally.seen} of {tally.total}; the same command goes on from here")
        return Interrupted.exit_code
    if run.gallery and plan.archive:
        sources = {absolute(job.source): job.source for job in plan.jobs if job.source}
        console.say(f"the gallery is {write_gallery(plan.archive, sources)}")
    return tally.exit_code(plan.whole)


@contextmanager
def _closed_in_error(coloured: Generator[Outcome, None, None]) -> Iterator[None]:
    """Closing waits for the photographs in work; an interrupt, which is no Exception, waits for nobody."""
    try:
        yield
    except Exception:
        coloured.close()
        raise


def _keeper(plan: Plan, run: Run, model: Model) -> AbstractContextManager[Keeper | None]:
    if plan.archive is None:
        return nullcontext()
    return keep(plan.archive, Way.of(model.spec.name, model.sha256, run.settings), plan.jobs)


def _patience(stop: Event, jobs: int) -> AbstractContextManager[Event]:
    """One photograph is not worth waiting for; of several, those in work are finished."""
    return finishing_first(stop, _FINISHING) if jobs > 1 else nullcontext(Event())


def _problems(plan: Plan) -> Iterator[Outcome]:
    for problem in plan.problems:
        yield Outcome(problem.message.partition(": ")[0], None, "failed", error=problem)


def preview(plan: Plan, run: Run) -> int:
    """Writes the plan on stdout, then the collisions; they alone make it fail."""
    clashes = list(collisions(plan.jobs))
    ledger = _ledger(plan, run)
    jobs = those_that_failed(plan.jobs, ledger) if ledger and run.retry_failed else plan.jobs
    with claim_stdout() as stdout, suppress(BrokenPipeError):
        for job in jobs:
            write_through(stdout, _line(job, _action(job, ledger, run.settings.overwrite), run.as_json))
        for job, other in clashes:
            write_through(stdout, _line(other, f"collides with {job.name}", run.as_json))
        for problem in plan.problems:
            write_through(stdout, f"{printable(problem.message)}\n".encode())
    return UsageError.exit_code if clashes else PhotoError.exit_code if plan.problems else 0


def _ledger(plan: Plan, run: Run) -> Ledger | None:
    """The journal as it is, read without opening the model."""
    if plan.archive is None:
        return None
    digest = sha256(find_model(run.engine.model).read_bytes()).hexdigest()
    return Ledger(plan.archive, Way.of("", digest, run.settings))


def _action(job: Job, ledger: Ledger | None, overwrite: bool) -> str:
    """What a run would do with a photograph."""
    settled = ledger.settle(job) if ledger else job
    if isinstance(settled, Outcome):
        return "done before"
    if job.target is None or not (ledger.contents.has(ledger.name(job)) if ledger else is_there(job.target)):
        return "colour"
    if settled.replace:
        return "colour again"
    return "replace" if overwrite else "keep what is there"


def _line(job: Job, action: str, as_json: bool) -> bytes:
    target = "stdout" if job.target is None else str(job.target)
    if as_json:
        return json_line({"input": job.name, "output": target, "action": action})
    return f"{printable(job.name)} -> {printable(target)}  {printable(action)}\n".encode()
