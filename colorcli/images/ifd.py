"""TIFF directories, which are also what EXIF is made of: read from any file, written little-endian.

A directory is a list of tags. A tag's value sits in the entry if it fits there (4 bytes, BigTIFF 8), else
at the offset the entry holds; a few tags hold the offset of another directory, a child.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from colorcli.images.byte_stream import Stream, read_at, size_of

EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005  # the tags that hold a child
SUB_IFDS = 0x014A
BYTE, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 3, 4, 5, 7, 16

_HEADER_SIZE = 8
_MOST_VALUE_BYTES = 1 << 28  # a tag that claims more is damaged
_SHARED = 1 << 16  # bytes that tags may have in common: values in one place are no more than this

# Bytes a value of each type has, and the bytes of the unit that byte order applies to.
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
_UNITS = _SIZES | {5: 4, 10: 4}


@dataclass(frozen=True)
class ByteLayout:
    """How numbers are stored: `order` is "<" or ">", `big` means BigTIFF (8-byte offsets)."""

    order: str
    big: bool

    @property
    def offset(self) -> str:
        """The struct code of an offset."""
        return "Q" if self.big else "I"

    @property
    def count(self) -> str:
        """The struct code of the number of entries."""
        return "Q" if self.big else "H"


@dataclass(frozen=True)
class TagValue:
    """One tag: `count` values of `type` in `data`, in the byte order of its file, where they stand `at`."""

    type: int
    count: int
    data: bytes
    at: int = 0

    def numbers(self, order: str = "<") -> list[int]:
        """The values as integers; a rational is its two."""
        return [int(value) for value in np.frombuffer(self.data, f"{order}u{_UNITS[self.type]}")]

    def little(self, order: str) -> "TagValue":
        """The same entry, little-endian."""
        unit = _UNITS[self.type]
        if order == "<" or unit == 1:
            return self
        return TagValue(self.type, self.count, np.frombuffer(self.data, f">u{unit}").byteswap().tobytes())


@dataclass
class Directory:
    """Entries by tag, and the directories that tags of it point to."""

    entries: dict[int, TagValue] = field(default_factory=dict)
    children: dict[int, "Directory"] = field(default_factory=dict)


def short(*values: int) -> TagValue:
    """An entry of 16-bit numbers."""
    return TagValue(SHORT, len(values), struct.pack(f"<{len(values)}H", *values))


def long(*values: int) -> TagValue:
    """An entry of 32-bit numbers, or of 64-bit ones where these do not do."""
    if max(values) < 1 << 32:
        return TagValue(LONG, len(values), struct.pack(f"<{len(values)}I", *values))
    return TagValue(LONG8, len(values), struct.pack(f"<{len(values)}Q", *values))


def rational(value: float) -> TagValue:
    """An entry of one fraction, to a thousandth."""
    return TagValue(RATIONAL, 1, struct.pack("<II", round(value * 1000), 1000))


def read_header(stream: Stream) -> tuple[ByteLayout, int]:
    """The layout of a TIFF file or EXIF block and the offset of its first directory, or a ValueError."""
    head = read_at(stream, 0, 16)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        raise ValueError("no TIFF header")
    layout = ByteLayout(order, struct.unpack_from(f"{order}H", head, 2)[0] == 43)
    at = 8 if layout.big else 4
    if len(head) < at + struct.calcsize(layout.offset):
        raise ValueError("no TIFF header")
    return layout, struct.unpack_from(order + layout.offset, head, at)[0]


def read_entries(stream: Stream, layout: ByteLayout, offset: int) -> tuple[dict[int, TagValue], int]:
    """The entries at `offset` and where the offset of the next directory stands; damaged entries are out.

    A ValueError says that there is no directory, or that its values together are larger than the file.
    """
    count_size = struct.calcsize(layout.count)
    raw = read_at(stream, offset, count_size)
    if offset < _HEADER_SIZE or len(raw) < count_size:
        raise ValueError("a directory outside the file")
    size = 20 if layout.big else 12
    count = min(struct.unpack(layout.order + layout.count, raw)[0], 65535)
    table = read_at(stream, offset + count_size, count * size)
    room = size_of(stream) + _SHARED
    entries = {}
    for at in range(0, len(table) - size + 1, size):
        tag, kind = struct.unpack_from(f"{layout.order}HH", table, at)
        entry = _read_entry(stream, layout, kind, table[at + 4 : at + size], offset + count_size + at + 4)
        if entry is not None:
            entries[tag] = entry
            room -= len(entry.data)
        if room < 0:
            raise ValueError("tags larger than the file")
    return entries, offset + count_size + count * size


def _read_entry(stream: Stream, layout: ByteLayout, kind: int, rest: bytes, at: int) -> TagValue | None:
    """The entry whose count and value (or its offset) are `rest`, which stands at `at`."""
    width = struct.calcsize(layout.offset)
    count: int = struct.unpack_from(layout.order + layout.offset, rest)[0]
    size = _SIZES.get(kind, 0) * count
    if not 0 < size <= _MOST_VALUE_BYTES:
        return None
    if size <= width:
        return TagValue(kind, count, rest[width : width + size], at + width)
    offset = struct.unpack_from(layout.order + layout.offset, rest, width)[0]
    data = read_at(stream, offset, size)
    return TagValue(kind, count, data, offset) if len(data) == size else None


def read_chain(stream: Stream) -> Iterator[tuple[dict[int, TagValue], ByteLayout]]:
    """The entries of one page after another; ValueError where the chain is broken."""
    layout, offset = read_header(stream)
    seen = set()
    room = 2 * size_of(stream) + _SHARED
    while offset and offset not in seen:
        seen.add(offset)
        entries, next_at = read_entries(stream, layout, offset)
        room -= sum(len(entry.data) for entry in entries.values())
        if room < 0:
            raise ValueError("tags larger than the file")
        yield entries, layout
        width = struct.calcsize(layout.offset)
        raw = read_at(stream, next_at, width).ljust(width, b"\0")
        (offset,) = struct.unpack(layout.order + layout.offset, raw)


def read_tree(
    stream: Stream,
    layout: ByteLayout,
    entries: dict[int, TagValue],
    below: tuple[int, ...] = (EXIF, GPS, INTEROP),
) -> Directory:
    """`entries` little-endian, with the EXIF, GPS and interoperability directories below them.

    `below`: the tags that may hold a child; not twice on the way down, or it might never end.
    """
    tree = Directory()
    for tag, entry in entries.items():
        if tag not in (EXIF, GPS, INTEROP):
            tree.entries[tag] = entry.little(layout.order)
        elif tag in below and (inside := read_child(stream, layout, entries, tag)):
            rest = tuple(other for other in below if other != tag)
            tree.children[tag] = read_tree(stream, layout, inside, rest)
    return tree


def read_child(
    stream: Stream, layout: ByteLayout, entries: dict[int, TagValue], tag: int
) -> dict[int, TagValue]:
    """The directory that `tag` points to; empty if there is none or it is beyond the end."""
    try:
        return read_entries(stream, layout, entries[tag].numbers(layout.order)[0])[0]
    except (KeyError, ValueError):
        return {}


def serialise(tree: Directory, base: int, big: bool = False, more: bool = False) -> bytes:
    """`tree` as bytes that will stand at the even offset `base`; `more`: the next page's follow directly."""
    layout = ByteLayout("<", big)
    width, size = struct.calcsize(layout.offset), 20 if big else 12
    tags = sorted(tree.entries.keys() | tree.children.keys())
    values_at = base + struct.calcsize(layout.count) + size * len(tags) + width
    table, values = struct.pack("<" + layout.count, len(tags)), bytearray()
    for tag in tags:
        here = values_at + len(values)
        if tag in tree.children:
            entry = TagValue(LONG8 if big else LONG, 1, struct.pack("<" + layout.offset, here))
            values += serialise(tree.children[tag], here, big)
        else:
            entry = tree.entries[tag]
        table += struct.pack("<HH" + layout.offset, tag, entry.type, entry.count)
        if len(entry.data) <= width:
            table += entry.data.ljust(width, b"\0")
        else:
            table += struct.pack("<" + layout.offset, here)
            values += entry.data + b"\0" * (len(entry.data) % 2)
    end = values_at + len(values)
    return table + struct.pack("<" + layout.offset, end if more else 0) + values
