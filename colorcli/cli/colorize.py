"""`colorcli colorize`: photographs in, the same photographs in colour out."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from colorcli.cli import batch_options, hint_options, options
from colorcli.errors import UsageError

if TYPE_CHECKING:
    from colorcli.batch.engines import Engine
    from colorcli.batch.engines.local import LocalEngine


def colorize(
    photographs: options.Photographs = None,
    output: options.Output = None,
    suffix: options.Suffix = None,
    overwrite: options.Overwrite = False,
    preserve_times: options.PreserveTimes = False,
    recursive: batch_options.Recursive = False,
    include: batch_options.Include = None,
    exclude: batch_options.Exclude = None,
    files_from: batch_options.FilesFrom = None,
    null: batch_options.Null = False,
    dry_run: batch_options.DryRun = False,
    retry_failed: batch_options.RetryFailed = False,
    fail_fast: batch_options.FailFast = False,
    gallery: batch_options.Gallery = False,
    shards: batch_options.Shards = False,
    jobs: batch_options.Workers = None,
    batch_size: batch_options.BatchSize = None,
    engine: batch_options.EngineName = "local",
    address: batch_options.Address = None,
    patience: batch_options.Patience = 600.0,
    saturation: options.Saturation = 1.0,
    temperature: options.Temperature = None,
    strength: options.Strength = 1.0,
    render_size: options.RenderSize = None,
    no_border: options.NoBorder = False,
    hint: hint_options.HintTexts = None,
    hints: hint_options.HintsFile = None,
    no_hints: hint_options.NoHints = False,
    variants: hint_options.Variants = 0,
    seed: hint_options.Seed = 0,
    certainty: hint_options.Certainty = None,
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

    [dim]$[/dim] colorcli colorize -r scans/ -o colored/      [dim]# a whole tree; run it again to go on[/dim]

    [dim]$[/dim] colorcli colorize -r s3://archive/scans/ -o s3://archive/colored/  [dim]# or sftp://, gs://[/dim]

    [dim]$[/dim] curl -s URL | colorcli colorize - > new.jpg  [dim]# from pipe to pipe[/dim]
    """
    from colorcli.batch.certainty import check
    from colorcli.batch.engines.local import LocalEngine
    from colorcli.batch.job import Settings
    from colorcli.batch.plan import Naming, Sources, plan
    from colorcli.batch.walk import Selection, read_list
    from colorcli.cli.run import Run, colour, preview
    from colorcli.colorizer import Look
    from colorcli.console import Console
    from colorcli.guided.files import given
    from colorcli.images import EncodeOptions, format_named

    console = Console.open(quiet, verbose)
    if address is not None and engine != "ray":
        raise UsageError("--address is that of a Ray cluster", "add --engine ray")
    if not photographs and files_from is None:
        raise UsageError("which photographs?", "give files, folders, -, or a list with --files-from")
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
        variants,
        seed,
        check(Path(certainty)) if certainty else None,
        given(hint or (), hints),
    )
    listed = read_list(files_from, b"\0" if null else b"\n") if files_from else None
    selection = Selection(recursive, tuple(include or ()), tuple(exclude or ()), shards)
    naming = Naming(output, suffix, image_format, compare, shards, variants)
    planned = plan(Sources(photographs or (), listed, selection, hints=not no_hints), naming)
    local = LocalEngine(model, device, threads, jobs, batch_size)
    chosen = _on_cluster(local, address, patience) if engine == "ray" else local
    run = Run(settings, chosen, retry_failed, fail_fast, as_json, gallery)
    raise typer.Exit(preview(planned, run) if dry_run else colour(planned, run, console))


def _on_cluster(each: "LocalEngine", address: str | None, patience: float) -> "Engine":
    """Ray is an extra, and slow to load."""
    from colorcli.batch.engines.ray import RayEngine

    return RayEngine(each, address or "auto", patience)
