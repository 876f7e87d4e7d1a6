"""The options that describe what a model of another project takes and gives."""

from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from colorcli.errors import UsageError

if TYPE_CHECKING:
    from colorcli.inference.ports import Ports

_FOREIGN = "Models of other projects"


class Untold(NamedTuple):
    """What holds of all but --input-kind where nothing is said."""

    layout: Literal["nchw", "nhwc"] = "nchw"
    levels: tuple[float, float] = (0.0, 100.0)
    size: int = 256
    gives: Literal["ab", "lab", "rgb"] = "ab"
    scale: float = 1.0


UNTOLD = Untold()

InputLayout = Annotated[
    Literal["nchw", "nhwc"],
    typer.Option(metavar="nchw|nhwc", help="Order of the axes.", rich_help_panel=_FOREIGN),
]
InputKind = Annotated[
    Literal["l", "lab", "grey", "rgb"] | None,
    typer.Option(
        metavar="l|lab|grey|rgb",
        help="What it takes: L, Lab with colour zero, grey levels once or three times. Given, it makes every "
        "model that is not ours be read this way.",
        rich_help_panel=_FOREIGN,
    ),
]
InputRange = Annotated[
    tuple[float, float],
    typer.Option(metavar="LOW HIGH", help="What it takes for black and white.", rich_help_panel=_FOREIGN),
]
InputSize = Annotated[int, typer.Option(metavar="N", min=1, help="Pixels a side.", rich_help_panel=_FOREIGN)]
OutputKind = Annotated[
    Literal["ab", "lab", "rgb"],
    typer.Option(metavar="ab|lab|rgb", help="What it gives.", rich_help_panel=_FOREIGN),
]
OutputScale = Annotated[
    float,
    typer.Option(
        metavar="X", help="CIE units of its 1.0; for rgb, the value of white.", rich_help_panel=_FOREIGN
    ),
]


def described(
    layout: Literal["nchw", "nhwc"],
    takes: Literal["l", "lab", "grey", "rgb"] | None,
    levels: tuple[float, float],
    size: int,
    gives: Literal["ab", "lab", "rgb"],
    scale: float,
) -> "Ports | None":
    """The ports that the options describe; None where none is given."""
    from colorcli.inference.ports import Ports

    if takes is None:
        if (layout, levels, size, gives, scale) != UNTOLD:
            raise UsageError(
                "what the model takes is not said",
                "give --input-kind with the options that describe the rest",
            )
        return None
    low, high = levels
    return Ports(layout=layout, input=takes, low=low, high=high, output=gives, scale=scale, size=size)
