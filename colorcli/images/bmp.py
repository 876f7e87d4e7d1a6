"""BMP's resolution, put into a finished file."""

import struct

_RESOLUTION_AT = 38  # bytes
_INCH = 0.0254  # metres


def with_resolution(data: bytes, dpi: tuple[float, float] | None) -> bytes:
    """The file with this resolution, or saying nothing about it."""
    dots = struct.pack("<ii", *(round(value / _INCH) for value in dpi or (0, 0)))
    return data[:_RESOLUTION_AT] + dots + data[_RESOLUTION_AT + len(dots) :]
