"""HEIC, which phones write, by pillow-heif: an extra, since few archives have it."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

from colorcli.errors import PhotoError
from colorcli.images import bit_depth, colour_space, jpeg, pillow
from colorcli.images.byte_stream import Stream, read_at
from colorcli.images.picture import Metadata, Page

if TYPE_CHECKING:
    from pillow_heif import HeifFile

_GAIN_MAP = "hdrgainmap"  # in the name of a picture beside the photograph


class Heic:
    """The photograph of a file, not yet decoded; `bits` a sample, `icc` its profile."""

    def __init__(self, stream: Stream, check: Callable[[int], None]) -> None:
        with pillow.errors():
            self._file = _opened(read_at(stream, 0, -1))
            check(self._file.size[0] * self._file.size[1])
        about: dict[str, Any] = self._file.info
        self.bits: int = about["bit_depth"]
        self.icc: bytes | None = about.get("icc_profile")
        exif, xmp = about.get("exif"), about.get("xmp")
        self.metadata = Metadata(exif.removeprefix(jpeg.EXIF_MARK) if exif else None, xmp)

    def decode(self) -> Page:
        """Upright: the file says how it is turned, and its library turns it."""
        with pillow.errors():
            samples = np.asarray(self._file)
        return colour_space.split(bit_depth.scaled(samples, (1 << self.bits) - 1))

    def notes(self) -> Iterator[str]:
        """What else is in the file."""
        if any(_GAIN_MAP in name for name in self._file.info.get("aux", {})):
            yield f"not carried over: its {jpeg.GAIN_MAP}"
        if len(self._file) > 1:
            yield f"not carried over: {len(self._file) - 1} further pictures"


def _opened(data: bytes) -> "HeifFile":
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError(
            "it is a HEIC photograph, and colorcli was installed without what reads it",
            "pip install 'colorcli[heic]', or save it as JPEG with another program.",
        ) from error
    return pillow_heif.open_heif(BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=False)
