"""`colorcli models`: which models there are, where they lie, and whether they are whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from colorcli.cli import complete
from colorcli.cli.help import Program
from colorcli.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

models = Program(
    name="models",
    invoke_without_command=True,
)

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME|FILE", autocompletion=complete.models, help="Default: the model colorize takes."
    ),
]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME|FILE", autocompletion=complete.models, help="Default: all."),
]


@models.callback()
def _default(context: typer.Context) -> None:
    """List, locate and verify the models.

    A model is taken from the first of: an explicit FILE, the folder in COLORCLI_MODELS, the ones that
    came with colorcli.
    """
    if context.invoked_subcommand is None:
        list_all()


@models.command("list")
def list_all() -> None:
    """Name, version, network and place of each model."""
    from colorcli.inference.model import Model

    for path in _all_models():
        try:
            spec = Model.open(path, "cpu").spec
            what = f"{spec.version}\t{spec.architecture}, {spec.objective}"
        except ModelError as error:
            what = error.message
        typer.echo(f"{path.stem}\t{what}\t{path}")


@models.command("path")
def show_path(name: Name = None) -> None:
    """The file of one model, for scripts."""
    from colorcli.inference.model import find_model

    typer.echo(find_model(name))


@models.command()
def verify(names: Names = None) -> None:
    """Compare the sha256 of each model with the published one. Exit code 4 if one differs."""
    from colorcli.cli.console import Console
    from colorcli.inference.model import find_model
    from colorcli.inference.model import verify as is_listed

    code = 0
    for path in map(find_model, names) if names else _all_models():
        try:
            typer.echo(f"{path}: {'ok' if is_listed(path) else 'no checksum is known'}")
        except ModelError as error:
            code = Console().failure(error)
    raise typer.Exit(code)


def _all_models() -> "list[Path]":
    from colorcli.inference.model import list_models

    found = list_models()
    if not found:
        hint = "install colorcli again, or set COLORCLI_MODELS to a folder of models"
        raise ModelError("there are no models", hint)
    return found
