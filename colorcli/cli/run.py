"""What `colorcli colorize` does with a plan: carry it out and tell of it, or only show it."""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from io import FileIO
from itertools import chain
from threading import Event

from colorcli.archive import certainty
from colorcli.archive.engine import Engine
from colorcli.archive.gallery import write_gallery
from colorcli.archive.jobs import Job, Outcome, PhotoSettings, json_line, record
from colorcli.archive.naming import collisions, refuse_collisions
from colorcli.archive.plan import ArchivePlan
from colorcli.archive.progress import RunProgress, ended_by_outage
from colorcli.archive.resume.state import ResultKey, ResumeState, SettingsChanged, select_failed
from colorcli.archive.resume.tracker import Tracker, open_tracker
from colorcli.archive.storage.location import local_folders
from colorcli.archive.tar_results import TarResults
from colorcli.cli.console import Console, printable
from colorcli.cli.process import Interrupted, claim_stdout, finishing_first, open_stdin, refuse_terminal
from colorcli.errors import PhotoError, UsageError
from colorcli.files import sweep, write_through
from colorcli.inference.model import Model, find_model, identity_of

_FINISHING = "\ncolorcli: finishing the photographs in work; Ctrl-C again stops at once\n"
_MADE_ANOTHER_WAY = {
    "redo": "{:,} done before with another model, other settings or an older colorcli: they are done again "
    "(--settings-changed keep leaves them)",
    "keep": "{:,} done before with another model, other settings or an older colorcli: they are kept",
}


@dataclass(frozen=True, kw_only=True)
class RunOptions:
    """What is to be done to the photographs of a plan, and how."""

    settings: PhotoSettings
    engine: Engine
    retry_failed: bool = False
    fail_fast: bool = False
    as_json: bool = False
    gallery: bool = False
    settings_changed: SettingsChanged = "redo"


def colour(plan: ArchivePlan, run: RunOptions, console: Console) -> int:
    """Does the jobs, tells of each on stderr or as JSON on stdout, and returns the exit code."""
    refuse_collisions(plan.jobs)
    to_stdout = any(job.target is None for job in plan.jobs)
    if run.as_json and to_stdout:
        raise UsageError("--json and the picture both want stdout", "give -o FILE")
    if run.retry_failed and plan.results_folder is None:
        raise UsageError(
            "--retry-failed needs a journal", "give the folder, and with -o where its results are"
        )
    if run.gallery and plan.results_folder is None:
        raise UsageError("--gallery needs a folder or a list, and a folder for the results", "give -o DIR")
    if run.settings.preserve_times and any(job.target and not job.target.local_path for job in plan.jobs):
        raise UsageError("--preserve-times is for results on this machine", "servers set times themselves")
    _refuse_guidance(plan, run.settings)
    if plan.shards and run.gallery:
        raise UsageError("--gallery shows files, and --shards makes none", "leave out one of them")
    if plan.links:
        console.warn(f"links to folders are not followed: {', '.join(map(printable, plan.links[:3]))}")
    if plan.left_out:
        folders = ", ".join(map(printable, plan.left_out[:3]))
        console.warn(f"the folders in {folders} are left out; -r takes them too")
    with claim_stdout() as stdout, suppress(BrokenPipeError):
        if to_stdout:
            refuse_terminal(stdout)
        try:
            return _colour(plan, run, console, stdout)
        except Interrupted:
            sweep(local_folders(job.target for job in plan.jobs), ours_only=True)
            os._exit(
                Interrupted.exit_code
            )  # now: threads are in the middle of their work, and wait for nobody
    return PhotoError.exit_code  # whoever read stdout went away: there is nobody to tell


def _refuse_guidance(plan: ArchivePlan, settings: PhotoSettings) -> None:
    """Raise where hints, variants or a picture of certainty do not go with the photographs."""
    if settings.certainty:
        certainty.check(settings.certainty)
        if plan.is_archive or len(plan.jobs) > 1:
            raise UsageError(
                f"{settings.certainty} names one picture of certainty for several results",
                f"for a folder of them say --certainty {settings.certainty}/",
            )
    if settings.hints and (plan.is_archive or len(plan.jobs) > max(1, settings.variants)):
        raise UsageError(
            "--hint and --hints are for one photograph", "put NAME.hints.json beside each that needs some"
        )
    if plan.shards and settings.variants:
        raise UsageError("--shards has one result a photograph", "leave out --variants or --shards")


