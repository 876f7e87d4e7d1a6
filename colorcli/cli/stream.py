"""`colorcli stream`: many pictures through one process, from pipe to pipe."""

import re
from typing import Annotated, Literal

import typer

from colorcli.cli import hint_options, options
from colorcli.cli.help import COMMON
from colorcli.cli.process import claim_stdout, open_stdin, refuse_terminal
from colorcli.errors import UsageError
from colorcli.limits import MAX_PIXELS
from colorcli.look import Look

_STREAM = "Stream"
_SIZE = re.compile(r"([1-9][0-9]{0,8})x([1-9][0-9]{0,8})", re.ASCII)

StreamFormat = Annotated[
    Literal["auto", "y4m", "pictures", "rgb24", "gray8", "gray16le"],
    typer.Option(
        "--format",
        metavar="NAME",
        envvar="COLORCLI_STREAM_FORMAT",
        help="y4m (yuv4mpeg), pictures (JPEG, PNG, PGM or PPM files one after the other) or raw frames: "
        "rgb24, gray8 (comes out as rgb24), gray16le (comes out as rgb48le). auto tells the first two apart.",
        rich_help_panel=_STREAM,
    ),
    COMMON,
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="WxH",
        envvar="COLORCLI_SIZE",
        help="Width and height of raw frames, such as 640x480.",
        rich_help_panel=_STREAM,
    ),
    COMMON,
]
Matrix = Annotated[
    Literal["601", "709"] | None,
    typer.Option(
        metavar="601|709",
        envvar="COLORCLI_MATRIX",
        help="Of y4m: how colour planes encode colour. Default: BT.601 below 720 lines, else BT.709.",
        rich_help_panel=_STREAM,
    ),
]
Chroma = Annotated[
    Literal["420", "422", "444"] | None,
    typer.Option(
        metavar="420|422|444",
        envvar="COLORCLI_CHROMA",
        help="Of y4m: the resolution of the colour planes. Default: the stream's; 444 for mono.",
        rich_help_panel=_STREAM,
    ),
]
Every = Annotated[
    int,
    typer.Option(
        min=1,
        max=1000,
        metavar="N",
        envvar="COLORCLI_EVERY",
        help="Run the network on every N-th frame (and on each new scene) and carry colour in between.",
        rich_help_panel=_STREAM,
    ),
]
NoTemporal = Annotated[
    bool,
    typer.Option(
        "--no-temporal",
        envvar="COLORCLI_NO_TEMPORAL",
        help="Colour each frame for itself; otherwise colour is carried from frame to frame along the "
        "motion, so that it does not flicker.",
        rich_help_panel=_STREAM,
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        min=0.0,
        metavar="SECONDS",
        envvar="COLORCLI_TIMEOUT",
        help="Give up when the next frame takes longer than this to arrive; 0 waits for ever.",
        rich_help_panel=_STREAM,
    ),
]


def stream(
    format_name: StreamFormat = "auto",
    size: Size = None,
    matrix: Matrix = None,
    chroma: Chroma = None,
    every: Annotated[Every, COMMON] = 1,
    no_temporal: NoTemporal = False,
    timeout: Timeout = 120.0,
    reference: hint_options.FilmReferences = None,
    saturation: options.Saturation = Look.saturation,
    temperature: options.Temperature = Look.temperature,
    strength: options.Strength = Look.strength,
    render_size: options.RenderSize = Look.render_size,
    quality: options.Quality = None,
    max_pixels: options.MaxPixels = MAX_PIXELS,
    model: options.ModelName = None,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Colour a stream of pictures from stdin to stdout, frame by frame, in order.

    $ ffmpeg -i old.mp4 -f yuv4mpegpipe - | colorcli stream | ffmpeg -i - new.mp4
    $ ffmpeg -i old.mp4 -f image2pipe -c:v png - | colorcli stream > new.pngs
    $ cat *.jpg | colorcli stream --no-temporal > all.mjpeg

    yuv4mpeg keeps its luma plane byte for byte; only the colour planes are made.
    """
    from colorcli.cli.console import Console
    from colorcli.colorizer import Colorizer
    from colorcli.stream.guidance import Guidance
    from colorcli.stream.kinds import Form
    from colorcli.stream.pipeline import StreamSettings, run

    if no_temporal and every > 1:
        raise UsageError("--every carries colour, and --no-temporal forbids it", "leave one of them out")
    form = Form(format_name, _size(size), matrix, chroma, quality, max_pixels)
    look = Look(saturation, temperature, strength, render_size, border=False)  # a border found would flicker
    settings = StreamSettings(look, not no_temporal, every, timeout or None)
    references = hint_options.references_given(reference, max_pixels)
    console = Console.open(quiet, verbose)
    with claim_stdout() as stdout:
        refuse_terminal(stdout)
        colorizer = Colorizer(model, device, threads)
        if colorizer.model.notice:
            console.warn(colorizer.model.notice)
        guidance = Guidance(tuple(colorizer.reference(one.pixels, look) for one in references))
        for _ in run(form, colorizer, settings, open_stdin(), stdout, guidance):
            pass


def _size(text: str | None) -> tuple[int, int] | None:
    """Width and height."""
    if text is None:
        return None
    found = _SIZE.fullmatch(text.lower())
    if not found:
        shown = text if len(text) < 40 else f"{text[:40]}..."
        raise UsageError(f"--size {shown} is no size", "write it as WIDTHxHEIGHT, such as 640x480")
    return int(found[1]), int(found[2])
