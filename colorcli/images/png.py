"""PNG's chunks: metadata found anywhere and put before the picture, and whether there are several."""

import struct
import zlib
from collections.abc import Iterator

from colorcli.images import iptc, jpeg
from colorcli.images.byte_stream import Stream, read_at
from colorcli.images.picture import Metadata

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_SIZE = 33  # bytes of signature and IHDR
START_SIZE = _HEADER_SIZE + 21  # libvips always writes pHYs next

_XMP, _PROFILE = b"XML:com.adobe.xmp", b"Raw profile type "
_MOST_TEXT = 1 << 26  # bytes, unpacked
_INCH = 0.0254  # metres


def start_with_metadata(head: bytes, metadata: Metadata) -> bytes:
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
        parts.append(_chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + metadata.xmp))
    if metadata.iptc:
        text = zlib.compress(iptc.to_raw_profile(metadata.iptc))
        parts.append(_chunk(b"zTXt", _PROFILE + b"iptc\0\0" + text))
    return b"".join(parts)


def is_animated(stream: Stream) -> bool:
    """Whether more than one frame is announced, which stands before the first one."""
    for kind, at, _ in _chunks(stream):
        if kind == b"acTL":
            return int.from_bytes(read_at(stream, at, 4), "big") > 1
        if kind == b"IDAT":
            break
    return False


def read_metadata(stream: Stream) -> Metadata:
    """What chunks before and behind the picture say, also in texts as ImageMagick writes them; dpi aside."""
    exif: bytes | None = None
    texts: dict[bytes, bytes] = {}
    for kind, at, size in _chunks(stream):
        if kind == b"eXIf":
            exif = exif or read_at(stream, at, size)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            name, text = _text(kind, read_at(stream, at, size))
            texts.setdefault(name, text)
    profiles = {name.removeprefix(_PROFILE): iptc.raw_profile(text) for name, text in texts.items()}
    either = profiles.get(b"APP1") or b""  # a segment of JPEG, which has two uses
    is_xmp = either.startswith(jpeg.XMP_MARK)
    exif = exif or profiles.get(b"exif") or (None if is_xmp else either)
    packet = texts.get(_XMP) or profiles.get(b"xmp") or (either if is_xmp else None)
    return Metadata(
        exif=exif.removeprefix(jpeg.EXIF_MARK) if exif else None,
        xmp=packet.removeprefix(jpeg.XMP_MARK) if packet else None,
        iptc=iptc.from_photoshop(profiles.get(b"iptc")),
    )


def _chunks(stream: Stream) -> Iterator[tuple[bytes, int, int]]:
    """Kind of each chunk, where its content stands, and its size."""
    at = len(_SIGNATURE)
    while len(head := read_at(stream, at, 8)) == 8:
        size, kind = struct.unpack(">I4s", head)
        yield kind, at + 8, size
        at += 12 + size


def _text(kind: bytes, content: bytes) -> tuple[bytes, bytes]:
    """Name and text of a chunk that has both; an empty text where it is damaged."""
    name, _, rest = content.partition(b"\0")
    is_packed = kind == b"zTXt"
    if kind == b"iTXt":
        is_packed, rest = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]  # behind language and translation
    elif is_packed:
        rest = rest[1:]
    if not is_packed:
        return name, rest
    try:
        return name, zlib.decompressobj().decompress(rest, _MOST_TEXT)
    except zlib.error:
        return name, b""


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
