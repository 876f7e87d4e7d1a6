"""BMP's header: size and resolution, read before decoding."""

import struct
from dataclasses import dataclass

from colorcli.errors import PhotoError

_OLD_HEADER = 12  # bytes; every later version has at least 40
_INCH = 0.0254  # metres


@dataclass(frozen=True)
class Header:
    """Pixels, and dots per inch if the file says."""

    width: int
    height: int
    dpi: tuple[float, float] | None


def read_header(data: bytes) -> Header:
    """Of any version since OS/2's."""
    try:
        (size,) = struct.unpack_from("<I", data, 14)
        if size == _OLD_HEADER:
            width, height = struct.unpack_from("<HH", data, 18)
            return Header(width, height, None)
        width, height = struct.unpack_from("<ii", data, 18)
        across, down = struct.unpack_from("<ii", data, 38)
    except struct.error as error:
        raise PhotoError("it is damaged or incomplete") from error
    dpi = (across * _INCH, down * _INCH) if across > 0 and down > 0 else None
    return Header(abs(width), abs(height), dpi)  # a negative height means top row first


def with_resolution(data: bytes, dpi: tuple[float, float] | None) -> bytes:
    """The file with this resolution, or saying nothing about it."""
    across, down = (round(value / _INCH) for value in dpi or (0, 0))
    return data[:38] + struct.pack("<ii", across, down) + data[46:]
