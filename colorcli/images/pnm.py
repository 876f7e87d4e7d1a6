"""Netpbm's formats: PBM, PGM and PPM, as text and binary, read; PGM and PPM written."""

import re
from typing import BinaryIO

import numpy as np

from colorcli.errors import PhotoError
from colorcli.images.bit_depth import scaled
from colorcli.images.picture import Pixels

# Kind, width, height and (but for bitmaps) the highest value, apart by blanks and comments, then one blank.
_GAP = rb"(?:\s|#[^\n]*\n)+"
_HEADER = re.compile(
    rb"P[14]%b(\d{1,10})%b(\d{1,10})\s|P[2356]%b(\d{1,10})%b(\d{1,10})%b(\d{1,10})\s" % ((_GAP,) * 5)
)


class PnmHeader:
    """What stands before the samples; `start` is where they begin."""

    def __init__(self, head: bytes) -> None:
        found = _HEADER.match(head)
        if found is None:
            raise PhotoError("its header is damaged or incomplete")
        numbers = [int(number) for number in found.groups() if number is not None]
        self.kind = head[1] - ord("0")
        self.width, self.height = numbers[:2]
        self.top = numbers[2] if len(numbers) == 3 else 1
        self.start = found.end()
        if not (self.width and self.height and 0 < self.top < 65536):
            raise PhotoError("its header is damaged")

    @property
    def samples(self) -> int:
        """How many the whole picture has."""
        return self.width * self.height * (3 if self.kind in (3, 6) else 1)


def read(data: bytes, header: PnmHeader) -> Pixels:
    """The pixels, scaled to 8 or 16 bits."""
    values = {1: _bits_as_text, 2: _text, 3: _text, 4: _packed_bits}.get(header.kind, _binary)(data, header)
    if values.size < header.samples:
        raise PhotoError("it is incomplete")
    shape = (header.height, header.width, 3)[: 3 if header.kind in (3, 6) else 2]
    return scaled(values[: header.samples].reshape(shape), header.top)


def write(out: BinaryIO, pixels: Pixels) -> None:
    """`pixels` as a binary PGM or PPM."""
    kind = 5 if pixels.ndim == 2 else 6
    top = np.iinfo(pixels.dtype).max
    out.write(b"P%d\n%d %d\n%d\n" % (kind, pixels.shape[1], pixels.shape[0], top))
    for row in range(0, len(pixels), 256):  # by strips: 16 bits are stored high byte first
        strip = pixels[row : row + 256]
        out.write(np.ascontiguousarray(strip.astype(strip.dtype.newbyteorder(">"), copy=False)).data)


def _binary(data: bytes, header: PnmHeader) -> Pixels:
    kind = np.dtype(">u2" if header.top > 255 else np.uint8)
    whole = (len(data) - header.start) // kind.itemsize
    return np.frombuffer(data, kind, min(whole, header.samples), header.start)


def _packed_bits(data: bytes, header: PnmHeader) -> Pixels:
    """A row begins on a byte; 1 is black."""
    stride = (header.width + 7) // 8
    packed = np.frombuffer(data, np.uint8, offset=header.start)
    rows = packed[: len(packed) // stride * stride].reshape(-1, stride)[: header.height]
    black: Pixels = np.unpackbits(rows, axis=1, count=header.width).ravel()
    return 1 - black


def _text(data: bytes, header: PnmHeader) -> Pixels:
    words = re.sub(rb"#[^\n]*", b"", data[header.start :]).split()
    try:
        values = [min(max(int(word), 0), header.top) for word in words[: header.samples]]
    except ValueError as error:
        raise PhotoError("it has text where numbers should be") from error
    return np.array(values, np.uint16)


def _bits_as_text(data: bytes, header: PnmHeader) -> Pixels:
    digits = np.frombuffer(data, np.uint8, offset=header.start)
    white: Pixels = digits[(digits == ord("0")) | (digits == ord("1"))] == ord("0")
    return white.astype(np.uint8)
