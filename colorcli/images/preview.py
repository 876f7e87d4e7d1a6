"""Small JPEGs of photographs, to look through many of them."""

import os
from io import FileIO
from pathlib import Path

import pyvips

from colorcli.errors import PhotoError
from colorcli.images import vips
from colorcli.images.decode import decode

_QUALITY = 65


def preview(photo: bytes | Path, side: int) -> bytes | None:
    """A JPEG of at most `side` pixels a side, upright and sRGB; None where there is no photograph to show."""
    try:
        return bytes(_shrunk(photo, side).jpegsave_buffer(Q=_QUALITY, keep="none"))
    except (OSError, PhotoError, pyvips.Error):
        return None


def _shrunk(photo: bytes | Path, side: int) -> pyvips.Image:
    try:
        with vips.errors():
            return _on_white(_by_vips(photo, side))
    except pyvips.Error:  # a format libvips does not have
        page = decode(photo).pages[0]
        return _on_white(vips.wrap(page).thumbnail_image(side, height=side, size="down"))


def _by_vips(photo: bytes | Path, side: int) -> pyvips.Image:
    if isinstance(photo, bytes):
        small = pyvips.Image.thumbnail_buffer(photo, side, height=side, size="down", fail_on="none")
        return vips.in_memory(small)
    with FileIO(photo) as file:
        source = pyvips.Source.new_from_descriptor(os.dup(file.fileno()))
        small = pyvips.Image.thumbnail_source(source, side, height=side, size="down", fail_on="none")
        return vips.in_memory(small)


def _on_white(image: pyvips.Image) -> pyvips.Image:
    """As 8-bit sRGB or grey without alpha."""
    image = image.colourspace("b-w" if image.interpretation in ("b-w", "grey16") else "srgb")
    return image.flatten(background=255) if image.hasalpha() else image
