"""JPEG's segments: metadata put before the picture."""

import struct

from colorcli.images import iptc
from colorcli.images.picture import Metadata

START_SIZE = 2  # bytes: the mark that a JPEG file begins

_MOST = 65533  # bytes of content in a segment
_EXIF, _XMP, _ICC = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"

MOST_EXIF = _MOST - len(_EXIF)
MOST_XMP = _MOST - len(_XMP)
MOST_IPTC = _MOST - 28


def start(metadata: Metadata) -> bytes:
    """The first bytes of a JPEG file with this metadata, in place of the encoder's START_SIZE bytes."""
    parts = [b"\xff\xd8", _segment(0xE0, _jfif(metadata.dpi))]
    if metadata.exif:
        parts.append(_segment(0xE1, _EXIF + metadata.exif))
    if metadata.xmp:
        parts.append(_segment(0xE1, _XMP + metadata.xmp))
    if metadata.icc:
        parts.extend(_icc_segments(metadata.icc))
    if metadata.iptc:
        parts.append(_segment(0xED, iptc.to_photoshop(metadata.iptc)))
    return b"".join(parts)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _jfif(dpi: tuple[float, float] | None) -> bytes:
    """Version 1.1; unit 1 is the inch, 0 says nothing but that pixels are square."""
    unit, (across, down) = (1, dpi) if dpi else (0, (1.0, 1.0))
    return b"JFIF\0\1\1" + struct.pack(">BHHBB", unit, round(across), round(down), 0, 0)


def _icc_segments(icc: bytes) -> list[bytes]:
    room = _MOST - len(_ICC) - 2
    pieces = [icc[at : at + room] for at in range(0, len(icc), room)]
    return [
        _segment(0xE2, _ICC + bytes([number, len(pieces)]) + piece) for number, piece in enumerate(pieces, 1)
    ]
