"""JPEG 2000's boxes: size, depth, palette and metadata read before decoding, metadata put behind."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from colorcli.errors import PhotoError
from colorcli.images.formats import CONVERT_HINT
from colorcli.images.picture import Metadata, Pixels

_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_EXIF = b"JpgTiffExif->JP2"

_CODESTREAM = b"\xff\x4f\xff\x51"
_END = b"\xff\xd9"
_SRGB, _GREY, _SYCC = 16, 17, 18  # colour spaces by number
_BY_NUMBER, _BY_PROFILE = 1, 2  # ways to name a colour space
_EIGHT_BITS = 7  # as a palette writes it


@dataclass(frozen=True, eq=False)
class Jp2Header:
    """`palette` is (N, 3) uint8 where the samples are numbers of its rows."""

    width: int
    height: int
    channels: int
    bits: int  # a sample; 0 where the channels differ
    halved: bool  # some channel has fewer samples than the picture pixels
    space: int = _SRGB  # the colour space by number
    icc: bytes | None = None
    palette: Pixels | None = None
    metadata: Metadata = field(default_factory=Metadata)

    def refuse_rare(self) -> None:
        """Name what no library here reads rightly."""
        if rare := next(self._rare(), None):
            raise PhotoError(f"it is a JPEG 2000 image {rare}, which colorcli does not read", CONVERT_HINT)

    def _rare(self) -> Iterator[str]:
        is_cmyk = self.icc is not None and self.icc[16:20] == b"CMYK"
        if self.space not in (_SRGB, _GREY, _SYCC) or is_cmyk:
            yield "in a rare colour space"
        if not self.bits:
            yield "with channels of different depths"
        if self.halved and self.space != _SYCC:
            yield "with channels of different sizes"
        if self.bits > 8 and (self.channels == 2 or self.space == _SYCC or self.palette is not None):
            yield f"of {self.bits} bits with transparency, YCC or a palette"


def read_header(data: bytes) -> Jp2Header:
    """What stands around the picture; a PhotoError if the file ends too early."""
    if data.startswith(_CODESTREAM):
        return Jp2Header(*_sizes(data))
    boxes = list(_boxes(data))
    inner = dict(reversed([box for kind, content in boxes if kind == b"jp2h" for box in _boxes(content)]))
    space, icc = _colours(inner.get(b"colr", b""))
    named = {content[:16]: content[16:] for kind, content in boxes if kind == b"uuid"}
    found = Metadata(exif=named.get(_EXIF), xmp=named.get(_XMP), iptc=named.get(_IPTC))
    try:
        palette = _palette(inner[b"pclr"], inner[b"cmap"], inner.get(b"cdef")) if b"pclr" in inner else None
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise PhotoError("it is damaged or incomplete (its palette)") from error
    return Jp2Header(*_sizes(codestream(data)), space, icc, palette, found)


def codestream(data: bytes) -> bytes:
    """The picture alone."""
    if data.startswith(_CODESTREAM):
        return data
    found = next((content for kind, content in _boxes(data) if kind == b"jp2c"), None)
    if found is None:
        raise PhotoError("it is damaged or incomplete (no codestream)")
    return found


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """The file with one more box for each kind of metadata; its own header already says sRGB."""
    kinds = ((_EXIF, metadata.exif), (_XMP, metadata.xmp), (_IPTC, metadata.iptc))
    added = [_box(b"uuid", name + content) for name, content in kinds if content]
    return b"".join([data, *added])


def _sizes(stream: bytes) -> tuple[int, int, int, int, bool]:
    """Width, height, channels, bits and whether a channel is halved, as the codestream has them."""
    if not stream.startswith(_CODESTREAM) or len(stream) < 48:
        raise PhotoError("it is damaged or incomplete")
    if not stream.rstrip(b"\0").endswith(_END):
        raise PhotoError("it is damaged or incomplete (the codestream has no end)")
    right, bottom, left, top = struct.unpack_from(">IIII", stream, 8)
    (channels,) = struct.unpack_from(">H", stream, 40)
    about = stream[42 : 42 + 3 * channels]  # a channel's depth and its steps across and down
    depths = {(depth & 0x7F) + 1 for depth in about[::3]}
    halved = max(about[1::3] + about[2::3], default=1) > 1
    return right - left, bottom - top, channels, depths.pop() if len(depths) == 1 else 0, halved


def _colours(box: bytes) -> tuple[int, bytes | None]:
    """The colour space by number, or a profile."""
    if box[:1] == bytes([_BY_NUMBER]):
        return int.from_bytes(box[3:7], "big"), None
    return _SRGB, box[3:] if box[:1] == bytes([_BY_PROFILE]) else None


def _palette(colours: bytes, mapping: bytes, roles: bytes | None) -> Pixels:
    """RGB by number; `mapping` says which column makes which channel, `roles` which of them is red."""
    count, columns = struct.unpack_from(">HB", colours)
    if set(colours[3 : 3 + columns]) != {_EIGHT_BITS}:
        raise ValueError("not of 8 bits")
    table = np.frombuffer(colours, np.uint8, count * columns, 3 + columns).reshape(count, columns)
    made = table[:, [column for _, _, column in struct.iter_unpack(">HBB", mapping)]]
    if roles is not None:
        about = {
            colour: channel for channel, kind, colour in struct.iter_unpack(">HHH", roles[2:]) if not kind
        }
        made = made[:, [about[colour] for colour in sorted(about)]]
    if made.shape[1] not in (1, 3):
        raise ValueError("neither grey nor RGB")
    return np.broadcast_to(made, (count, 3)).copy()


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
