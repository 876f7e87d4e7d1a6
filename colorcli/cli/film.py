"""`colorcli film`: a film file in, the same film in colour out."""

import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from colorcli.cli import hint_options, options
from colorcli.cli.help import COMMON
from colorcli.cli.stream import Every, NoTemporal
from colorcli.errors import UsageError
from colorcli.limits import MAX_PIXELS
from colorcli.look import Look

if TYPE_CHECKING:
    from colorcli.cli.console import Console
    from colorcli.colorizer import Colorizer
    from colorcli.stream.film import Plan
    from colorcli.stream.keyframes import Keyframe
    from colorcli.stream.probe import Film
    from colorcli.stream.transcode import Span

_FILM = "Film"
_TIME = re.compile(r"(\d{1,6}:)?(\d{1,6}:)?\d{1,9}(\.\d{1,9})?", re.ASCII)

Source = Annotated[
    str, typer.Argument(metavar="IN", help="A film, in any format ffmpeg reads.", show_default=False)
]
Target = Annotated[
    str | None,
    typer.Argument(
        metavar="OUT",
        help="The film in colour; its ending says the format: mkv, mp4, m4v, mov or webm. Left out with "
        "--preview.",
        show_default=False,
    ),
]
CodecName = Annotated[
    Literal["h264", "h265", "vp9", "ffv1", "prores", "dnxhr"] | None,
    typer.Option(
        "--codec",
        metavar="NAME",
        envvar="COLORCLI_FILM_CODEC",
        help="h264, h265, vp9, ffv1 (loses nothing), prores or dnxhr. Default: ProRes, DNxHR, FFV1 and H.265 "
        "stay what they are where OUT can hold them; vp9 for webm, h264 for all else.",
        rich_help_panel=_FILM,
    ),
    COMMON,
]
Quality = Annotated[
    str | None,
    typer.Option(
        metavar="small|good|best|CRF",
        envvar="COLORCLI_FILM_QUALITY",
        help="What the codec may lose. A number is the CRF of h264, h265 and vp9, where lower is better and "
        "larger. Default: good (a CRF of 16 for h264); the film's own profile where ProRes stays ProRes.",
        rich_help_panel=_FILM,
        show_default=False,
    ),
    COMMON,
]
PixelFormat = Annotated[
    str | None,
    typer.Option(
        "--pix-fmt",
        metavar="NAME",
        envvar="COLORCLI_FILM_PIX_FMT",
        help="Such as yuv420p or yuv422p10le. Default: the film's depth and resolution of colour, as far as "
        "the codec has them.",
        rich_help_panel=_FILM,
    ),
]
Start = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        envvar="COLORCLI_FILM_START",
        help="Begin here: seconds, or [[HH:]MM:]SS, such as 1:30 or 90.5.",
        rich_help_panel=_FILM,
    ),
    COMMON,
]
End = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        envvar="COLORCLI_FILM_END",
        help="End here, counted from the film's beginning.",
        rich_help_panel=_FILM,
    ),
    COMMON,
]
Preview = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="COLORCLI_FILM_PREVIEW",
        help="Write no film but twelve frames of it, in colour, as one picture. They are from all over the "
        "film.",
        rich_help_panel=_FILM,
    ),
    COMMON,
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite", envvar="COLORCLI_OVERWRITE", help="Replace OUT if it exists.", rich_help_panel=_FILM
    ),
    COMMON,
]


def film(
    source: Source,
    target: Target = None,
    codec: CodecName = None,
    quality: Quality = None,
    pix_fmt: PixelFormat = None,
    start: Start = None,
    end: End = None,
    preview: Preview = None,
    overwrite: Overwrite = False,
    reference: hint_options.FilmReferences = None,
    keyframe: hint_options.Keyframes = None,
    max_pixels: hint_options.FilmMaxPixels = MAX_PIXELS,
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

    $ colorcli film old.mp4 new.mp4
    $ colorcli film old.mp4 --preview sheet.jpg
    $ colorcli film old.mov new.mov --codec prores --start 1:00 --end 1:20
    $ colorcli film old.mp4 new.mp4 --keyframe 1:20=frame.png

    A run that was interrupted goes on where it stopped: parts are kept in OUT.parts until the film is whole.
    """
    from colorcli.cli.console import Console
    from colorcli.colorizer import Colorizer
    from colorcli.stream.codecs import Wish
    from colorcli.stream.film import Plan
    from colorcli.stream.pipeline import StreamSettings
    from colorcli.stream.probe import probe
    from colorcli.stream.sheet import FRAMES, write_sheet

    if no_temporal and every > 1:
        raise UsageError("--every carries colour, and --no-temporal forbids it", "leave one of them out")
    if target is None and preview is None:
        raise UsageError("OUT is missing", f"write for example: colorcli film {source} new.mp4")
    if preview and keyframe:
        raise UsageError(
            "--keyframe is for a scene, and --preview shows single frames", "leave one of them out"
        )
    references = hint_options.references_given(reference, max_pixels)
    keyframes = _keyframes(keyframe or (), max_pixels)
    console = Console.open(quiet, verbose)
    span = _span(start, end)
    look = Look(saturation, temperature, strength, render_size, border=False)
    found = probe(Path(source))
    colorizer = Colorizer(model, device, threads)
    if colorizer.model.notice:
        console.warn(colorizer.model.notice)
    if preview is not None:
        seen = [colorizer.reference(one.pixels, look) for one in references]
        sheet = write_sheet(preview, found, span, colorizer, look, overwrite, seen)
        console.say(f"{preview}: {max(console.track(sheet, FRAMES))} frames of {source} in colour")
        return
    assert target is not None
    settings = StreamSettings(look, not no_temporal, every)
    wish = Wish(codec, quality, pix_fmt)
    plan = Plan(Path(source), Path(target), settings, wish, span, overwrite, references, keyframes)
    _colour(plan, found, colorizer, console)


def _colour(plan: "Plan", found: "Film", colorizer: "Colorizer", console: "Console") -> None:
    from colorcli.archive.progress import duration
    from colorcli.stream.film import colour

    begun = time.monotonic()
    frames = max(console.count(colour(plan, found, colorizer), plan.span.frames(found), "frames"))
    size = plan.target.stat().st_size / 1e6
    took = duration(time.monotonic() - begun)
    console.say(f"{plan.target}: {frames:,} frames in colour, {size:,.1f} MB, in {took}")


def _span(start: str | None, end: str | None) -> "Span":
    from colorcli.stream.transcode import Span

    span = Span(_seconds("--start", start) or 0.0, _seconds("--end", end))
    if span.end is not None and span.end <= span.start:
        raise UsageError(f"--end {end} is not after --start {start or 0}", "give a later one")
    return span


def _keyframes(texts: Sequence[str], max_pixels: int) -> "list[Keyframe]":
    """Of words such as 1:20=frame.png."""
    from colorcli.archive.reference import read_one
    from colorcli.stream.keyframes import Keyframe

    found = []
    for text in texts:
        time_of_it, equals, name = text.partition("=")
        if not equals or not name:
            raise UsageError(f"--keyframe {text} names no time and picture", "write it as 1:20=frame.png")
        seconds = _seconds("--keyframe", time_of_it)
        assert seconds is not None
        found.append(Keyframe(seconds, read_one(name, "keyframe", max_pixels)))
    return found


def _seconds(option: str, text: str | None) -> float | None:
    """Of a time such as 90, 90.5, 1:30 or 0:01:30."""
    if text is None:
        return None
    if not _TIME.fullmatch(text):
        raise UsageError(f"{option} {text} is no time", "write it as seconds, MM:SS or HH:MM:SS")
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds
