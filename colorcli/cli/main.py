"""The `colorcli` program: its commands, its version, and the one place where errors become exit codes."""

import sys
from typing import Annotated

import typer

from colorcli.cli.colorize import colorize
from colorcli.cli.doctor import doctor
from colorcli.cli.evaluate import evaluate
from colorcli.cli.export import export
from colorcli.cli.film import film
from colorcli.cli.models import models
from colorcli.cli.options import EXIT_CODES, SUMMARY
from colorcli.cli.process import Interrupted, keep_standard_streams, raise_on_signals
from colorcli.cli.stream import stream
from colorcli.cli.train import train
from colorcli.cli.weights import weights
from colorcli.errors import UnavailableError

app = typer.Typer(
    name="colorcli",
    help=SUMMARY,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=EXIT_CODES, no_args_is_help=True)(colorize)
app.add_typer(models)
app.command()(doctor)
app.command(epilog=EXIT_CODES, no_args_is_help=True)(evaluate)
app.command(epilog=EXIT_CODES, no_args_is_help=True)(export)
app.command(epilog=EXIT_CODES, no_args_is_help=True)(film)
app.command(epilog=EXIT_CODES)(stream)
app.command(epilog=EXIT_CODES, no_args_is_help=True)(train)
app.add_typer(weights)


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
            metavar="",
            help="Print the version and exit.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Takes what stands before the command."""


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
    from colorcli.console import Console

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