def _colour(plan: ArchivePlan, run: RunOptions, console: Console, stdout: FileIO) -> int:
    stop = Event()
    with (
        run.engine.open(plan, run.settings, open_stdin(), stdout) as workers,
        _tracker(plan, run, workers.model) as tracker,
        _finishing_first(stop, len(plan.jobs)) as asked,
    ):
        if workers.model.notice:
            console.warn(workers.model.notice)
        jobs = select_failed(plan.jobs, tracker.state) if tracker and run.retry_failed else plan.jobs
        if tracker and (count := tracker.state.made_another_way(jobs)):
            console.say(_MADE_ANOTHER_WAY[run.settings_changed].format(count))
        progress = RunProgress(len(jobs) + len(plan.problems))
        if plan.problems and run.fail_fast:
            stop.set()
        coloured = workers.colour(jobs, stop, tracker, run.fail_fast)
        with _closed_in_error(coloured):
            outcomes: Iterator[Outcome] = chain(_problems(plan), ended_by_outage(coloured))
            if tracker and plan.shards:
                outcomes = TarResults(plan, jobs, tracker, run.settings.overwrite).follow(outcomes)
            for outcome in console.follow(outcomes, progress, each=not plan.is_archive):
                if run.as_json:
                    write_through(stdout, json_line(record(outcome, workers.model, run.settings.look)))
    if plan.is_archive:
        console.sum_up(progress)
    if asked.is_set():
        console.warn(f"stopped after {progress.seen} of {progress.total}; the same command goes on from here")
        return Interrupted.exit_code
    if run.gallery and plan.results_folder:
        sources = {job.source.full_name(): job.source for job in plan.jobs if job.source}
        console.say(f"the gallery is {write_gallery(plan.results_folder, sources)}")
    return progress.exit_code(plan.is_archive)


@contextmanager
def _closed_in_error(coloured: Generator[Outcome, None, None]) -> Iterator[None]:
    """Closing waits for the photographs in work; an interrupt, which is no Exception, waits for nobody."""
    try:
        yield
    except Exception:
        coloured.close()
        raise


def _tracker(plan: ArchivePlan, run: RunOptions, model: Model) -> AbstractContextManager[Tracker | None]:
    if plan.results_folder is None:
        return nullcontext()
    key = ResultKey.of(model.spec.name, model.identity, run.settings)
    return open_tracker(plan.results_folder, key, plan.jobs, run.settings_changed)


def _finishing_first(stop: Event, jobs: int) -> AbstractContextManager[Event]:
    """One photograph is not worth waiting for; of several, those in work are finished."""
    return finishing_first(stop, _FINISHING) if jobs > 1 else nullcontext(Event())


def _problems(plan: ArchivePlan) -> Iterator[Outcome]:
    for problem in plan.problems:
        yield Outcome(problem.name, None, "failed", error=problem.error)


def preview(plan: ArchivePlan, run: RunOptions) -> int:
    """Writes the plan on stdout, then the collisions; they alone make it fail."""
    clashes = list(collisions(plan.jobs))
    state = _state(plan, run)
    jobs = select_failed(plan.jobs, state) if state and run.retry_failed else plan.jobs
    with claim_stdout() as stdout, suppress(BrokenPipeError):
        for job in jobs:
            write_through(stdout, _line(job, _action(job, state, run.settings.overwrite), run.as_json))
        for job, other in clashes:
            write_through(stdout, _line(other, f"collides with {job.name}", run.as_json))
        for problem in plan.problems:
            write_through(stdout, f"{printable(problem.error.message)}\n".encode())
    return UsageError.exit_code if clashes else PhotoError.exit_code if plan.problems else 0


def _state(plan: ArchivePlan, run: RunOptions) -> ResumeState | None:
    """The journal as it is, read without opening the model."""
    if plan.results_folder is None:
        return None
    digest = identity_of(find_model(run.engine.model))
    return ResumeState(plan.results_folder, ResultKey.of("", digest, run.settings), run.settings_changed)


def _action(job: Job, state: ResumeState | None, overwrite: bool) -> str:
    """What a run would do with a photograph."""
    decided = state.decide(job) if state else job
    if isinstance(decided, Outcome):
        return "done before"
    if job.target is None or not (state.contents.has(state.name(job)) if state else job.target.is_there()):
        return "colour"
    if decided.replace:
        return "colour again"
    return "replace" if overwrite else "keep what is there"


def _line(job: Job, action: str, as_json: bool) -> bytes:
    target = "stdout" if job.target is None else str(job.target)
    if as_json:
        return json_line({"input": job.name, "output": target, "action": action})
    return f"{printable(job.name)} -> {printable(target)}  {printable(action)}\n".encode()
