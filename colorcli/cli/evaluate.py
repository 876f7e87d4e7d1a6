"""`colorcli evaluate`: how good a model's colours are, by one fixed protocol."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from colorcli.cli import evaluate_options as wanted
from colorcli.cli import options, ports_options
from colorcli.errors import PhotoError, UsageError
from colorcli.look import Look

if TYPE_CHECKING:
    from colorcli.cli.console import Console
    from colorcli.evaluate.goals import Goal
    from colorcli.evaluate.painters import Painter
    from colorcli.evaluate.photographs import Photograph
    from colorcli.evaluate.protocol import Measurement, Networks
    from colorcli.evaluate.report import Report
    from colorcli.inference.ports import Ports

STABILITY_PHOTOGRAPHS = 24  # each is enlarged to 4000 pixels as well: enough for a mean


@dataclass(frozen=True)
class Hardware:
    """Where the networks run."""

    device: str
    threads: int


def evaluate(
    paths: wanted.Paths,
    manifest: wanted.Manifest = None,
    inception: wanted.Inception = None,
    lpips: wanted.Lpips = None,
    limit: wanted.Limit = None,
    goals: wanted.Goals = False,
    grid: wanted.Grid = None,
    grid_rows: wanted.GridRows = wanted.GRID_ROWS,
    worst: wanted.Worst = 0,
    saturation: options.Saturation = Look.saturation,
    temperature: options.Temperature = Look.temperature,
    render_size: options.RenderSize = Look.render_size,
    input_layout: ports_options.InputLayout = ports_options.UNTOLD.layout,
    input_kind: ports_options.InputKind = None,
    input_range: ports_options.InputRange = ports_options.UNTOLD.levels,
    input_size: ports_options.InputSize = ports_options.UNTOLD.size,
    output_kind: ports_options.OutputKind = ports_options.UNTOLD.gives,
    output_scale: ports_options.OutputScale = ports_options.UNTOLD.scale,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    as_json: wanted.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Measure models on colour photographs: the lightness is coloured and compared with the truth.

    $ colorcli evaluate colorcli photographs/ --grid grid.png
    """
    from colorcli.cli.console import Console
    from colorcli.evaluate.photographs import find_photographs

    console = Console.open(quiet, verbose)
    if len(paths) < 2:
        raise UsageError(
            "give at least one model, then the folder of photographs", "see colorcli evaluate -h"
        )
    if worst and grid is None:
        raise UsageError("--worst goes with --grid", "give --grid FILE.png")
    machine = Hardware(device, threads)
    ports = ports_options.described(
        input_layout, input_kind, input_range, input_size, output_kind, output_scale
    )
    photographs = find_photographs(Path(paths[-1]), manifest, limit)
    look = Look(saturation, temperature, render_size=render_size)
    painters = _painters(paths[:-1], look, ports, machine)
    report = _measure(photographs, painters, _networks(inception, lpips, machine), console)
    verdicts = _judge(report, painters) if goals else []
    typer.echo(_as_json(report, verdicts) if as_json else _as_text(report, verdicts))
    if grid:
        _draw(grid, grid_rows, worst, painters, report.measurements)


def _painters(
    models: Sequence[str], look: "Look", ports: "Ports | None", machine: Hardware
) -> "list[Painter]":
    """Grey, then the models; a file of another project is asked through the ports, where they are given."""
    from colorcli.evaluate.painters import Grey, ModelPainter
    from colorcli.inference.description import Description

    painters: list[Painter] = [Grey()]
    for name in models:
        described = Description(Path(name).stem, "other", "", "", "", ports) if ports else None
        painters.append(ModelPainter.open(name, look, machine.device, machine.threads, described))
    return _told_apart(painters, ["", *models])


def _told_apart(painters: "list[Painter]", given: Sequence[str]) -> "list[Painter]":
    """Files of one name in different folders are called by their paths, as they were given."""
    files: dict[str, set[str]] = {}
    for painter, path in zip(painters, given, strict=True):
        files.setdefault(painter.name, set()).add(path)
    return [
        replace(painter, name=path) if len(files[painter.name]) > 1 and path else painter  # type: ignore[type-var]
        for painter, path in zip(painters, given, strict=True)
    ]


def _networks(inception: Path | None, lpips: Path | None, machine: Hardware) -> "Networks":
    from colorcli.evaluate.features import Inception, Lpips
    from colorcli.evaluate.protocol import Networks

    return Networks(
        Inception(inception, machine.device, machine.threads) if inception else None,
        Lpips(lpips, machine.device, machine.threads) if lpips else None,
    )


def _measure(
    photographs: "Sequence[Photograph]",
    painters: "Sequence[Painter]",
    networks: "Networks",
    console: "Console",
) -> "Report":
    """All measurements; a photograph that cannot be measured is left out and told of."""
    from colorcli.evaluate.protocol import measure
    from colorcli.evaluate.report import Report

    measurements, left_out = [], []
    for result in console.track(measure(photographs, painters, networks), len(photographs)):
        if isinstance(result, PhotoError):
            left_out.append(result.message)
        else:
            measurements.append(result)
    if not measurements:
        raise PhotoError("none of the photographs could be measured", left_out[0])
    network = networks.inception.network if networks.inception else None
    names = tuple(painter.name for painter in painters)
    return Report(names, tuple(measurements), tuple(left_out), network)


def _judge(report: "Report", painters: "Sequence[Painter]") -> "list[tuple[str, list[Goal]]]":
    """The name of each colorcli model, and its goals."""
    from colorcli.evaluate.edges import edge_difference
    from colorcli.evaluate.goals import Evidence, judge
    from colorcli.evaluate.painters import ModelPainter
    from colorcli.evaluate.pictures import every
    from colorcli.evaluate.stability import stability

    photographs = [measurement.photograph for measurement in report.measurements]
    few = every(photographs, STABILITY_PHOTOGRAPHS)
    verdicts = []
    for index, painter in enumerate(painters):
        if isinstance(painter, ModelPainter):
            edges, changes = edge_difference(photographs, painter), stability(few, painter)
            path = painter.colorizer.model.path
            evidence = Evidence(report.measurements, index, path, report.inception, edges, changes)
            verdicts.append((painter.name, judge(evidence)))
    return verdicts


def _as_text(report: "Report", verdicts: "list[tuple[str, list[Goal]]]") -> str:
    from colorcli.evaluate.report import text

    lists = ["\n".join([f"goals of {name}", *(f"  {goal}" for goal in goals)]) for name, goals in verdicts]
    return "\n\n".join([text(report), *lists])


def _as_json(report: "Report", verdicts: "list[tuple[str, list[Goal]]]") -> str:
    from colorcli.evaluate.report import document

    goals = [
        {"model": name, "goals": [asdict(goal) | {"reached": goal.reached} for goal in goals]}
        for name, goals in verdicts
    ]
    return json.dumps(document(report) | ({"goals": goals} if goals else {}), indent=2)


def _draw(
    path: Path, rows: int, worst: int, painters: "Sequence[Painter]", measurements: "Sequence[Measurement]"
) -> None:
    """The grid by the fixed rule and, beside it, the worst photographs of the first model."""
    from colorcli.evaluate import pictures

    photographs = [measurement.photograph for measurement in measurements]
    pictures.save(pictures.grid(pictures.every(photographs, rows), painters), path)
    if worst:
        chosen = pictures.worst(measurements, painter=1, count=worst)
        pictures.save(pictures.grid(chosen, painters), path.with_stem(f"{path.stem}-worst"))
