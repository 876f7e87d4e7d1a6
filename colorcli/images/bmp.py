"""BMP's header, read before decoding, and its run-length coding, which OpenCV reads like no one else."""

import struct
from dataclasses import dataclass

import numpy as np

from colorcli.errors import PhotoError
from colorcli.images.formats import CONVERT_HINT
from colorcli.images.picture import Pixels

_FILE_HEADER, _OLD_HEADER, _RESOLUTION_AT = 14, 12, 38  # bytes
_RUNS, _RUNS_OF_HALF_BYTES = 1, 2  # compressions
_INCH = 0.0254  # metres


@dataclass(frozen=True)
class Header:
    """Pixels, dots per inch if the file says, and where palette and samples begin."""

    width: int
    height: int
    dpi: tuple[float, float] | None = None
    in_runs: bool = False
    palette_at: int = 0
    samples_at: int = 0


def read_header(data: bytes) -> Header:
    """Of any version since OS/2's."""
    try:
        start, size = struct.unpack_from("<II", data, 10)
        if size == _OLD_HEADER:
            return Header(*struct.unpack_from("<HH", data, 18))
        width, height = struct.unpack_from("<ii", data, 18)
        (compression,) = struct.unpack_from("<I", data, 30)
        across, down = struct.unpack_from("<ii", data, _RESOLUTION_AT)
    except struct.error as error:
        raise PhotoError("it is damaged or incomplete") from error
    if compression == _RUNS_OF_HALF_BYTES:
        raise PhotoError("it is a BMP of 16 colours in runs (RLE4)", CONVERT_HINT)
    dpi = (across * _INCH, down * _INCH) if across > 0 and down > 0 else None
    # A negative height means that the top row comes first.
    return Header(abs(width), abs(height), dpi, compression == _RUNS, _FILE_HEADER + size, start)


def read_runs(data: bytes, header: Header) -> Pixels:
    """The RGB pixels of a file of 256 colours in runs (RLE8)."""
    palette = np.zeros((256, 3), np.uint8)
    known = np.frombuffer(
        data[header.palette_at : min(header.samples_at, header.palette_at + 1024)], np.uint8
    )
    known = known[: len(known) // 4 * 4].reshape(-1, 4)
    palette[: len(known)] = known[:, 2::-1]
    try:
        return np.take(palette, _indices(data, header)[::-1], axis=0)
    except (IndexError, ValueError) as error:
        raise PhotoError("it is damaged or incomplete") from error


def _indices(data: bytes, header: Header) -> Pixels:
    """Rows from the bottom up. A pair of bytes is a run, or 0 and a command or a number of single samples.

    Runs may go on beyond the end of a row, into its padding: they end there, and do not wrap.
    """
    samples = np.zeros((header.height, header.width), np.uint8)
    at, row, column = header.samples_at, 0, 0
    while row < header.height and (pair := (data[at], data[at + 1])) != (0, 1):  # the end
        at += 2
        count, value = pair
        if count:
            samples[row, column : column + count] = value
            column += count
        elif value == 0:  # the end of a row
            row, column = row + 1, 0
        elif value == 2:  # a jump
            row, column, at = row + data[at + 1], column + data[at], at + 2
        else:
            room = samples[row, column : column + value]
            room[:] = np.frombuffer(data, np.uint8, value, at)[: len(room)]
            column += value
            at += value + value % 2
    return samples


def with_resolution(data: bytes, dpi: tuple[float, float] | None) -> bytes:
    """The file with this resolution, or saying nothing about it."""
    dots = struct.pack("<ii", *(round(value / _INCH) for value in dpi or (0, 0)))
    return data[:_RESOLUTION_AT] + dots + data[_RESOLUTION_AT + len(dots) :]
