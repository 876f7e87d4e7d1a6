"""The `colorcli` program: its commands, its version, and the one place where errors become exit codes."""

import os
import shlex
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from colorcli.cli.help import COMMON, EXIT_CODES, Group, Program
from colorcli.cli.process import Interrupted, keep_standard_streams, raise_on_signals
from colorcli.errors import UnavailableError, UsageError

# What the list of commands says of each; its own module is imported only when it is called, for each
# import makes `colorcli --help` slower.
COMMANDS = {
    "colorize": "Colour photographs.",
    "film": "Colour a film.",
    "serve": "Put colours right on a page in the browser.",
    "stream": "Colour a stream of pictures between two pipes.",
    "models": "List, locate and verify the models.",
    "doctor": "Check this installation.",
    "train": "Train a network on colour photographs.",
    "export": "Write a trained network as a model for colorize.",
    "quantize": "Make a model smaller, and faster on a processor.",
    "evaluate": "Measure models on colour photographs.",
    "weights": "Make the files that train and evaluate need.",
    "man": "Show the manual page.",
}
SUMMARY = """Colour for black-and-white photographs, with the original lightness untouched.

Start with [bold]colorcli colorize old.jpg[/bold]: the result is old.color.jpg beside it. \
[bold]colorcli COMMAND --help[/bold] says more of each command."""
RUNS_WITHOUT_ARGUMENTS = ("models", "doctor", "stream", "serve", "man")


class Commands(Group):
    """Knows the commands by name, and brings in the one that is called."""

    def parse_args(self, ctx: Any, args: list[str]) -> Any:
        known = {name for param in self.get_params(ctx) for name in param.opts}
        if args and args[0].startswith("-") and args[0] not in known and any(map(os.path.exists, args)):
            raise UsageError(f"{args[0]} belongs behind a command", f"did you mean: {_meant(args)}")
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS and Path(args[0]).exists():
            raise UsageError(f"{args[0]} is not a command", f"did you mean: {_meant(args)}")
        name, stub, rest = super().resolve_command(ctx, args)
        return name, stub and load(str(stub.name)), rest


def _meant(args: list[str]) -> str:
    """The command of somebody who left it out."""
    from colorcli.archive.storage.extensions import is_film  # which loads libraries that help does without

    if any(map(is_film, args)):
        return shlex.join(["colorcli", "film", *args, *(["new.mkv"] if len(args) == 1 else [])])
    return shlex.join(["colorcli", "colorize", *args])


def load(name: str) -> Any:
    """The command that the module of this name defines, be it a function or a group of its own."""
    command = getattr(import_module(f"colorcli.cli.{name}"), name)
    holder = Program()
    if isinstance(command, typer.Typer):
        holder.add_typer(command)
    else:
        holder.command(name, no_args_is_help=name not in RUNS_WITHOUT_ARGUMENTS)(command)
    return typer.main.get_group(holder).commands[name]


app = Program(
    name="colorcli",
    cls=Commands,
    help=SUMMARY,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _stub() -> None:
    """Placeholder in the list of commands: the real one is imported when it is called."""


for _name, _summary in COMMANDS.items():
    app.command(_name, help=_summary)(_stub)


def _print_version(wanted: bool) -> None:
    if wanted:
        from colorcli import __version__

        typer.echo(f"colorcli {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version and exit.",
            callback=_print_version,
            is_eager=True,
        ),
        COMMON,
    ] = False,
) -> None:
    """The options before the command's name."""


def run() -> None:
    """Runs the program and exits: 0 all well, else the code of the error, 1 for one we did not foresee."""
    keep_standard_streams()
    raise_on_signals()
    try:
        app()
    except Interrupted:
        sys.exit(Interrupted.exit_code)
    except ImportError as error:
        sys.exit(_report(_missing_library(error)))
    except Exception as error:
        sys.exit(_report(error))


def _report(error: Exception) -> int:
    from colorcli.cli.console import Console

    return Console().failure(error)


def _missing_library(error: ImportError) -> UnavailableError:
    """A package that is not there, or that lacks a system library (a bare container has no libGL)."""
    if ".so" in str(error):
        hint = "install what has it; on Debian and Ubuntu: apt-get install libgl1 libglib2.0-0"
    else:
        hint = "install colorcli again: pip install --force-reinstall colorcli"
    unavailable = UnavailableError(f"a library does not load: {error}", hint)
    unavailable.__cause__ = error
    return unavailable
