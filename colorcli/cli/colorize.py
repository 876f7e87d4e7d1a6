"""`colorcli colorize`: photographs in, the same photographs in colour out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from colorcli.cli import archive_options, hint_options, options
from colorcli.errors import UsageError
from colorcli.limits import MAX_PIXELS
from colorcli.look import Look

if TYPE_CHECKING:
    from colorcli.archive.engine import Engine
    from colorcli.archive.jobs import PhotoSettings
    from colorcli.archive.threads import LocalEngine
    from colorcli.images import EncodeOptions


_NAMED_AS_SETTINGS = (
    "coloured",
    "compare",
    "overwrite",
    "preserve_times",
    "max_pixels",
    "variants",
    "seed",
)


def colorize(
    context: typer.Context,
    photographs: options.Photographs = None,
    output: options.Output = None,
    suffix: options.Suffix = None,
    overwrite: options.Overwrite = False,
    preserve_times: options.PreserveTimes = False,
    recursive: archive_options.Recursive = False,
    include: archive_options.Include = None,
    exclude: archive_options.Exclude = None,
    files_from: archive_options.FilesFrom = None,
    null: archive_options.Null = False,
    dry_run: archive_options.DryRun = False,
    retry_failed: archive_options.RetryFailed = False,
    settings_changed: archive_options.SettingsChanged = "redo",
    fail_fast: archive_options.FailFast = False,
    gallery: archive_options.Gallery = False,
    shards: archive_options.Shards = False,
    workers: archive_options.Jobs = None,
    batch_size: archive_options.BatchSize = None,
    engine: archive_options.EngineName = "local",
    address: archive_options.Address = None,
    patience: archive_options.Patience = 600.0,
    saturation: options.Saturation = Look.saturation,
    temperature: options.Temperature = Look.temperature,
    strength: options.Strength = Look.strength,
    render_size: options.RenderSize = Look.render_size,
    no_border: options.NoBorder = not Look.border,
    hint: hint_options.HintTexts = None,
    hints: hint_options.HintsFile = None,
    no_hints: hint_options.NoHints = False,
    reference: hint_options.References = None,
    variants: hint_options.Variants = 0,
    seed: hint_options.Seed = 0,
    certainty: hint_options.Certainty = None,
    coloured: options.Coloured = "keep",
    compare: options.Compare = False,
    format_name: options.FormatName = None,
    quality: options.Quality = None,
    depth: options.Depth = None,
    flatten: options.Flatten = False,
    metadata: options.Metadata = "all",
    max_pixels: options.MaxPixels = MAX_PIXELS,
    model: options.ModelName = None,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Colour photographs. Each keeps its size, bit depth, lightness, metadata and format.

    $ colorcli colorize old.jpg                # writes old.color.jpg
    $ colorcli colorize -r scans/ -o colored/  # a tree; run it again to go on
    $ colorcli colorize -r s3://archive/scans/ -o s3://archive/colored/
    $ curl -s URL | colorcli colorize - > new.jpg
    """
    from colorcli.archive.naming import Naming, certainty_places
    from colorcli.archive.plan import Sources, plan
    from colorcli.archive.scan import Selection, read_list
    from colorcli.archive.threads import LocalEngine
    from colorcli.cli.console import Console
    from colorcli.cli.run import RunOptions, colour, preview

    console = Console.open(quiet, verbose)
    one_file, a_folder = certainty_places(certainty)
    settings = replace(settings_of(context.params), certainty=one_file)
    listed = read_list(files_from, b"\0" if null else b"\n") if files_from else None
    selection = Selection(recursive=recursive, include=include or (), exclude=exclude or (), shards=shards)
    naming = Naming(
        output=output,
        suffix=suffix,
        format=settings.encoding.format,
        compare=compare,
        shards=shards,
        variants=variants,
        certainty=a_folder,
    )
    planned = plan(Sources(photographs or (), listed, selection, hints=not no_hints), naming)
    run = RunOptions(
        settings=settings,
        engine=_engine(engine, LocalEngine(model, device, threads, workers, batch_size), address, patience),
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        as_json=as_json,
        gallery=gallery,
        settings_changed=settings_changed,
    )
    raise typer.Exit(preview(planned, run) if dry_run else colour(planned, run, console))


def settings_of(said: Mapping[str, Any]) -> "PhotoSettings":
    """What the options, by the names of their parameters, say of a photograph; some may not be there."""
    from colorcli.archive.jobs import PhotoSettings

    most = said.get("max_pixels", MAX_PIXELS)
    look = {name: said[name] for name in ("saturation", "temperature", "strength", "render_size")}
    return PhotoSettings(
        look=Look(**look, border=not said["no_border"]),
        encoding=_encoding(said),
        hints=hint_options.hints_given(said["hint"], said.get("hints"), most),
        references=hint_options.references_given(said.get("reference"), most),
        **{name: said[name] for name in _NAMED_AS_SETTINGS if name in said},
    )


def _encoding(said: Mapping[str, Any]) -> "EncodeOptions":
    from colorcli.images import EncodeOptions, format_named

    return EncodeOptions(
        format=format_named(said["format_name"]) if said["format_name"] else None,
        quality=said["quality"],
        depth=int(said["depth"]) if said["depth"] else None,  # type: ignore[arg-type]
        flatten=said["flatten"],
        metadata=said["metadata"],
    )


def _engine(engine: str, each: "LocalEngine", address: str | None, patience: float) -> "Engine":
    """Threads of this machine, or a cluster; Ray is an extra, and slow to load."""
    if engine == "local" and address is None:
        return each
    if engine != "ray":
        raise UsageError("--address is that of a Ray cluster", "add --engine ray")
    from colorcli.archive.ray.engine import RayEngine

    return RayEngine(each, address or "auto", patience)
