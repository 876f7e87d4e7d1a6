"""Help in two lengths: `--help` says what most people need, `--help-all` everything.

An option is in the short help if it says so: `Annotated[str, typer.Option(...), COMMON]`. A command none of
whose options does so shows them all. Of each, the short help has the first sentence.
"""

import inspect
import re
from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Annotated, Any, Final, TypeVar, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from colorcli.cli.variables import warn_of_unknown

_Function = TypeVar("_Function", bound=Callable[..., Any])
COMMON: Final = "common"
_EVERYTHING = "colorcli.cli.help.everything"

EXIT_CODES = """[bold]Exit codes[/bold]

0 all well; 1 internal error; 2 wrong usage; 3 a photograph could not be read or written; \
4 the model is missing, damaged or failed; 5 a device or an extra package is missing; 6 a server does not \
answer; 130 interrupted.

With several photographs a faulty one does not stop the rest; the code then tells what failed, \
3 if the causes differ, and always 3 for a folder or a list."""


class Command(TyperCommand):
    """A command with both helps."""

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), _help_all_option()]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super(Command, _as_shown(self, ctx)).format_help(ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        if not ctx.params.get("quiet"):
            warn_of_unknown(self)
        return super().invoke(ctx)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        return _in_brief(super().shell_complete(ctx, incomplete))


class Group(TyperGroup):
    """A group of commands with both helps."""

    def get_params(self, ctx: Any) -> list[Any]:
        return [*super().get_params(ctx), _help_all_option()]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        super(Group, _as_shown(self, ctx)).format_help(ctx, formatter)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        return _in_brief(super().shell_complete(ctx, incomplete))


class Program(typer.Typer):
    """Commands that have both helps, and so have their groups."""

    def __init__(self, *, cls: type[Group] = Group, **settings: Any) -> None:
        super().__init__(cls=cls, rich_markup_mode="rich", **settings)

    def command(
        self, name: str | None = None, *, cls: Any = Command, **settings: Any
    ) -> Callable[[_Function], _Function]:
        return super().command(name, cls=cls, **settings)


@cache
def _help_all_option() -> Any:
    """`--help-all`, as Typer makes it of a function's parameter."""
    holder = typer.Typer(add_completion=False)
    holder.command()(_with_help_all)
    return typer.main.get_command(holder).params[0]


def _print_everything(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        context.meta[_EVERYTHING] = True
        typer.echo(context.get_help())
        raise typer.Exit


def _with_help_all(
    help_all: Annotated[
        bool,
        typer.Option(
            "--help-all",
            help="Show every option, with all there is to say, and exit.",
            callback=_print_everything,
            is_eager=True,
            expose_value=False,
        ),
    ] = False,
) -> None:
    """Has the option that every command gets."""


def _as_shown(command: Any, context: Any) -> Any:
    """The command with what is to be seen of it."""
    shown = copy(command)
    shown.help = _paragraphs(command.help or "")
    if context.meta.get(_EVERYTHING):
        params = [_without_type(param) for param in command.get_params(context)]
        shown.epilog = EXIT_CODES
    else:
        params = [_brief(param) for param in _common(command)]
        shown.epilog = "\n\n".join(filter(None, [command.epilog, _more(command, context)]))
    shown.get_params = lambda _: params
    return shown


def _common(command: Any) -> list[Any]:
    """The command's arguments, and of its options those in the short help."""
    hints = get_type_hints(command.callback, include_extras=True) if command.callback else {}
    marked = {name for name, hint in hints.items() if COMMON in getattr(hint, "__metadata__", ())}
    return [param for param in command.params if param.name in marked or not (marked and _is_option(param))]


def _is_option(param: Any) -> bool:
    return bool(param.param_type_name == "option")


def _more(command: Any, context: Any) -> str:
    """How to see the rest."""
    count = sum(map(_is_option, command.params))
    all_shown = len(_common(command)) == len(command.params)
    says = "says more" if all_shown else f"shows all {count} options and says more of each"
    return f"[bold]{context.command_path} --help-all[/bold] {says}."


def _without_type(param: Any) -> Any:
    """Without the type of a flag, which needs none, and of an argument, whose name tells it."""
    shown = copy(param)
    if not _is_option(param) or param.is_flag:
        shown.display_type_rich = lambda ctx: ""
    return shown


def _brief(param: Any) -> Any:
    """With the first sentence of its help, and without default, limits and environment variable."""
    shown = _without_type(param)
    shown.help = _first_sentence(param.help)
    shown.show_default = shown.show_envvar = False
    shown.min = shown.max = None
    return shown


def _in_brief(items: list[Any]) -> list[Any]:
    """What the shell offers, each with a line beside it."""
    for item in items:
        item.help = _first_sentence(item.help)
    return items


def _first_sentence(text: str | None) -> str:
    return re.split(r"(?<=\.)\s", text or "", maxsplit=1)[0]


def _paragraphs(text: str) -> str:
    """Prose as long lines, and the lines of examples, which begin with `$`, each by itself."""
    parts = inspect.cleandoc(text).split("\n\n")
    whole = "\n\n".join(part if part.startswith("$ ") else part.replace("\n", " ") for part in parts)
    return re.sub(r"^\$ (.*?)( +#.*)?$", r"[dim]$[/dim] \1[dim]\2[/dim]", whole, flags=re.M)
