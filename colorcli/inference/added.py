"""Models of other projects in the user's own folder: kept under a name, and removed."""

import re
import shutil
from pathlib import Path

from colorcli.errors import ModelError, UsageError, about, cause_of
from colorcli.files import whole_file
from colorcli.inference.description import DESCRIBED, Description
from colorcli.inference.model import Model, find_packaged, own_folder

_NAME = re.compile(r"\w[\w.+-]*")


def free_place(name: str, overwrite: bool) -> Path:
    """The file that a model of this name will be; what is there already is an error without `overwrite`."""
    if not _NAME.fullmatch(name) or name.endswith(".onnx"):
        raise UsageError(f"a model cannot be called {name!r}", "--name takes letters, digits and . _ + -")
    if find_packaged(name):
        raise UsageError(f"{name} is the name of a model that came with colorcli", "choose another --name")
    place = own_folder() / f"{name}.onnx"
    if place.exists() and not overwrite:
        raise UsageError(f"there is a model {name} already: {place}", "choose another --name, or --overwrite")
    return place


def keep(model: Model, place: Path, licence: str, source: str, overwrite: bool) -> None:
    """Copies an open model to its place, with what is known of it beside it."""
    described = Description(
        place.stem,
        model.spec.architecture,
        licence or model.spec.licence,
        source,
        model.sha256,
        model.ports,
    ).to_toml()
    beside = place.with_suffix(DESCRIBED)
    with about(str(beside)), whole_file(beside, overwrite=True) as part:
        part.write_text(described, "utf-8")
    with about(str(place)), whole_file(place, overwrite) as part:
        shutil.copyfile(model.path, part)


def discard(name: str) -> Path:
    """Deletes a model of the user's own folder."""
    place = own_folder() / f"{name}.onnx"
    if Path(name).name != name or not place.is_file():
        raise ModelError(f"there is no model {name!r} in {own_folder()}", "`colorcli models` lists them")
    try:
        place.unlink()
        place.with_suffix(DESCRIBED).unlink(missing_ok=True)
    except OSError as error:
        raise ModelError(f"{place}: it cannot be removed: {cause_of(error)}") from error
    return place
