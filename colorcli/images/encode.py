"""Pixels to bytes: a picture, its metadata and its provenance into any format that can hold them."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from colorcli.errors import PhotoError
from colorcli.images import vips
from colorcli.images.picture import EncodeOptions, Picture
from colorcli.images.source import cause_of

_DEFAULT = EncodeOptions()


def notes(picture: Picture, options: EncodeOptions = _DEFAULT) -> tuple[str, ...]:
    """What of `picture` the output cannot hold or holds elsewhere, for --json and -v.

    Cheap, so call it before any colouring: it raises the UsageError that `encode` would raise.
    """
    return picture.notes


def encode(picture: Picture, options: EncodeOptions = _DEFAULT) -> bytes:
    """The picture as the bytes of a file."""
    out = BytesIO()
    _encode(picture, out, options)
    return out.getvalue()


def write(picture: Picture, path: Path, options: EncodeOptions = _DEFAULT) -> None:
    """Write the picture to `path`, without holding the file in memory; after an error nothing is left there."""
    try:
        with path.open("wb") as out:
            try:
                _encode(picture, out, options)
            except BaseException:
                path.unlink()
                raise
    except OSError as error:
        raise PhotoError(f"it could not be written: {cause_of(error)}") from error


def _encode(picture: Picture, out: BinaryIO, options: EncodeOptions) -> None:
    image = vips.wrap(picture.pages[0])
    format_ = options.format or picture.format
    if format_.name == "jpeg":
        out.write(image.jpegsave_buffer(Q=options.quality or 95, subsample_mode="off", keep="none"))
    else:
        out.write(image.write_to_buffer(format_.suffixes[0]))
