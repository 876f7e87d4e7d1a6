"""libvips for a program with threads: no cache, no log on stderr, errors as PhotoError."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
import pyvips

from colorcli.errors import PhotoError
from colorcli.images import time_limit
from colorcli.images.byte_stream import Stream
from colorcli.images.picture import Metadata, Page, Pixels

# pyvips takes each warning into Python. There garbage may be collected, and what of it is libvips' may warn
# in its turn, which ends the process. Without it they go nowhere: see VIPS_WARNING in colorcli/__init__.py.
pyvips._remove_log_handler()
pyvips.cache_set_max(0)  # each photograph is seen once; a cache would only hold its memory

# libvips has words for it, but one list of them for all threads: they may be about another photograph.
_DAMAGED = "it is damaged or incomplete"
_INCH = 25.4  # mm
_EXIF_DPI = 72  # what EXIF means by saying nothing
_FIELDS = {"exif": "exif-data", "xmp": "xmp-data", "icc": "icc-profile-data"}
_DTYPES = {"uint8": "uchar", "uint16": "ushort"}


@contextmanager
def errors() -> Iterator[None]:
    """Errors of libvips as pyvips.Error, also where it quotes bytes of the file that are no text.

    There pyvips fails before it has emptied the list of errors, and would fail at each later one.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        pyvips.vips_lib.vips_error_clear()
        raise pyvips.Error("an error that is no text", str(error)) from error


def load(stream: Stream, loader: str, fail_on: str = "error", **options: Any) -> pyvips.Image:
    """The image in `stream`, by the libvips loader `loader` ("jpeg"); its pixels are read once, in order.

    `fail_on`: what is too bad to go on, "error" (a truncated file too) or any "warning".
    """
    if isinstance(stream, BytesIO):
        source = pyvips.Source.new_from_memory(stream.getvalue())
    else:
        os.lseek(stream.fileno(), 0, os.SEEK_SET)
        source = pyvips.Source.new_from_descriptor(stream.fileno())
    try:
        with errors():
            return pyvips.Operation.call(
                f"{loader}load_source", source, access="sequential", fail_on=fail_on, **options
            )
    except pyvips.Error as error:
        raise PhotoError(_DAMAGED) from error


def read(image: pyvips.Image) -> Pixels:
    """All pixels of `image`, (H, W) or (H, W, bands): this is where the file is decoded."""
    try:
        with errors():
            pixels: Pixels = time_limit.run_within(_megapixels(image), image.numpy)
    except pyvips.Error as error:
        raise PhotoError(_DAMAGED) from error
    bands = () if image.bands == 1 else (image.bands,)
    return pixels.reshape(image.height, image.width, *bands)  # pyvips makes a number of a single sample


def in_memory(image: pyvips.Image) -> pyvips.Image:
    """The image decoded, so that its source may be closed."""
    with errors():
        return time_limit.run_within(_megapixels(image), image.copy_memory)


def blob(image: pyvips.Image, name: str) -> bytes | None:
    """A block of metadata, if the file has it."""
    return bytes(image.get(name)) if image.get_typeof(name) else None


def number(image: pyvips.Image, name: str, otherwise: int) -> int:
    """A number of metadata, if the file has it."""
    return int(image.get(name)) if image.get_typeof(name) else otherwise


def dpi(image: pyvips.Image) -> tuple[float, float] | None:
    """Dots per inch across and down; libvips says 1 dot per mm where the file says nothing."""
    return None if image.xres == image.yres == 1 else (image.xres * _INCH, image.yres * _INCH)


def save(image: pyvips.Image, kind: str, out: Callable[[bytes], int], **options: Any) -> None:
    """Encode `image` as `kind` ("jpeg") into `out`, piece by piece; what `out` raises comes through."""
    failures: list[BaseException] = []

    def take(piece: Any) -> int:
        try:
            return out(bytes(piece))  # a copy: libvips reuses its buffer
        except BaseException as error:  # it cannot pass through libvips, so it goes around
            failures.append(error)
            return -1

    target = pyvips.TargetCustom()
    target.on_write(take)
    try:
        with errors():
            time_limit.run_within(
                _megapixels(image),
                lambda: pyvips.Operation.call(f"{kind}save_target", image, target, **options),
            )
    except pyvips.Error as error:
        if failures:
            raise failures[0] from error
        raise PhotoError(f"it could not be encoded ({_words(error)})") from error


def tagged(image: pyvips.Image, about: Metadata) -> tuple[pyvips.Image, str]:
    """`image` with the metadata libvips is to write, and the kinds of it for the encoder's `keep`."""
    across, down = about.dpi or (_EXIF_DPI, _EXIF_DPI)
    image = image.copy(xres=across / _INCH, yres=down / _INCH)
    blocks = {"exif": about.exif and b"Exif\0\0" + about.exif, "xmp": about.xmp, "icc": about.icc}
    kinds = {kind: block for kind, block in blocks.items() if block}
    for kind, block in kinds.items():
        image.set_type(pyvips.GValue.blob_type, _FIELDS[kind], block)
    return image, "|".join(kinds) or "none"


def flattened(page: Page) -> Pixels:
    """The colours of a page with alpha, on white."""
    full = np.iinfo(page.pixels.dtype).max
    white = [float(full)] * (1 if page.pixels.ndim == 2 else 3)
    return read(wrap(page).flatten(background=white, max_alpha=full))


def wrap(page: Page) -> pyvips.Image:
    """The page as a libvips image that shares its memory."""
    image = _wrap_pixels(page.pixels)
    return image if page.alpha is None else image.bandjoin(_wrap_pixels(page.alpha))


def _wrap_pixels(pixels: Pixels) -> pyvips.Image:
    height, width = pixels.shape[:2]
    bands = 1 if pixels.ndim == 2 else pixels.shape[2]
    image = pyvips.Image.new_from_memory(
        pixels.ravel(), width, height, bands, _DTYPES[pixels.dtype.name]
    )  # ravel copies only what is not contiguous
    names = {("uint8", 1): "b-w", ("uint16", 1): "grey16", ("uint8", 3): "srgb", ("uint16", 3): "rgb16"}
    return image.copy(interpretation=names[pixels.dtype.name, bands])


def _megapixels(image: pyvips.Image) -> float:
    return float(image.width * image.height / 1e6)


def _words(error: pyvips.Error) -> str:
    lines = [line.strip() for line in str(error.detail or error.message).splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(lines))
