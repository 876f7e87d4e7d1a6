"""The options, each with its help and its environment variable, shared by the commands that take them."""

from typing import Annotated, Any, Literal

import typer

from colorcli.cli import complete
from colorcli.cli.help import COMMON

_RESULT = "Where the result goes"
_COLOUR = "Colour"
_FILE = "Image file"
_MACHINE = "Model and machine"
_MESSAGES = "Messages"


def max_pixels(pictures: str, panel: str) -> Any:
    """The option that bounds them, whichever a command takes."""
    return typer.Option(
        "--max-pixels",
        min=1,
        metavar="PIXELS",
        envvar="COLORCLI_MAX_PIXELS",
        help=f"Refuse {pictures} with more pixels than this, before any memory is spent on them.",
        rich_help_panel=panel,
    )


Photographs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH|-",
        help="Photographs, folders, tar archives, URLs of any of these, or [bold]-[/bold] for stdin. Of a "
        "folder the photographs directly inside are taken; with -r, all below. URLs begin with s3://, "
        "gs://, sftp:// and others. Without -o, the result of [bold]-[/bold] goes to stdout.",
        show_default=False,
    ),
]

# Where the result goes
Output = Annotated[
    str | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|DIR|URL|-",
        envvar="COLORCLI_OUTPUT",
        help="A file, or a folder for several; otherwise NAME.color.EXT beside each photograph. A file's "
        "extension tells its format. A folder is meant for several photographs, or when the name ends in / "
        "or has no extension; it is made if missing, and each keeps its name there. [bold]-[/bold] is "
        "stdout.",
        rich_help_panel=_RESULT,
    ),
    COMMON,
]
Suffix = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        envvar="COLORCLI_SUFFIX",
        help="What stands between NAME and EXT. Default: .color beside the photograph (.compare with "
        "--compare), nothing in another folder.",
        rich_help_panel=_RESULT,
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        envvar="COLORCLI_OVERWRITE",
        help="Replace results that exist already. Otherwise they are kept and the photograph is skipped. "
        "An input is never overwritten.",
        rich_help_panel=_RESULT,
    ),
    COMMON,
]
PreserveTimes = Annotated[
    bool,
    typer.Option(
        "--preserve-times",
        envvar="COLORCLI_PRESERVE_TIMES",
        help="Give the result the photograph's file times (its permissions it always gets).",
        rich_help_panel=_RESULT,
    ),
]

# Colour
Saturation = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=4.0,
        metavar="FACTOR",
        envvar="COLORCLI_SATURATION",
        help="Multiply the colourfulness; 0 is grey.",
        rich_help_panel=_COLOUR,
    ),
    COMMON,
]
Temperature = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        max=10.0,
        metavar="T",
        envvar="COLORCLI_TEMPERATURE",
        help="How bold the model decides between colours it holds possible: lower is more vivid, higher more "
        "cautious. Only for models that have one. Default: the model's own.",
        rich_help_panel=_COLOUR,
    ),
]
Strength = Annotated[
    float,
    typer.Option(
        min=0.0,
        max=1.0,
        metavar="FACTOR",
        envvar="COLORCLI_STRENGTH",
        help="Blend between grey (0) and full colour (1).",
        rich_help_panel=_COLOUR,
    ),
]
RenderSize = Annotated[
    int | None,
    typer.Option(
        min=32,
        max=4096,
        metavar="PIXELS",
        envvar="COLORCLI_RENDER_SIZE",
        help="The size at which the network looks at the photograph, as the side of a square of the same "
        "area. The result is always full size. Default: what suits the model.",
        rich_help_panel=_COLOUR,
    ),
]
NoBorder = Annotated[
    bool,
    typer.Option(
        "--no-border",
        envvar="COLORCLI_NO_BORDER",
        help="Do not look for a plain border or mount; otherwise it is found and stays neutral.",
        rich_help_panel=_COLOUR,
    ),
]
Coloured = Annotated[
    Literal["keep", "recolor"],
    typer.Option(
        "--coloured",
        metavar="keep|recolor",
        envvar="COLORCLI_COLOURED",
        help="What becomes of photographs that are in colour already. keep: they are copied byte for byte, "
        "or written in another format if that was asked for. recolor: their colour is replaced. Sepia and "
        "toned prints are coloured always, and so is what is given hints, --variants or --certainty.",
        rich_help_panel=_COLOUR,
    ),
]
Compare = Annotated[
    bool,
    typer.Option(
        "--compare",
        envvar="COLORCLI_COMPARE",
        help="Write before and after side by side.",
        rich_help_panel=_COLOUR,
    ),
    COMMON,
]

