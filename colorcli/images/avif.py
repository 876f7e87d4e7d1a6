"""AVIF's boxes: sizes before decoding, and what else is in the file."""

import re
import struct
from collections.abc import Callable

from colorcli.errors import PhotoError
from colorcli.images.byte_stream import Stream, read_at
from colorcli.images.formats import CONVERT_HINT, heif_brands

_HEAD = 1 << 16  # bytes in which the boxes stand that describe the pictures
_SIZE_BOX = re.compile(rb"ispe\0{4}(.{8})", re.DOTALL)
_MOST_PIXELS = 1 << 28  # libheif's own limit


def check(stream: Stream, limit: Callable[[int], None]) -> None:
    """Hold the largest picture in the file against `limit`, then against what libheif reads."""
    sizes = [struct.unpack(">II", size) for size in _SIZE_BOX.findall(read_at(stream, 0, _HEAD))]
    pixels = max((width * height for width, height in sizes), default=0)
    limit(pixels)
    if pixels > _MOST_PIXELS:
        most = f"{_MOST_PIXELS / 1e6:.0f}"
        raise PhotoError(f"it has {pixels / 1e6:g} megapixels: an AVIF is read up to {most}", CONVERT_HINT)


def has_gain_map(stream: Stream) -> bool:
    """Whether there is a second picture that says how bright the first one is on an HDR screen."""
    return b"tmap" in heif_brands(read_at(stream, 0, 64))
