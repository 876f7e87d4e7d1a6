"""WebP's chunks: metadata put around the picture, in the extended form of the file."""

import struct
from collections.abc import Iterator

from colorcli.images.picture import Metadata

_PICTURE = (b"VP8 ", b"VP8L", b"ALPH")
_ICC, _ALPHA, _EXIF, _XMP = 0x20, 0x10, 0x08, 0x04  # flags of what an extended file has


def with_metadata(data: bytes, width: int, height: int, alpha: bool, metadata: Metadata) -> bytes:
    """The file `data`, without metadata so far, with all of `metadata` that WebP has chunks for."""
    flags = alpha and _ALPHA
    for flag, block in ((_ICC, metadata.icc), (_EXIF, metadata.exif), (_XMP, metadata.xmp)):
        flags |= flag if block else 0
    if not flags:
        return data
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    picture = [(kind, content) for kind, content in _chunks(data) if kind in _PICTURE]
    about = [(b"ICCP", metadata.icc), *picture, (b"EXIF", metadata.exif), (b"XMP ", metadata.xmp)]
    body = _chunk(b"VP8X", struct.pack("<I", flags) + size)
    body += b"".join(_chunk(kind, content) for kind, content in about if content)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        yield kind, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
