"""Pixels to bytes: a picture, its metadata and its provenance into any format that can hold them."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from colorcli.errors import PhotoError, UsageError, cause_of
from colorcli.images import metadata, vips
from colorcli.images.bit_depth import in_depth
from colorcli.images.encoders import ENCODERS, EncodeJob
from colorcli.images.formats import FORMATS, Format
from colorcli.images.picture import EncodeOptions, Page, Picture

_DEFAULT = EncodeOptions()


def notes(picture: Picture, options: EncodeOptions = _DEFAULT) -> tuple[str, ...]:
    """What of the file `picture` came from is lost or has to move, in words for --json and -v.

    Cheap, so call it before any colouring: it raises the UsageError that `encode` would raise.
    """
    format_ = options.format or picture.format
    _refuse(picture, format_, options)
    lost = [note for about in picture.metadata for note in metadata.for_format(about, format_, options)[1]]
    return tuple(dict.fromkeys([*picture.notes, *lost]))


def encode(picture: Picture, options: EncodeOptions = _DEFAULT) -> bytes:
    """The picture as the bytes of a file."""
    out = BytesIO()
    _encode(picture, out, options)
    return out.getvalue()


def write(picture: Picture, path: Path, options: EncodeOptions = _DEFAULT) -> None:
    """Write the picture to a file at `path`, as it is encoded; after an error nothing is left there."""
    try:
        with path.open("wb") as out:
            _encode(picture, out, options)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise PhotoError(f"it could not be written: {cause_of(error)}") from error
        raise


def _encode(picture: Picture, out: BinaryIO, options: EncodeOptions) -> None:
    format_ = options.format or picture.format
    _refuse(picture, format_, options)
    about = tuple(metadata.for_format(one, format_, options)[0] for one in picture.metadata)
    bits = _bits(picture, options)
    pages = tuple(_prepared(page, bits, options.flatten) for page in picture.pages)
    ENCODERS[format_](EncodeJob(pages, about, options.quality, bits, picture.compressed), out)


def _bits(picture: Picture, options: EncodeOptions) -> int:
    return options.depth or picture.bits


def _refuse(picture: Picture, format_: Format, options: EncodeOptions) -> None:
    """Say what the format cannot hold, and the way out, before any work is done."""
    name = format_.name.upper()
    if format_ not in FORMATS:
        raise UsageError(f"{name} is read, not written", "Name another format: --format jpeg or avif.")
    if (bits := _bits(picture, options)) > format_.bits:
        raise UsageError(
            f"{name} holds {format_.bits} bits a sample and the photograph has {bits}",
            "Add --depth 8, or choose a format that holds them: --format png or tiff.",
        )
    if (
        "alpha" not in format_.holds
        and not options.flatten
        and any(page.alpha is not None for page in picture.pages)
    ):
        raise UsageError(
            f"{name} holds no transparency and the photograph has some",
            "Add --flatten to put it on white, or choose a format that holds it: --format png or tiff.",
        )
    if len(picture.pages) > 1 and "pages" not in format_.holds:
        raise UsageError(
            f"{name} holds one page and the photograph has {len(picture.pages)}", "Use --format tiff."
        )
    sides = [side for page in picture.pages for side in page.pixels.shape[:2]]
    if wrong := [side for side in sides if side not in format_.sides]:
        raise UsageError(
            f"{name} holds {format_.sides[0]} to {format_.sides[-1]} pixels a side, not {wrong[0]}",
            "Use --format tiff or png.",
        )


def _prepared(page: Page, bits: int, flatten: bool) -> Page:
    """The page in the depth asked for, on white if that is asked for."""
    if flatten and page.alpha is not None:
        page = Page(vips.flattened(page))
    alpha = None if page.alpha is None else in_depth(page.alpha, bits)
    return Page(in_depth(page.pixels, bits), alpha)
