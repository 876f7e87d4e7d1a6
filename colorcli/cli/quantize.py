"""`colorcli quantize`: a model becomes a smaller and, on a processor, faster one."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colorcli.cli import complete, options
from colorcli.cli.export import check_onnx_name
from colorcli.errors import PhotoError
from colorcli.files import refuse_existing

if TYPE_CHECKING:
    from colorcli.color.lab import Floats
    from colorcli.evaluate.photographs import Photograph

Model = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A name of `colorcli models`, or a file.", autocompletion=complete.models
    ),
]
Photographs = Annotated[
    Path, typer.Argument(metavar="DIR", help="Photographs such as it will see, in colour or not.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE.onnx", help="The file to write.")]
Limit = Annotated[int, typer.Option(min=1, metavar="N", help="Look at so many of them, evenly spread.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]


def quantize(
    model: Model,
    photographs: Photographs,
    output: Output,
    limit: Limit = 200,
    overwrite: Overwrite = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Let a model compute in 8-bit integers: half the size, and faster where there is no GPU.

    $ colorcli quantize colorcli photographs/ -o mine-int8.onnx
    """
    from colorcli.cli.console import Console
    from colorcli.evaluate.photographs import find_photographs
    from colorcli.inference.model import Model as Opened
    from colorcli.inference.model import find_model
    from colorcli.training import dependencies

    console = Console.open(quiet, verbose)
    check_onnx_name(output)
    refuse_existing(output, overwrite)
    dependencies.require("onnx")
    from colorcli.training.onnx_export.int8 import quantize as write

    source, found = find_model(model), find_photographs(photographs, limit=limit)
    seen = _lightness(found, Opened.open(source, "cpu").spec.render_size)
    write(source, console.track(seen, len(found)), output, overwrite)
    console.say(f"{output}: {output.stat().st_size / 1e6:.1f} MB for {source.stat().st_size / 1e6:.1f}")


def _lightness(photographs: "Sequence[Photograph]", size: int) -> "Iterator[Floats]":
    """What a model that looks at so many pixels sees of those that can be read."""
    from colorcli.color.working import working_lightness
    from colorcli.images import decode

    for photograph in photographs:
        try:
            yield working_lightness(decode(photograph.path).pages[0].pixels, size)
        except PhotoError:
            continue
