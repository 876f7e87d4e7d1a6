"""`colorcli models`: which there are, where they lie, whether they are whole; others added and removed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from colorcli.cli import complete, ports_options
from colorcli.cli.help import COMMON, Program
from colorcli.errors import ModelError, UsageError

if TYPE_CHECKING:
    from colorcli.inference.model import Model

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


File = Annotated[
    Path, typer.Argument(metavar="FILE.onnx", help="A network of another project.", show_default=False)
]
Kind = Annotated[
    Literal["auto", "ddcolor", "deoldify", "siggraph17", "eccv16"],
    typer.Option(
        metavar="KIND",
        help="Whose it is: ddcolor, deoldify, siggraph17 or eccv16. auto tells by its ports; --input-kind "
        "describes any other.",
    ),
    COMMON,
]
OwnName = Annotated[
    str | None,
    typer.Option("--name", metavar="NAME", help="How it is called from now on. Default: as its file."),
    COMMON,
]
Licence = Annotated[
    str,
    typer.Option(metavar="TEXT", help="Its terms. The XMP of results and --json will name them."),
    COMMON,
]
Source = Annotated[str, typer.Option(metavar="URL", help="Where it came from."), COMMON]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace your model of that name."), COMMON]
AddedName = Annotated[str, typer.Argument(metavar="NAME", autocompletion=complete.models, show_default=False)]


@models.callback()
def _default(context: typer.Context) -> None:
    """List, locate and verify the models; add those of other projects.

    A model is taken from the first of: an explicit FILE, the ones that came with colorcli, your own folder
    (COLORCLI_MODELS, or where the system keeps such files).
    """
    if context.invoked_subcommand is None:
        list_all()


@models.command("list")
def list_all() -> None:
    """Name, version, network and place of each model."""
    for path in _all_models():
        try:
            what = _summary(path)
        except ModelError as error:
            what = error.message
        typer.echo(f"{path.stem}\t{what}\t{path}")


def _summary(path: Path) -> str:
    """Version and network of a model; one that is described is not opened, which can take seconds."""
    from colorcli.inference.description import Description
    from colorcli.inference.model import Model

    if described := Description.beside(path):
        return f"{described.licence or 'licence unknown'}\t{described.kind}"
    spec = Model.open(path, "cpu").spec
    return f"{spec.version}\t{', '.join(filter(None, [spec.architecture, spec.objective]))}"


@models.command()
def add(
    file: File,
    name: OwnName = None,
    kind: Kind = "auto",
    licence: Licence = "",
    source: Source = "",
    input_layout: ports_options.InputLayout = ports_options.UNTOLD.layout,
    input_kind: ports_options.InputKind = None,
    input_range: ports_options.InputRange = ports_options.UNTOLD.levels,
    input_size: ports_options.InputSize = ports_options.UNTOLD.size,
    output_kind: ports_options.OutputKind = ports_options.UNTOLD.gives,
    output_scale: ports_options.OutputScale = ports_options.UNTOLD.scale,
    overwrite: Overwrite = False,
) -> None:
    """Add a network of another project: from then on --model NAME works everywhere.

    It is tried on a photograph, and the figures of the result are shown.

    $ colorcli models add ddcolor-tiny.onnx --licence Apache-2.0
    """
    from colorcli.cli.trial import figures
    from colorcli.colorizer import Colorizer
    from colorcli.inference.added import free_place, keep
    from colorcli.inference.description import Description
    from colorcli.inference.ports import KINDS

    wanted = name or file.stem
    place = free_place(wanted, overwrite)
    by_options = ports_options.described(
        input_layout, input_kind, input_range, input_size, output_kind, output_scale
    )
    if by_options and kind != "auto":
        raise UsageError(f"--kind {kind} says what --input-kind says", "give only one of them")
    ports = KINDS.get(kind) or by_options
    described = Description(wanted, "other" if kind == "auto" else kind, "", "", "", ports) if ports else None
    colorizer = Colorizer(file, "cpu", described=described)
    told = figures(colorizer)
    keep(colorizer.model, place, licence, source, overwrite)
    typer.echo(f"{wanted}\t{colorizer.model.spec.architecture}\t{place}\n{told}")


@models.command()
def show(name: Name = None) -> None:
    """What is known of one model."""
    from colorcli.inference.model import Model, find_model

    for subject, value in _known(Model.open(find_model(name), "cpu")):
        typer.echo(f"{subject}\t{value}")


def _known(model: "Model") -> list[tuple[str, object]]:
    from colorcli.inference.description import Description

    spec, ports, described = model.spec, model.ports, Description.beside(model.path)
    known: list[tuple[str, object]] = [
        ("name", spec.name),
        ("file", model.path),
        ("sha256", model.sha256),
        ("network", ", ".join(filter(None, [spec.architecture, spec.objective]))),
        ("version", spec.version),
        ("licence", spec.licence),
        ("source", described.source if described else ""),
        ("trained on", spec.data),
        ("size", f"{spec.render_size} pixels{', no other' if ports.fixed else ''}"),
        ("takes", f"{ports.takes}: {ports.input}, {ports.layout}, {ports.low:g} to {ports.high:g}"),
        ("gives", f"{ports.gives}: {ports.output}"),
    ]
    return [(subject, value) for subject, value in known if value]


@models.command()
def remove(name: AddedName) -> None:
    """Delete one of your own models, with its description."""
    from colorcli.inference.added import discard

    typer.echo(f"removed {discard(name)}")


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


def _all_models() -> list[Path]:
    from colorcli.inference.model import list_models

    found = list_models()
    if not found:
        hint = "install colorcli again, or set COLORCLI_MODELS to a folder of models"
        raise ModelError("there are no models", hint)
    return found
