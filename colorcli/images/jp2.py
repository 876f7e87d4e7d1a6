"""JPEG 2000's boxes: size, depth, profile and metadata read before decoding, metadata put behind."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from colorcli.errors import PhotoError
from colorcli.images.picture import Metadata

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_EXIF = b"JpgTiffExif->JP2"

_CODESTREAM = b"\xff\x4f\xff\x51"
_END = b"\xff\xd9"


@dataclass(frozen=True)
class Header:
    """Of the first component: `bits` a sample; `icc` is the profile the file has, if any."""

    width: int
    height: int
    channels: int
    bits: int
    icc: bytes | None
    metadata: Metadata


def read_header(data: bytes) -> Header:
    """What stands around the picture; a PhotoError if the file ends too early."""
    if data.startswith(_CODESTREAM):
        return _header(data, None, Metadata())
    boxes = list(_boxes(data))
    codestreams = [content for kind, content in boxes if kind == b"jp2c"]
    if not codestreams:
        raise PhotoError("it is damaged or incomplete (no codestream)")
    headers = [inner for kind, content in boxes if kind == b"jp2h" for inner in _boxes(content)]
    profiles = [content[3:] for kind, content in headers if kind == b"colr" and content[:1] == b"\2"]
    named = {content[:16]: content[16:] for kind, content in boxes if kind == b"uuid"}
    found = Metadata(exif=named.get(_EXIF), xmp=named.get(_XMP), iptc=named.get(_IPTC))
    return _header(codestreams[0], profiles[0] if profiles else None, found)


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """The file with one more box for each kind of metadata; its own header already says sRGB."""
    kinds = ((_EXIF, metadata.exif), (_XMP, metadata.xmp), (_IPTC, metadata.iptc))
    added = [_box(b"uuid", name + content) for name, content in kinds if content]
    return b"".join([data, *added])


def _header(codestream: bytes, icc: bytes | None, metadata: Metadata) -> Header:
    if not codestream.startswith(_CODESTREAM) or len(codestream) < 48:
        raise PhotoError("it is damaged or incomplete")
    if not codestream.rstrip(b"\0").endswith(_END):
        raise PhotoError("it is damaged or incomplete (the codestream has no end)")
    right, bottom, left, top = struct.unpack_from(">IIII", codestream, 8)
    channels, bits = struct.unpack_from(">HB", codestream, 40)
    return Header(right - left, bottom - top, channels, (bits & 0x7F) + 1, icc, metadata)


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content, one box after another."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= len(data):
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        elif size == 0:
            size = len(data) - at
        if size < head or at + size > len(data):
            raise PhotoError("it is damaged or incomplete")
        yield kind, data[at + head : at + size]
        at += size


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content
