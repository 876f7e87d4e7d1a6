"""The options of `colorcli colorize` in the query of an address, for `colorcli serve`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import typer
import typer.main
from rich.text import Text
from typer.models import OptionInfo

from colorcli.cli.colorize import colorize
from colorcli.cli.colorize import settings_of as colorize_settings
from colorcli.errors import UsageError

if TYPE_CHECKING:
    from colorcli.archive.jobs import PhotoSettings

TAKEN = (
    "saturation",
    "temperature",
    "strength",
    "render_size",
    "no_border",
    "hint",
    "variants",
    "seed",
    "coloured",
    "compare",
    "format_name",
    "quality",
    "depth",
    "flatten",
    "metadata",
)
_YES, _NO = ("", "1", "true", "yes"), ("0", "false", "no")
_TYPES = {float: "number", int: "integer", str: "string", bool: "boolean"}


def settings_of(query: Sequence[tuple[str, str]]) -> "PhotoSettings":
    """What the command line with these options says, read by the very same code."""
    try:
        context = _command().make_context("colorize", list(_arguments(query)))
    except typer.BadParameter as error:
        raise UsageError(error.format_message()) from error
    return colorize_settings({name: context.params[name] for name in TAKEN})


def described() -> list[dict[str, Any]]:
    """Each option as a parameter of OpenAPI."""
    return [_described(name, *found) for name, found in _options().items()]


def _arguments(query: Sequence[tuple[str, str]]) -> Iterator[str]:
    known = {_written(name): kind for name, (kind, _) in _options().items()}
    for name, value in query:
        if name not in known:
            raise UsageError(f"there is no option {name!r}", f"known: {', '.join(known)}")
        if known[name] is not bool:
            yield f"--{name}={value}"
        elif value.lower() in _YES:
            yield f"--{name}"
        elif value.lower() not in _NO:
            raise UsageError(f"{name} is true or false, not {value!r}")


def _command() -> Any:
    holder = typer.Typer()
    holder.command()(colorize)
    return typer.main.get_command(holder)


def _options() -> dict[str, tuple[Any, OptionInfo]]:
    """Type and description of each, by the name of its parameter."""
    hints = get_type_hints(colorize, include_extras=True)
    found = ((name, get_args(hints[name])) for name in TAKEN)
    return {name: (kind, info) for name, (kind, info, *_) in found}


def _written(name: str) -> str:
    return "format" if name == "format_name" else name.replace("_", "-")


def _described(name: str, kind: Any, info: OptionInfo) -> dict[str, Any]:
    return {
        "name": _written(name),
        "in": "query",
        "description": Text.from_markup(info.help or "").plain,
        "schema": _schema(kind, info),
    }


def _schema(kind: Any, info: OptionInfo) -> dict[str, Any]:
    """What values it takes."""
    if type(None) in get_args(kind):
        kind = next(one for one in get_args(kind) if one is not type(None))
    if get_origin(kind) is list:
        return {"type": "array", "items": {"type": "string"}}
    if kind not in _TYPES:  # a choice
        return {"type": "string", "enum": list(get_args(kind))}
    limits = {"minimum": info.min, "maximum": info.max}
    return {"type": _TYPES[kind], **{key: value for key, value in limits.items() if value is not None}}
