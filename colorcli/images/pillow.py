"""Pillow, for what libvips cannot: BMP, JPEG 2000 of 8 bits, and rare kinds of TIFF."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ctypes import CDLL
from io import BytesIO

import numpy as np
from PIL import _imaging
from PIL.BmpImagePlugin import BmpImageFile
from PIL.Image import Image
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile
from PIL.TiffImagePlugin import TiffImageFile

from colorcli.errors import PhotoError
from colorcli.images.byte_stream import Stream
from colorcli.images.formats import CONVERT_HINT
from colorcli.images.picture import Pixels

logging.getLogger("PIL").addHandler(logging.NullHandler())
logging.getLogger("PIL").propagate = False  # what it says would reach stderr
warnings.filterwarnings("ignore", module="PIL")
with suppress(OSError, AttributeError):  # where libtiff is built in, it has no name to be called by
    CDLL(_imaging.__file__).TIFFSetErrorHandler(None)  # its errors become ours, not lines on stderr

_SAME = {"I;16", "I;16B", "LAB"}  # modes whose samples are taken as they are
_GREY, _GREY_ALPHA, _COLOUR, _COLOUR_ALPHA = "L", "LA", "RGB", "RGBA"
_AS = {
    "1": _GREY,
    "L": _GREY,
    "LA": _GREY_ALPHA,
    "La": _GREY_ALPHA,
    "PA": _COLOUR_ALPHA,
    "RGB": _COLOUR,
    "RGBX": _COLOUR,
    "YCbCr": _COLOUR,
    "RGBA": _COLOUR_ALPHA,
    "RGBa": _COLOUR_ALPHA,
}


@contextmanager
def bmp(stream: Stream) -> Iterator[Image]:
    """A BMP of any version, its pixels not yet decoded."""
    stream.seek(0)
    with errors(), BmpImageFile(stream) as image:
        yield image


@contextmanager
def jp2(data: bytes) -> Iterator[Image]:
    """A JPEG 2000 file or codestream, its pixels not yet decoded."""
    with errors(), Jpeg2KImageFile(BytesIO(data)) as image:
        yield image


@contextmanager
def tiff(stream: Stream, page: int) -> Iterator[Image]:
    """A page of a TIFF file, its pixels not yet decoded; they will be upright."""
    stream.seek(0)
    with errors(), TiffImageFile(stream) as image:
        image.seek(page)
        yield image


def pixels_of(image: Image, width: int, height: int) -> Pixels:
    """Decode: (H, W) grey, (H, W, 2) with alpha, (H, W, 3) RGB or CIELab, (H, W, 4) RGB with alpha.

    Width and height may change places, where Pillow turns.
    """
    if sorted(image.size) != sorted((width, height)):
        raise PhotoError("it is damaged (it names two sizes)")
    if image.mode not in _SAME:
        image = image.convert(_converted(image))
    samples: Pixels = np.array(image)  # a copy, which may be written to
    return samples.astype(samples.dtype.newbyteorder("="), copy=False)


def dpi(image: Image) -> tuple[float, float] | None:
    """Dots per inch across and down, if the file says."""
    found = image.info.get("dpi")
    return (float(found[0]), float(found[1])) if found else None


def _converted(image: Image) -> str:
    if image.mode == "P":
        return _COLOUR_ALPHA if "transparency" in image.info else _COLOUR
    if image.mode not in _AS:
        raise PhotoError(f"its samples are of a kind colorcli does not read ({image.mode})", CONVERT_HINT)
    return _AS[image.mode]


@contextmanager
def errors() -> Iterator[None]:
    """What Pillow raises, as a PhotoError."""
    try:
        yield
    except (PhotoError, MemoryError):
        raise
    except Exception as error:  # on a damaged file Pillow raises whatever its parts do
        raise PhotoError(f"it is damaged, incomplete or of a kind not supported ({error})") from error