# Image file
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        autocompletion=complete.formats,
        envvar="COLORCLI_FORMAT",
        help="jpeg, png, tiff, webp, avif, jp2, bmp or ppm. Default: the extension of -o FILE, otherwise the "
        "photograph's own.",
        rich_help_panel=_FILE,
    ),
    COMMON,
]
Quality = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=100,
        metavar="N",
        envvar="COLORCLI_QUALITY",
        help="For JPEG, WebP, AVIF and JPEG 2000. Default: 95 for JPEG, colour at full resolution (4:4:4).",
        rich_help_panel=_FILE,
    ),
]
Depth = Annotated[
    Literal["8", "16"] | None,
    typer.Option(
        metavar="8|16",
        envvar="COLORCLI_DEPTH",
        help="Bits a channel. Default: the photograph's; 16 bits into a format of 8 are refused without "
        "--depth 8.",
        rich_help_panel=_FILE,
    ),
]
Flatten = Annotated[
    bool,
    typer.Option(
        "--flatten",
        envvar="COLORCLI_FLATTEN",
        help="Lay a transparent photograph on white; otherwise transparency is kept, and refused where the "
        "format has none.",
        rich_help_panel=_FILE,
    ),
]
Metadata = Annotated[
    Literal["all", "none"],
    typer.Option(
        metavar="all|none",
        envvar="COLORCLI_METADATA",
        help="Keep EXIF, XMP, IPTC and resolution, or strip them. That the colour was made by a model is "
        "always noted in the result.",
        rich_help_panel=_FILE,
    ),
]
MaxPixels = Annotated[int, max_pixels("photographs, references and painted hints", _FILE)]

# Model and machine
ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME|FILE",
        autocompletion=complete.models,
        envvar="COLORCLI_MODEL",
        help="A model by name (see [bold]colorcli models[/bold]) or a file made by colorcli export. Default: "
        "the model that came with colorcli.",
        rich_help_panel=_MACHINE,
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="auto|cpu|cuda[:N]|...",
        autocompletion=complete.devices,
        envvar="COLORCLI_DEVICE",
        help="Where the network runs. auto takes a GPU if it works; what is named fails (exit code 5) if it "
        "does not: cpu, cuda[:N], openvino[:GPU|:NPU], coreml, directml, rocm, migraphx, webgpu.",
        rich_help_panel=_MACHINE,
    ),
]
Threads = Annotated[
    int,
    typer.Option(
        min=0,
        max=1024,
        metavar="N",
        envvar="COLORCLI_THREADS",
        help="CPU threads; 0 is one for each core.",
        rich_help_panel=_MACHINE,
    ),
]

# Messages
Json = Annotated[
    bool,
    typer.Option(
        "--json",
        envvar="COLORCLI_JSON",
        help="Write one JSON record a photograph to stdout, as each is finished.",
        rich_help_panel=_MESSAGES,
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        envvar="COLORCLI_QUIET",
        help="Say nothing but errors.",
        rich_help_panel=_MESSAGES,
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        envvar="COLORCLI_VERBOSE",
        help="Say more: notes on each file, tracebacks with errors.",
        rich_help_panel=_MESSAGES,
    ),
]
