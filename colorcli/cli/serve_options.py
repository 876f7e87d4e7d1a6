"""The options of `colorcli serve`."""

from pathlib import Path
from typing import Annotated

import typer

from colorcli.cli.help import COMMON

Folder = Annotated[
    Path | None,
    typer.Argument(
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        help="Photographs to go through, the doubtful ones first. Without it, the page takes those that are "
        "dropped on it.",
        show_default=False,
    ),
]
Port = Annotated[
    int,
    typer.Option(
        min=0,
        max=65535,
        metavar="N",
        envvar="COLORCLI_PORT",
        help="Where to listen, on this machine alone. 0 takes any port that is free.",
    ),
    COMMON,
]
Open = Annotated[
    bool,
    typer.Option("--open", envvar="COLORCLI_OPEN", help="Open the page in the browser."),
    COMMON,
]
Token = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        envvar="COLORCLI_TOKEN",
        help="What whoever asks has to know: programs send it as Authorization: Bearer TEXT. Others on this "
        "machine can read a command line, so prefer the variable. Default: a new one each time.",
        show_default=False,
    ),
]
MaxUpload = Annotated[
    int,
    typer.Option(
        min=1,
        metavar="MEGABYTES",
        envvar="COLORCLI_MAX_UPLOAD",
        help="Refuse files that are sent with more bytes than this.",
    ),
]
