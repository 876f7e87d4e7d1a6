"""The many ways a TIFF page can store its samples, and which library reads which."""

from collections.abc import Iterator
from dataclasses import dataclass

from colorcli.errors import PhotoError
from colorcli.images.formats import CONVERT_HINT

_SEPARATED, _YCBCR, _LAB = 5, 6, 8  # photometric interpretations
_USUAL_COLOURS = {0, 1, 2, 3, 5}  # grey either way round, RGB, a palette, CMYK
_UNUSUAL_COLOURS = {
    4: "a mask",
    _YCBCR: "YCbCr",
    _LAB: "CIELab",
    9: "ICCLab",
    10: "ITULab",
    32844: "LogL",
    32845: "LogLuv",
}

_NONE, _OLD_JPEG, _JPEG = 1, 6, 7  # compressions
_USUAL_COMPRESSIONS = {_NONE, 2, 3, 4, 5, _JPEG, 8, 32773, 32946}  # fax, LZW, Deflate and PackBits too
_UNUSUAL_COMPRESSIONS = {
    _OLD_JPEG: "JPEG of the old style",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34887: "LERC",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_USUAL_BITS = {1, 2, 4, 8, 16, 32, 64}  # the last two are refused by the type of the samples


@dataclass(frozen=True)
class TiffKind:
    """As the tags of a page say it."""

    colours: int  # photometric interpretation
    compression: int
    bits: int  # a sample; 0 where the samples differ
    samples: int  # a pixel
    tiled_planes: bool = False
    other_inks: bool = False  # than CMYK, where the photometric interpretation speaks of inks
    as_jpeg: bool = True  # YCbCr as JPEG means it: the usual coefficients, black 0 and white 255

    @property
    def is_lab(self) -> bool:
        """Whether the samples are CIELab."""
        return self.colours == _LAB

    def is_for_vips(self) -> bool:
        """Whether libvips reads it; a PhotoError names what no library here reads rightly."""
        unusual = list(self._unusual())
        if unusual and not self._is_for_pillow():
            raise PhotoError(
                f"it is a TIFF of a rare kind, which colorcli does not read: {', '.join(unusual)}",
                CONVERT_HINT,
            )
        return not unusual

    def _is_for_pillow(self) -> bool:
        """Pillow makes 8 bits of deep colours, and knows but one meaning of samples that are not packed."""
        if self._is_of_other_inks():
            return False
        if self.samples == 1 and self.colours == 1:
            return self.bits in (8, 12, 16)
        return self.bits == 8 and (self.as_jpeg or self.colours != _YCBCR or self.compression != _NONE)

    def _unusual(self) -> Iterator[str]:
        if self.bits not in _USUAL_BITS or (self.bits < 8 and self.samples > 1):
            yield f"{self.bits} bits a sample" if self.bits else "samples of different depths"
        if self.compression not in _USUAL_COMPRESSIONS:
            yield _UNUSUAL_COMPRESSIONS.get(self.compression, f"compression {self.compression}")
        if not self._has_usual_colours():
            yield _UNUSUAL_COLOURS.get(self.colours, f"photometric interpretation {self.colours}")
        if self.tiled_planes:
            yield "tiles of one colour each"
        if self._is_of_other_inks():
            yield "inks other than CMYK"

    def _is_of_other_inks(self) -> bool:
        return self.colours == _SEPARATED and self.other_inks

    def _has_usual_colours(self) -> bool:
        if self.colours == _YCBCR:
            return self.compression == _JPEG
        return self.colours in _USUAL_COLOURS or (self.colours == _LAB and self.bits == 16)
