"""JPEG's segments: metadata put before the picture, and what announces further pictures."""

import struct
from collections.abc import Iterator

from colorcli.images import iptc
from colorcli.images.byte_stream import Stream, read_at
from colorcli.images.picture import Metadata

START_SIZE = 2  # bytes: the mark that a JPEG file begins

GAIN_MAP = "gain map (HDR)"
_MOST = 65533  # bytes of content in a segment
EXIF_MARK, XMP_MARK = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_ISO_GAIN_MAP, _MULTIPLE = b"urn:iso:std:iso:ts:21496:-1\0", b"MPF\0"
_HDR_NAMESPACE = b"http://ns.adobe.com/hdr-gain-map/1.0/"
_APP1, _SAMPLES = 0xE1, 0xDA  # markers: of EXIF and XMP, of the samples
_ICC = b"ICC_PROFILE\0"

MOST_EXIF = _MOST - len(EXIF_MARK)
MOST_XMP = _MOST - len(XMP_MARK)
MOST_IPTC = _MOST - 28


def start_with_metadata(metadata: Metadata) -> bytes:
    """The first bytes of a JPEG file with this metadata, in place of the encoder's START_SIZE bytes."""
    parts = [b"\xff\xd8", _segment(0xE0, _jfif(metadata.dpi))]
    if metadata.exif:
        parts.append(_segment(0xE1, EXIF_MARK + metadata.exif))
    if metadata.xmp:
        parts.append(_segment(0xE1, XMP_MARK + metadata.xmp))
    if metadata.icc:
        parts.extend(_icc_segments(metadata.icc))
    if metadata.iptc:
        parts.append(_segment(0xED, iptc.to_photoshop(metadata.iptc)))
    return b"".join(parts)


def further_pictures(stream: Stream) -> str:
    """What else than the photograph the file announces, in words; "" if nothing."""
    found = ""
    for marker, content in _segments(stream):
        if content.startswith(_ISO_GAIN_MAP) or (marker == _APP1 and _HDR_NAMESPACE in content):
            return GAIN_MAP
        if content.startswith(_MULTIPLE):
            found = "further pictures (MPF)"
    return found


def _segments(stream: Stream) -> Iterator[tuple[int, bytes]]:
    """Markers and contents of what stands before the samples."""
    at = START_SIZE
    while len(head := read_at(stream, at, 4)) == 4:
        mark, marker, size = struct.unpack(">BBH", head)
        if mark != 0xFF or marker == _SAMPLES:
            return
        yield marker, read_at(stream, at + 4, max(0, size - 2))
        at += 2 + size


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
