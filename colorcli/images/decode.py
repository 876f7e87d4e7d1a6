"""Bytes to pixels: any format in, upright sRGB pages and their metadata out."""

from pathlib import Path

import numpy as np
import pyvips

from colorcli.errors import PhotoError
from colorcli.images import vips
from colorcli.images.formats import AVIF, JPEG, PNG, TIFF, WEBP, sniff
from colorcli.images.picture import Metadata, Page, Picture
from colorcli.images.source import open_photo, read_at

_LOADERS = {JPEG: "jpeg", PNG: "png", TIFF: "tiff", WEBP: "webp", AVIF: "heif"}


def decode(source: bytes | Path, max_pixels: int = 1_000_000_000) -> Picture:
    """The photograph in `source`; `max_pixels` is compared with the header before any pixel is decoded.

    A PhotoError says what is wrong without naming the file: the caller knows its name.
    """
    with open_photo(source) as stream:
        format_ = sniff(read_at(stream, 0, 64))
        if format_ not in _LOADERS:
            raise PhotoError(f"{format_.name} is not read yet")
        image = vips.load(stream, _LOADERS[format_], fail_on="truncated")
        _check_size(image.width * image.height, max_pixels)
        page = _page(image)
        return Picture((page,), format_, Metadata(), 8 * page.pixels.itemsize)


def _check_size(pixels: int, max_pixels: int) -> None:
    if pixels > max_pixels:
        raise PhotoError(
            f"it has {pixels / 1e6:.0f} megapixels, more than the limit of {max_pixels / 1e6:.0f}",
            "Raise the limit with --max-pixels if you trust the file.",
        )


def _page(image: pyvips.Image) -> Page:
    pixels = vips.read(image)
    if pixels.ndim == 2:
        return Page(pixels)
    colour, alpha = (
        pixels[..., : 3 if pixels.shape[2] > 2 else 1],
        pixels[..., 3 if pixels.shape[2] > 3 else 1],
    )
    if pixels.shape[2] == 3:
        return Page(pixels)
    return Page(np.ascontiguousarray(colour.squeeze(2) if colour.shape[2] == 1 else colour), alpha.copy())
