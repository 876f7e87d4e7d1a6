"""EXIF blocks: made upright, read from TIFF pages, given to TIFF pages."""

import struct
from io import BytesIO

from colorcli.images import ifd
from colorcli.images.byte_stream import Stream
from colorcli.images.ifd import EXIF, GPS, INTEROP, ByteLayout, Directory, TagValue

ORIENTATION = 0x0112
_COLOR_SPACE = 0xA001
_SRGB = 1
_INCH = 2
_SIDES = ((0x0100, 0x0101), (0x011A, 0x011B), (0xA002, 0xA003))  # width and height, resolutions, EXIF's size

_LITTLE = b"II*\0\x08\0\0\0"

# Tags of a TIFF page that say how its samples are stored or what their colours are: the writer's business.
_STRUCTURAL = frozenset(
    [
        *(0x00FE, 0x00FF, 0x0106, 0x0111, 0x0112, 0x0128, 0x012D, 0x014A),
        *(*range(0x0100, 0x0104), *range(0x0107, 0x010B), *range(0x0115, 0x011D), *range(0x0120, 0x0126)),
        *(*range(0x013D, 0x0146), *range(0x014C, 0x0164), *range(0x0200, 0x020A), *range(0x0211, 0x0215)),
        *(0x02BC, 0x83BB, 0x8649, 0x8773, 0x935C),  # XMP, IPTC, Photoshop's, ICC, Photoshop's layers
    ]
)
_RESOLUTION = (0x011A, 0x011B, 0x0128)

# The types that a whole number may have, as struct calls them.
_WHOLE = {ifd.BYTE: "B", ifd.SHORT: "H", ifd.LONG: "I", 6: "b", 8: "h", 9: "i", ifd.LONG8: "Q", 17: "q"}


def orientation(exif: bytes | None) -> int | None:
    """1..8, how the pixels must be turned; None where the block does not say."""
    try:
        entries, layout = next(ifd.read_chain(BytesIO(exif or b"")))
    except (ValueError, StopIteration):
        return None
    return orientation_of(entries, layout)


def orientation_of(entries: dict[int, TagValue], layout: ByteLayout) -> int | None:
    """The same for a directory."""
    entry = entries.get(ORIENTATION)
    if entry is None or entry.type not in _WHOLE:
        return None
    value = entry.numbers(layout.order)[0]
    return value if 1 <= value <= 8 else None


def upright(exif: bytes, sideways: bool) -> bytes | None:
    """The block as it is right for upright sRGB pixels; None if it is damaged.

    Values are changed where they stand, so that everything else, maker notes too, keeps its place. The
    thumbnail is unlinked: it shows the photograph without colour.
    """
    block, stream = bytearray(exif), BytesIO(exif)
    try:
        layout, offset = ifd.read_header(stream)
        entries, next_at = ifd.read_entries(stream, layout, offset)
    except ValueError:
        return None
    in_exif = ifd.read_child(stream, layout, entries, EXIF)
    _put(block, entries.get(ORIENTATION), 1, layout)
    _put(block, in_exif.get(_COLOR_SPACE), _SRGB, layout)
    if sideways:
        for horizontal, vertical in _SIDES:
            _swap(block, entries.get(horizontal), entries.get(vertical))
            _swap(block, in_exif.get(horizontal), in_exif.get(vertical))
    width = struct.calcsize(layout.offset)
    block[next_at : next_at + width] = bytes(len(block[next_at : next_at + width]))
    return bytes(block)


def _put(block: bytearray, entry: TagValue | None, value: int, layout: ByteLayout) -> None:
    if entry and entry.type in _WHOLE:
        struct.pack_into(layout.order + _WHOLE[entry.type], block, entry.at, value)


def _swap(block: bytearray, one: TagValue | None, other: TagValue | None) -> None:
    if one and other and len(one.data) == len(other.data):
        block[one.at : one.at + len(one.data)] = other.data
        block[other.at : other.at + len(other.data)] = one.data


def resolution(dpi: tuple[float, float]) -> bytes:
    """A block that says only this."""
    across, down = map(ifd.rational, dpi)
    tree = Directory({0x011A: across, 0x011B: down, 0x0128: ifd.short(_INCH)})
    return _LITTLE + ifd.serialise(tree, len(_LITTLE))


def of_page(stream: Stream, entries: dict[int, TagValue], layout: ByteLayout) -> bytes | None:
    """What a TIFF page says about the photograph, as an EXIF block; None if nothing."""
    tree = ifd.read_tree(stream, layout, _described(entries))
    if not tree.entries and not tree.children:
        return None
    tree.entries |= {tag: entries[tag].little(layout.order) for tag in _RESOLUTION if tag in entries}
    return _LITTLE + ifd.serialise(tree, len(_LITTLE))


def for_page(exif: bytes) -> Directory:
    """The tags of an EXIF block, one that `upright` has made, that a TIFF page can carry beside its own."""
    stream = BytesIO(exif)
    layout, offset = ifd.read_header(stream)
    entries, _ = ifd.read_entries(stream, layout, offset)
    return ifd.read_tree(stream, layout, _described(entries))


def _described(entries: dict[int, TagValue]) -> dict[int, TagValue]:
    pointers = (EXIF, GPS, INTEROP)
    return {tag: entry for tag, entry in entries.items() if tag not in _STRUCTURAL or tag in pointers}
