"""`colorcli colorize`: photographs in, the same photographs in colour out."""

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import typer

from colorcli.cli import options
from colorcli.cli.process import claim_stdout, open_stdin, refuse_terminal, until_interrupted
from colorcli.errors import PhotoError, UsageError

if TYPE_CHECKING:
    from colorcli.console import Console
    from colorcli.job import Settings
    from colorcli.plan import Job


def colorize(
    photographs: options.Photographs,
    output: options.Output = None,
    suffix: options.Suffix = None,
    overwrite: options.Overwrite = False,
    preserve_times: options.PreserveTimes = False,
    saturation: options.Saturation = 1.0,
    temperature: options.Temperature = None,
    strength: options.Strength = 1.0,
    render_size: options.RenderSize = None,
    no_border: options.NoBorder = False,
    only_gray: options.OnlyGray = False,
    compare: options.Compare = False,
    format_name: options.FormatName = None,
    quality: options.Quality = None,
    depth: options.Depth = None,
    flatten: options.Flatten = False,
    metadata: options.Metadata = "all",
    max_pixels: options.MaxPixels = 1_000_000_000,
    model: options.ModelName = None,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Colour photographs. Each keeps its size, bit depth, lightness, metadata and format.

    [dim]$[/dim] colorcli colorize old.jpg                    [dim]# writes old.color.jpg[/dim]

    [dim]$[/dim] colorcli colorize scans/*.tif -o colored/    [dim]# same names in a folder[/dim]

    [dim]$[/dim] curl -s URL | colorcli colorize - > new.jpg  [dim]# from pipe to pipe[/dim]
    """
    from colorcli.colorizer import Look
    from colorcli.console import Console
    from colorcli.images import EncodeOptions, format_named
    from colorcli.job import Settings
    from colorcli.plan import Naming, plan

    console = Console.open(quiet, verbose)
    image_format = format_named(format_name) if format_name else None
    bits: Literal[8, 16] | None = None if depth is None else 8 if depth == "8" else 16
    settings = Settings(
        Look(saturation, temperature, strength, render_size, border=not no_border),
        EncodeOptions(image_format, quality, bits, flatten, metadata),
        only_gray,
        compare,
        overwrite,
        preserve_times,
        max_pixels,
    )
    jobs = plan(photographs, Naming(output, suffix, image_format, compare))
    code = _colour(jobs, settings, Engine(model, device, threads), console, as_json)
    raise typer.Exit(code)


@dataclass(frozen=True)
class Engine:
    """Which model runs where."""

    model: str | None
    device: str
    threads: int


def _colour(
    jobs: "list[Job]", settings: "Settings", engine: Engine, console: "Console", as_json: bool
) -> int:
    """Does the jobs, tells of each on stderr or as JSON on stdout, and returns the exit code."""
    from colorcli.colorizer import Colorizer
    from colorcli.files import write_through
    from colorcli.job import exit_code, json_line, record
    from colorcli.worker import Worker

    to_stdout = any(job.target is None for job in jobs)
    if as_json and to_stdout:
        raise UsageError("--json and the picture both want stdout", "give -o FILE")
    with claim_stdout() as stdout, contextlib.suppress(BrokenPipeError):
        if to_stdout:
            refuse_terminal(stdout)
        colorizer = Colorizer(engine.model, engine.device, engine.threads)
        if colorizer.model.notice:
            console.warn(colorizer.model.notice)
        inputs = [job.source for job in jobs if job.source]
        worker = Worker(colorizer, settings, inputs, open_stdin(), stdout)
        failures = []
        for outcome in console.follow(until_interrupted(worker.run(jobs)), len(jobs)):
            if as_json:
                write_through(stdout, json_line(record(outcome, colorizer.model, settings.look)))
            if outcome.error:
                failures.append(outcome.error)
        return exit_code(failures)
    return PhotoError.exit_code  # whoever read stdout went away: there is nobody to tell
