"""`colorcli models`: which models there are, where they lie, and whether they are whole."""

from typing import Annotated

import typer

from colorcli.cli import options

models = typer.Typer(
    name="models",
    help="List, locate and verify the models.",
    epilog=options.EXIT_CODES,
    invoke_without_command=True,
    rich_markup_mode="rich",
)

Name = Annotated[str | None, typer.Argument(metavar="[NAME|FILE]", help="Default: the model colorize takes.")]
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME|FILE]...", help="Default: all.")]


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
    """Name, version, objective and place of each model."""
    from colorcli.model import Model, list_models

    for path in list_models():
        spec = Model.open(path, "cpu").spec
        typer.echo(f"{path.stem}\t{spec.version}\t{spec.architecture}, {spec.objective}\t{path}")


@models.command("path")
def show_path(name: Name = None) -> None:
    """The file of one model, for scripts."""
    from colorcli.model import find_model

    typer.echo(find_model(name))


@models.command()
def verify(names: Names = None) -> None:
    """Compare each model's sha256 with the one it was published with. Exit code 4 if one differs."""
    from colorcli.model import find_model, list_models
    from colorcli.model import verify as is_listed

    for path in [find_model(name) for name in names] if names else list_models():
        typer.echo(f"{path}: {'ok' if is_listed(path) else 'no checksum is known'}")
