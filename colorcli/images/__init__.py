"""Photographs between bytes and pixels: every format, its metadata, its colour profile."""

from colorcli.images.decode import decode
from colorcli.images.encode import encode, notes, write
from colorcli.images.formats import FORMATS, Format, format_named, format_of_path
from colorcli.images.picture import EncodeOptions, Metadata, Page, Picture, Pixels, Provenance

__all__ = [
    "FORMATS",
    "EncodeOptions",
    "Format",
    "Metadata",
    "Page",
    "Picture",
    "Pixels",
    "Provenance",
    "decode",
    "encode",
    "format_named",
    "format_of_path",
    "notes",
    "write",
]
