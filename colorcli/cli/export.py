"""`colorcli export`: a training run becomes one ONNX file that colorize takes."""

import logging
from pathlib import Path
from typing import Annotated, Literal

import typer

from colorcli.cli import options
from colorcli.cli.help import COMMON
from colorcli.errors import UsageError

_FILE = "The file"
_COLOUR = "Colour"
_NOTES = "What it says of itself"

Run = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `colorcli train --out` made.")]
Output = Annotated[
    Path,
    typer.Option("--output", "-o", metavar="FILE.onnx", help="The file to write.", rich_help_panel=_FILE),
    COMMON,
]
Weights = Annotated[
    Literal["last", "best"],
    typer.Option(
        metavar="last|best",
        help="Those at the run's end, or those with its lowest validation loss.",
        rich_help_panel=_FILE,
    ),
    COMMON,
]
Keep = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="How much of what the run began with (train --start) stays in the weights. 0.5 is the mean of "
        "before and after, which forgets less than the run did.",
        rich_help_panel=_FILE,
    ),
    COMMON,
]
Precision = Annotated[
    Literal["fp16", "fp32"],
    typer.Option(
        metavar="fp16|fp32",
        help="How large weights are stored. fp16 is half the size and equally fast; the network computes in "
        "float32 in either case.",
        rich_help_panel=_FILE,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", help="Replace a file that is there.", rich_help_panel=_FILE),
    COMMON,
]
RenderSize = Annotated[
    int | None,
    typer.Option(
        min=32,
        max=4096,
        metavar="PIXELS",
        help="The size at which it looks at photographs unless told otherwise. Default: what suits the "
        "architecture.",
        rich_help_panel=_COLOUR,
    ),
]
LargeRenderSize = Annotated[
    int | None,
    typer.Option(
        min=32,
        max=4096,
        metavar="PIXELS",
        help="The same for photographs that are at least as large. Default: no other.",
        rich_help_panel=_COLOUR,
    ),
]
Temperature = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=10.0,
        metavar="T",
        help="Its temperature unless told otherwise: lower is more vivid. Default: the run's.",
        rich_help_panel=_COLOUR,
    ),
]
Saturation = Annotated[
    float,
    typer.Option(
        min=0.01,
        max=4.0,
        metavar="FACTOR",
        help="Multiply its colourfulness, inside the file, so that 1.0 looks right to whoever uses it.",
        rich_help_panel=_COLOUR,
    ),
    COMMON,
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="What it is called. Default: the file's, without .onnx.", rich_help_panel=_NOTES
    ),
    COMMON,
]
Version = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Of this model, not of colorcli. Default: how many steps it has learnt.",
        rich_help_panel=_NOTES,
    ),
]
Licence = Annotated[
    str, typer.Option(metavar="TEXT", help="Under which its weights may be used.", rich_help_panel=_NOTES)
]
Data = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="What it was trained on. Default: the names of the run's sources, without their folders.",
        rich_help_panel=_NOTES,
    ),
]
Evaluate = Annotated[
    Path | None,
    typer.Option(
        "--evaluate",
        metavar="DIR",
        help="Then measure the file on these photographs, as colorcli evaluate does.",
    ),
    COMMON,
]


def check_onnx_name(output: Path) -> None:
    """Refuse a model file that no command would know by its name."""
    if output.suffix.lower() != ".onnx":
        raise UsageError(f"{output} does not end in .onnx", f"Such as -o {output.with_suffix('.onnx')}.")


def export(
    run: Run,
    output: Output,
    weights: Weights = "last",
    keep: Keep = 0.0,
    name: Name = None,
    version: Version = "",
    licence: Licence = "not stated",
    data: Data = "",
    render_size: RenderSize = None,
    large_render_size: LargeRenderSize = None,
    temperature: Temperature = None,
    saturation: Saturation = 1.0,
    precision: Precision = "fp16",
    overwrite: Overwrite = False,
    evaluate_on: Evaluate = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write a run's network as an ONNX file, and make sure that it colours photographs as Keras does.

    $ colorcli export RUN -o model.onnx --evaluate photographs/
    """
    from colorcli.cli.console import Console
    from colorcli.training import dependencies

    Console.open(quiet, verbose)
    check_onnx_name(output)
    dependencies.require_tensorflow("onnx", "tf2onnx")
    from colorcli.training.onnx_export.export import ExportOptions
    from colorcli.training.onnx_export.export import export as write

    wanted = ExportOptions(
        name=name or output.stem,
        version=version,
        licence=licence,
        data=data,
        render_size=render_size,
        large_render_size=large_render_size,
        temperature=temperature,
        saturation=saturation,
        precision=precision,
        overwrite=overwrite,
        weights=weights,
        keep=keep,
    )
    done = write(run, output, wanted)
    size = output.stat().st_size / 1e6
    logging.getLogger("colorcli").info(
        f"{output}: {size:.1f} MB, within {done.difference:.2g} ab units of Keras"
    )
    if evaluate_on:
        from colorcli.cli.evaluate import evaluate

        evaluate([str(output), str(evaluate_on)], quiet=quiet, verbose=verbose)
