"""The options of `colorcli colorize` by which a person says what the colours are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from colorcli.cli.help import COMMON
from colorcli.cli.options import max_pixels

if TYPE_CHECKING:
    from colorcli.archive.reference import ReferenceFile
    from colorcli.guided import Hint

_HINTS = "Colour that you decide"

HintTexts = Annotated[
    list[str] | None,
    typer.Option(
        "--hint",
        metavar="X,Y=COLOUR",
        envvar="COLORCLI_HINT",
        help="Say the colour at a place, as 320,210=#7a3b2e or 40%,12%=steelblue. The place is in pixels or "
        "per cent from left and top of the upright photograph; [bold]neutral[/bold] is no colour, "
        "[bold]keep[/bold] what the model says there. It spreads to all that is akin. Can be given several "
        "times, for one photograph.",
        rich_help_panel=_HINTS,
    ),
    COMMON,
]
HintsFile = Annotated[
    str | None,
    typer.Option(
        "--hints",
        metavar="FILE",
        envvar="COLORCLI_HINTS",
        help="Hints in JSON, or painted over the photograph, as PNG or WebP that is transparent elsewhere. "
        "For one photograph; PHOTOGRAPH.hints.json beside each is found by itself.",
        rich_help_panel=_HINTS,
    ),
]
NoHints = Annotated[
    bool,
    typer.Option(
        "--no-hints",
        envvar="COLORCLI_NO_HINTS",
        help="Ignore the files PHOTOGRAPH.hints.json beside the photographs.",
        rich_help_panel=_HINTS,
    ),
]


def _reference(help_text: str) -> Any:
    return typer.Option(
        "--reference",
        metavar="PHOTO",
        envvar="COLORCLI_REFERENCE",
        help=help_text,
        rich_help_panel=_HINTS,
    )


References = Annotated[
    list[str] | None,
    _reference(
        "A photograph in colour of the same place or things: where a photograph shows what it shows, it "
        "takes on its colours. Can be given several times; hints hold against it."
    ),
]
FilmReferences = Annotated[
    list[str] | None,
    _reference(
        "A photograph or frame in colour of the same place or things: where a frame shows what it "
        "shows, it takes on its colours. Can be given several times."
    ),
]
Keyframes = Annotated[
    list[str] | None,
    typer.Option(
        "--keyframe",
        metavar="TIME=PICTURE",
        envvar="COLORCLI_KEYFRAME",
        help="The frame at this time as you coloured it, as 1:20=frame.png: its scene, from cut to cut, "
        "takes on its colours. Can be given several times.",
        rich_help_panel=_HINTS,
    ),
    COMMON,
]
FilmMaxPixels = Annotated[int, max_pixels("references and keyframes", _HINTS)]
Variants = Annotated[
    int,
    typer.Option(
        min=0,
        max=100,
        metavar="N",
        envvar="COLORCLI_VARIANTS",
        help="Write N results of each photograph, in colours that clearly differ. They are NAME.color.1.EXT "
        "and so on, and the model holds all of them possible. Hints hold in all of them.",
        show_default=False,
        rich_help_panel=_HINTS,
    ),
    COMMON,
]
Seed = Annotated[
    int,
    typer.Option(
        min=0,
        metavar="N",
        envvar="COLORCLI_SEED",
        help="Another number, other variants; the same, the same again.",
        rich_help_panel=_HINTS,
    ),
]
Certainty = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|DIR",
        envvar="COLORCLI_CERTAINTY",
        help="Also write a grey picture of how sure the model is of each colour: white where it is, black "
        "where it is not. For several photographs name a folder: NAME.certainty.png of each goes there. "
        "--json, the journal and --gallery then say which share of a photograph is doubtful.",
        rich_help_panel=_HINTS,
    ),
]


def hints_given(texts: Sequence[str] | None, file: str | None, max_pixels: int) -> "tuple[Hint, ...]":
    from colorcli.guided.files import given

    return given(texts or (), file, max_pixels)


def references_given(names: Sequence[str] | None, max_pixels: int) -> "tuple[ReferenceFile, ...]":
    from colorcli.archive.reference import read

    return read(names or (), max_pixels)
