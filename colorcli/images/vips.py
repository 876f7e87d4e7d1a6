"""libvips for a program with threads: no cache, no log on stderr, errors as PhotoError."""

import logging
import os
from io import BytesIO
from typing import Any

import pyvips

from colorcli.errors import PhotoError
from colorcli.images.picture import Page, Pixels
from colorcli.images.source import Stream

logging.getLogger("pyvips").addHandler(logging.NullHandler())
logging.getLogger("pyvips").propagate = False  # libvips' warnings would reach stderr
pyvips.cache_set_max(0)  # each photograph is seen once; a cache would only hold its memory

_DTYPES = {"uint8": "uchar", "uint16": "ushort"}


def load(stream: Stream, loader: str, **options: Any) -> pyvips.Image:
    """The image in `stream`, by the libvips loader `loader` ("jpeg"); its pixels are read once, in order."""
    if isinstance(stream, BytesIO):
        source = pyvips.Source.new_from_memory(stream.getvalue())
    else:
        os.lseek(stream.fileno(), 0, os.SEEK_SET)
        source = pyvips.Source.new_from_descriptor(stream.fileno())
    try:
        return pyvips.Operation.call(f"{loader}load_source", source, access="sequential", **options)
    except pyvips.Error as error:
        raise PhotoError(plain(error)) from error


def read(image: pyvips.Image) -> Pixels:
    """All pixels of `image`, (H, W) or (H, W, bands): this is where the file is decoded."""
    try:
        pixels: Pixels = image.numpy()
    except pyvips.Error as error:
        raise PhotoError(plain(error)) from error
    return pixels


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


def plain(error: pyvips.Error) -> str:
    """libvips' own words for what is wrong, on one line."""
    lines = [line.strip() for line in str(error.detail or error.message).splitlines() if line.strip()]
    return f"it is damaged or incomplete ({'; '.join(dict.fromkeys(lines))})"
