"""The options of `colorcli colorize` for many photographs at a time."""

from typing import Annotated, Literal

import typer

from colorcli.cli.help import COMMON

_MANY = "Many photographs"
_MACHINES = "More than one machine"

Recursive = Annotated[
    bool,
    typer.Option(
        "--recursive",
        "-r",
        envvar="COLORCLI_RECURSIVE",
        help="Take the folders in a folder too. -o DIR gets the same tree. Hidden files are left out, links "
        "to folders are not followed.",
        rich_help_panel=_MANY,
    ),
    COMMON,
]
Include = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        envvar="COLORCLI_INCLUDE",
        help="Of folders, take only photographs whose name matches, or whose path below the folder if GLOB "
        "has a /. Can be given several times.",
        rich_help_panel=_MANY,
    ),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        envvar="COLORCLI_EXCLUDE",
        help="Of folders, leave out photographs and folders that match, likewise.",
        rich_help_panel=_MANY,
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|-",
        envvar="COLORCLI_FILES_FROM",
        help="Read the names of photographs from a file, or from stdin, one a line. In -o DIR each keeps its "
        "path.",
        rich_help_panel=_MANY,
    ),
]
Null = Annotated[
    bool,
    typer.Option(
        "--null",
        "-0",
        envvar="COLORCLI_NULL",
        help="The names of --files-from end in NUL, as find -print0 writes them, not in a newline.",
        rich_help_panel=_MANY,
    ),
]
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        envvar="COLORCLI_DRY_RUN",
        help="Do nothing, but say what would be done. It goes to stdout, with the names that would collide.",
        rich_help_panel=_MANY,
    ),
    COMMON,
]
RetryFailed = Annotated[
    bool,
    typer.Option(
        "--retry-failed",
        envvar="COLORCLI_RETRY_FAILED",
        help="Of the photographs, take only those that the journal in -o DIR says have failed.",
        rich_help_panel=_MANY,
    ),
]
SettingsChanged = Annotated[
    Literal["keep", "redo"],
    typer.Option(
        metavar="keep|redo",
        envvar="COLORCLI_SETTINGS_CHANGED",
        help="What to do with results in -o DIR that were made with another model, other settings or an "
        "older colorcli whose results differ.",
        rich_help_panel=_MANY,
    ),
]
FailFast = Annotated[
    bool,
    typer.Option(
        "--fail-fast",
        envvar="COLORCLI_FAIL_FAST",
        help="Begin nothing more once a photograph has failed.",
        rich_help_panel=_MANY,
    ),
]
Shards = Annotated[
    bool,
    typer.Option(
        "--shards",
        envvar="COLORCLI_SHARDS",
        help="Write the results of each tar archive as a tar archive: members keep names and order, those "
        "that are no photographs are copied. Otherwise the results of a.tar become files in DIR/a/. The tar "
        "archives in folders are taken only with this, or if an --include matches them.",
        rich_help_panel=_MANY,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        max=1024,
        metavar="N",
        envvar="COLORCLI_JOBS",
        help="Photographs in work at a time. Default: one more than cores, or more on a GPU.",
        rich_help_panel=_MANY,
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1024,
        metavar="N",
        envvar="COLORCLI_BATCH_SIZE",
        help="Photographs of one working size that share a call of the network. Default: 1 on a CPU, "
        "found by a short trial on a GPU.",
        rich_help_panel=_MANY,
    ),
]
Gallery = Annotated[
    bool,
    typer.Option(
        "--gallery",
        envvar="COLORCLI_GALLERY",
        help="At the end write a page of before and after. It is index.html in -o DIR, and needs no network.",
        rich_help_panel=_MANY,
    ),
    COMMON,
]
EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--engine",
        metavar="local|ray",
        envvar="COLORCLI_ENGINE",
        help="Who does the work: this machine, or a Ray cluster whose nodes all see the photographs and the "
        "results (pip install 'colorcli\\[ray]'). Its workers are one a GPU, else one a node or, with "
        "--threads N, one for each N cores; -j is that of each worker.",
        rich_help_panel=_MACHINES,
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        metavar="auto|HOST:PORT",
        envvar="COLORCLI_ADDRESS",
        help="Of the Ray cluster. Default: auto, the one that this machine belongs to.",
        rich_help_panel=_MACHINES,
    ),
]
Patience = Annotated[
    float,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        envvar="COLORCLI_PATIENCE",
        help="How long to wait for nodes while the Ray cluster has none that can work.",
        rich_help_panel=_MACHINES,
    ),
]
