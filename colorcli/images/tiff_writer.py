"""TIFF files written strip by strip: any number of pages, 8 or 16 bits, all metadata, BigTIFF above 4 GB."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from colorcli.images import exif, ifd
from colorcli.images.ifd import Directory, TagValue, long, rational, short
from colorcli.images.picture import Metadata, Page, Pixels

_STRIP_BYTES = 1 << 20
_LEVEL = 1  # of zlib: within 5 % of the size of 6, five times as quick
_CLASSIC_BYTES = (1 << 32) - (1 << 26)  # samples up to here leave room for metadata below 4 GiB
_NONE, _DEFLATE = 1, 8
_MIN_IS_BLACK, _RGB = 1, 2
_HORIZONTAL = 2  # predictor: a sample is stored as its difference from the left one
_UNASSOCIATED = 2  # alpha not multiplied into the colours
_INCH = 2


@dataclass(frozen=True)
class Strips:
    """Where the strips of a page stand in the file, and their sizes, in bytes."""

    offsets: list[int]
    sizes: list[int]
    rows: int


def write(
    out: BinaryIO,
    pages: Sequence[Page],
    metadata: Sequence[Metadata],
    compressed: bool,
    classic_bytes: int = _CLASSIC_BYTES,
) -> None:
    """The pages, each with its own metadata; BigTIFF if they have more bytes than `classic_bytes`."""
    big = sum(_size(page) for page in pages) > classic_bytes
    out.write(b"II+\0\x08\0\0\0" + bytes(8) if big else b"II*\0" + bytes(4))
    strips = [_write_strips(out, page, compressed) for page in pages]
    out.write(bytes(out.tell() % 2))
    first = out.tell()
    for number, (page, about, where) in enumerate(zip(pages, metadata, strips, strict=True), 1):
        tree = _directory(page, about, where, compressed)
        out.write(ifd.serialise(tree, out.tell(), big, more=number < len(pages)))
    out.seek(8 if big else 4)
    out.write(struct.pack("<Q" if big else "<I", first))


def _size(page: Page) -> int:
    return page.pixels.nbytes + (0 if page.alpha is None else page.alpha.nbytes)


def _write_strips(out: BinaryIO, page: Page, compressed: bool) -> Strips:
    rows = max(1, _STRIP_BYTES // (_size(page) // len(page.pixels)))
    strips = Strips([], [], rows)
    for data in _strips(page, rows, compressed):
        strips.offsets.append(out.tell())
        strips.sizes.append(out.write(data))
    return strips


def _strips(page: Page, rows: int, compressed: bool) -> Iterator[bytes]:
    """The samples of `rows` rows at a time, as they stand in the file; packed a few at once, on all cores."""
    starts = range(0, len(page.pixels), rows)
    if not compressed:
        yield from (_samples(page, start, rows).tobytes() for start in starts)
        return
    with ThreadPoolExecutor() as threads:
        for at in range(0, len(starts), 16):
            yield from threads.map(lambda start: _packed(_samples(page, start, rows)), starts[at : at + 16])


def _samples(page: Page, start: int, rows: int) -> Pixels:
    """A strip as (rows, W, channels), little-endian."""
    strip = page.pixels[start : start + rows]
    strip = strip if strip.ndim == 3 else strip[..., None]
    if page.alpha is not None:
        strip = np.concatenate([strip, page.alpha[start : start + rows, :, None]], axis=2)
    return strip.astype(strip.dtype.newbyteorder("<"), copy=False)


def _packed(strip: Pixels) -> bytes:
    differences = strip.copy()
    differences[:, 1:] -= strip[:, :-1]
    return zlib.compress(differences.tobytes(), _LEVEL)


def _directory(page: Page, about: Metadata, strips: Strips, compressed: bool) -> Directory:
    height, width = page.pixels.shape[:2]
    colours = 1 if page.pixels.ndim == 2 else 3
    channels = colours + (page.alpha is not None)
    tree = exif.for_page(about.exif) if about.exif else Directory()
    tree.entries |= {
        0x0100: long(width),
        0x0101: long(height),
        0x0102: short(*[8 * page.pixels.itemsize] * channels),
        0x0103: short(_DEFLATE if compressed else _NONE),
        0x0106: short(_RGB if colours == 3 else _MIN_IS_BLACK),
        0x0111: long(*strips.offsets),
        0x0112: short(1),
        0x0115: short(channels),
        0x0116: long(strips.rows),
        0x0117: long(*strips.sizes),
        0x011C: short(1),
    }
    if compressed:
        tree.entries[0x013D] = short(_HORIZONTAL)
    if channels > colours:
        tree.entries[0x0152] = short(_UNASSOCIATED)
    tree.entries |= _about(about)
    return tree


def _about(metadata: Metadata) -> dict[int, TagValue]:
    entries: dict[int, TagValue] = {}
    if metadata.dpi:
        across, down = metadata.dpi
        entries |= {0x011A: rational(across), 0x011B: rational(down), 0x0128: short(_INCH)}
    if metadata.iptc:  # of type LONG, as everyone writes it, though it is bytes
        words = -(-len(metadata.iptc) // 4)
        entries[0x83BB] = TagValue(ifd.LONG, words, metadata.iptc.ljust(4 * words, b"\0"))
    blocks = ((0x02BC, ifd.BYTE, metadata.xmp), (0x8773, ifd.UNDEFINED, metadata.icc))
    return entries | {tag: TagValue(kind, len(block), block) for tag, kind, block in blocks if block}
