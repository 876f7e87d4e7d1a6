"""`colorcli film`: a film file in, the same film in colour out."""

from pathlib import Path
from typing import Annotated

import typer

from colorcli.cli import options
from colorcli.cli.stream import Every, NoTemporal
from colorcli.errors import UsageError
from colorcli.look import Look

Source = Annotated[
    str, typer.Argument(metavar="IN", help="A film, in any format ffmpeg reads.", show_default=False)
]
Target = Annotated[
    str,
    typer.Argument(
        metavar="OUT",
        help="The film in colour; its ending says the format: mkv, mp4, mov, webm.",
        show_default=False,
    ),
]
Crf = Annotated[
    int,
    typer.Option(
        "--crf",
        min=0,
        max=51,
        metavar="N",
        envvar="COLORCLI_CRF",
        help="What the video encoder may lose: lower is better and larger.",
    ),
]
Overwrite = Annotated[
    bool,
    typer.Option("--overwrite", metavar="", envvar="COLORCLI_OVERWRITE", help="Replace OUT if it exists."),
]


def film(
    source: Source,
    target: Target,
    crf: Crf = 16,
    overwrite: Overwrite = False,
    every: Every = 1,
    no_temporal: NoTemporal = False,
    saturation: options.Saturation = Look.saturation,
    temperature: options.Temperature = Look.temperature,
    strength: options.Strength = Look.strength,
    render_size: options.RenderSize = Look.render_size,
    model: options.ModelName = None,
    device: options.Device = "auto",
    threads: options.Threads = 0,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Colour a film. Sound, subtitles, chapters and metadata are copied; ffmpeg does the reading and writing.

    [dim]$[/dim] colorcli film old.mp4 new.mp4

    A run that was interrupted goes on where it stopped: parts are kept in OUT.parts until the film is whole.
    """
    from colorcli.cli.console import Console
    from colorcli.colorizer import Colorizer
    from colorcli.stream.ffmpeg import probe
    from colorcli.stream.film import Plan, colour
    from colorcli.stream.pipeline import StreamSettings

    if no_temporal and every > 1:
        raise UsageError("--every carries colour, and --no-temporal forbids it", "leave one of them out")
    console = Console.open(quiet, verbose)
    found = probe(Path(source))
    look = Look(saturation, temperature, strength, render_size, border=False)
    plan = Plan(Path(source), Path(target), StreamSettings(look, not no_temporal, every), crf, overwrite)
    colorizer = Colorizer(model, device, threads)
    if colorizer.model.notice:
        console.warn(colorizer.model.notice)
    for _ in console.track(colour(plan, found, colorizer), found.frames):
        pass
