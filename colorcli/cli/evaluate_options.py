"""The options of `colorcli evaluate` that no other command has."""

from pathlib import Path
from typing import Annotated

import typer

from colorcli.cli.help import COMMON

GRID_ROWS = 12
_FIGURES = "Figures"
_PICTURES = "Pictures"

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL... DIR",
        help="Models by name or file, then a folder of colour photographs; its sub-folders are categories.",
        show_default=False,
    ),
]
Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="CSV",
        help="A table with the columns file, category: the photographs of DIR that count.",
        rich_help_panel=_FIGURES,
    ),
]
Inception = Annotated[
    Path | None,
    typer.Option(
        metavar="ONNX", help="From `colorcli weights inception`: adds FID.", rich_help_panel=_FIGURES
    ),
    COMMON,
]
Lpips = Annotated[
    Path | None,
    typer.Option(metavar="ONNX", help="From `colorcli weights lpips`: adds LPIPS.", rich_help_panel=_FIGURES),
    COMMON,
]
Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Only N photographs, evenly spread.", rich_help_panel=_FIGURES),
    COMMON,
]
Goals = Annotated[
    bool,
    typer.Option(
        "--goals",
        help="Also judge each colorcli model by the goals of a default model.",
        rich_help_panel=_FIGURES,
    ),
    COMMON,
]
Grid = Annotated[
    Path | None,
    typer.Option(
        metavar="PNG", help="Every k-th photograph: grey, each model, truth.", rich_help_panel=_PICTURES
    ),
    COMMON,
]
GridRows = Annotated[int, typer.Option(min=1, metavar="N", help="Rows of it.", rich_help_panel=_PICTURES)]
Worst = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        help="Also draw the first model's N worst photographs, by CIEDE2000. They go into NAME-worst.png "
        "beside the grid.",
        rich_help_panel=_PICTURES,
    ),
    COMMON,
]
Json = Annotated[
    bool,
    typer.Option("--json", help="One JSON document on stdout.", rich_help_panel="Messages"),
    COMMON,
]
