"""What stands in the directories of a TIFF file: sizes, metadata, and camera raw in disguise."""

import numpy as np

from colorcli.errors import PhotoError
from colorcli.images import exif, ifd, iptc
from colorcli.images.byte_stream import Stream
from colorcli.images.formats import RAW_HINT
from colorcli.images.ifd import ByteLayout, TagValue
from colorcli.images.picture import Metadata
from colorcli.images.tiff_kinds import TiffKind

_WIDTH, _HEIGHT, _COMPRESSION, _PHOTOMETRIC, _MAKE = 0x0100, 0x0101, 0x0103, 0x0106, 0x010F
_XMP, _IPTC, _PHOTOSHOP, _ICC, _DNG_VERSION = 0x02BC, 0x83BB, 0x8649, 0x8773, 0xC612
_BITS, _SAMPLES, _PLANES, _TILE_WIDTH, _INK_SET = 0x0102, 0x0115, 0x011C, 0x0142, 0x014C
_YCBCR_WEIGHTS, _BLACK_AND_WHITE = 0x0211, 0x0214
_JPEG_WEIGHTS = (0.299, 0.587, 0.114)  # of red, green and blue in Y
_JPEG_RANGES = (0, 255, 128, 255, 128, 255)
_SENSOR = {32803, 34892}  # photometric: a colour filter array, or linear sensor values
_MAKERS = {
    b"NIKON": "a Nikon NEF",
    b"SONY": "a Sony ARW",
    b"PENTAX": "a Pentax PEF",
    b"SAMSUNG": "a Samsung SRW",
}


class TiffPage:
    """The directory of one page."""

    def __init__(self, stream: Stream, entries: dict[int, TagValue], layout: ByteLayout) -> None:
        self._stream, self._entries, self._layout = stream, entries, layout
        self.width, self.height = self._number(_WIDTH), self._number(_HEIGHT)
        self.kind = self._kind()
        self.compressed = self.kind.compression != 1
        self.orientation = exif.orientation_of(entries, layout) or 1
        self.icc = self._block(_ICC)

    def metadata(self) -> Metadata:
        """As it stands in the file, dpi aside."""
        photoshop = self._block(_PHOTOSHOP)
        records = self._block(_IPTC) or iptc.from_photoshop(photoshop)
        about = exif.of_page(self._stream, self._entries, self._layout)
        return Metadata(exif=about, xmp=self._block(_XMP), iptc=records)

    def refuse_raw(self) -> None:
        """Camera raw files call themselves TIFF and keep a small preview where the picture should be."""
        below = self._entries.get(ifd.SUB_IFDS)
        offsets = below.numbers(self._layout.order)[:8] if below else []
        children = [self._photometric_at(offset) for offset in offsets]
        if _DNG_VERSION in self._entries:
            self._refuse("a DNG")
        if _SENSOR & {self._number(_PHOTOMETRIC), *children}:
            make = self._block(_MAKE) or b""
            self._refuse(next((name for key, name in _MAKERS.items() if make.upper().startswith(key)), "a"))

    def _refuse(self, kind: str) -> None:
        raise PhotoError(f"it is {kind} camera raw file, which colorcli does not read", RAW_HINT)

    def _photometric_at(self, offset: int) -> int:
        try:
            entries, _ = ifd.read_entries(self._stream, self._layout, offset)
        except ValueError:
            return 0
        return TiffPage(self._stream, entries, self._layout)._number(_PHOTOMETRIC)

    def _kind(self) -> TiffKind:
        samples = self._number(_SAMPLES, 1)
        depths = self._entries[_BITS].numbers(self._layout.order) if _BITS in self._entries else [1]
        return TiffKind(
            self._number(_PHOTOMETRIC),
            self._number(_COMPRESSION, 1),
            depths[0] if len(set(depths)) == 1 else 0,
            samples,
            tiled_planes=samples > 1 and self._number(_PLANES, 1) == 2 and _TILE_WIDTH in self._entries,
            as_jpeg=self._says(_YCBCR_WEIGHTS, _JPEG_WEIGHTS) and self._says(_BLACK_AND_WHITE, _JPEG_RANGES),
            other_inks=self._number(_INK_SET, 1) != 1,
        )

    def _says(self, tag: int, expected: tuple[float, ...]) -> bool:
        """Whether the fractions of a tag are these, to a thousandth; true where it is not there."""
        if tag not in self._entries:
            return True
        numbers = self._entries[tag].numbers(self._layout.order)
        found = [over / max(under, 1) for over, under in zip(numbers[::2], numbers[1::2], strict=False)]
        return np.allclose(found, expected, atol=1e-3) if len(found) == len(expected) else False

    def _number(self, tag: int, otherwise: int = 0) -> int:
        return self._entries[tag].numbers(self._layout.order)[0] if tag in self._entries else otherwise

    def _block(self, tag: int) -> bytes | None:
        return self._entries[tag].data if tag in self._entries else None


def read_pages(stream: Stream) -> list[TiffPage]:
    """One directory a page, in order."""
    try:
        pages = [TiffPage(stream, entries, layout) for entries, layout in ifd.read_chain(stream)]
    except ValueError as error:
        raise PhotoError(f"it is damaged or incomplete ({error})") from error
    if not pages:
        raise PhotoError("it is damaged or incomplete (no page)")
    return pages
