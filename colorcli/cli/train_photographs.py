"""The options of `colorcli train` that say which photographs it learns from, and what is done to them."""

from pathlib import Path
from typing import Annotated

import typer

from colorcli.cli.help import COMMON

_PHOTOGRAPHS = "Photographs"

Categories = Annotated[
    str | None,
    typer.Option(
        "--category",
        metavar="NAME,...",
        help="Only these categories, such as person,coast.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
    COMMON,
]
CategoryFrom = Annotated[
    str | None,
    typer.Option(
        metavar="folder|name|FILE.csv",
        help="What tells the category of a photograph: the first folder that it lies in (train/ and test/ "
        "are none), the word that its name begins with (coast_art1.jpg), or a table with the columns file "
        "and category. Default: folder.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
Limit = Annotated[
    int | None,
    typer.Option(
        min=0,
        metavar="N",
        help="At most so many photographs of each source, evenly spread; 0 is all.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
Validation = Annotated[
    str | None,
    typer.Option(
        metavar="SHARE|N|FILE|DIR",
        help="What is held back to judge by. A share, a number of photographs, a text file of names, or a "
        "folder of its own. Their names are written to validation.txt in RUN. Default: 0.1.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
    COMMON,
]
Crop = Annotated[
    int | None,
    typer.Option(
        min=32, max=1024, metavar="PIXELS", help="Side of what is learnt from.", rich_help_panel=_PHOTOGRAPHS
    ),
]
Scale = Annotated[
    float | None,
    typer.Option(
        min=0.05,
        max=1.0,
        metavar="SHARE",
        help="The smallest crop, as a share of the short side; 1 takes all of it. Default: 0.6.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="COLORCLI_CACHE",
        help="Where decoded photographs are kept. Default: colorcli in the user's cache folder.",
        rich_help_panel=_PHOTOGRAPHS,
    ),
]
NoFlip = Annotated[bool, typer.Option("--no-flip", help="Never mirror.", rich_help_panel=_PHOTOGRAPHS)]
NoNoise = Annotated[bool, typer.Option("--no-noise", help="Put no grain on L.", rich_help_panel=_PHOTOGRAPHS)]
NoBlur = Annotated[bool, typer.Option("--no-blur", help="Never blur L.", rich_help_panel=_PHOTOGRAPHS)]
NoFading = Annotated[bool, typer.Option("--no-fading", help="Never fade L.", rich_help_panel=_PHOTOGRAPHS)]
NoCurve = Annotated[
    bool, typer.Option("--no-curve", help="Keep the contrast of L.", rich_help_panel=_PHOTOGRAPHS)
]
NoJpeg = Annotated[bool, typer.Option("--no-jpeg", help="Put no JPEG on L.", rich_help_panel=_PHOTOGRAPHS)]
