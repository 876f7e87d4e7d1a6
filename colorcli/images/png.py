"""PNG's chunks: metadata put before the picture."""

import struct
import zlib

from colorcli.images import iptc
from colorcli.images.picture import Metadata

_HEADER_SIZE = 33  # bytes of signature and IHDR
START_SIZE = _HEADER_SIZE + 21  # libvips always writes pHYs next

_INCH = 0.0254  # metres


def start(head: bytes, metadata: Metadata) -> bytes:
    """The first bytes of a PNG file with this metadata, in place of the encoder's START_SIZE bytes `head`."""
    parts = [head[:_HEADER_SIZE]]
    if metadata.icc:
        parts.append(_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi:
        across, down = (round(value / _INCH) for value in metadata.dpi)
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        parts.append(_chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        parts.append(_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp))
    if metadata.iptc:
        text = zlib.compress(iptc.to_raw_profile(metadata.iptc))
        parts.append(_chunk(b"zTXt", b"Raw profile type iptc\0\0" + text))
    return b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
