"""yuv4mpeg: the luma plane passes through byte for byte, the colour planes are made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from colorcli.color import lab, upsample
from colorcli.color.lab import Floats, Pixels
from colorcli.color.working import shrink
from colorcli.colorizer import strip_rows, strips_of
from colorcli.errors import PhotoError
from colorcli.stream.chroma import differences, limit
from colorcli.stream.frame import Frame
from colorcli.stream.intake import Intake

MAGIC = b"YUV4MPEG2 "
_FRAME = b"FRAME"

_LONGEST_LINE = 1024  # bytes of a header
HD_ROWS = 720  # from here on video is BT.709, below BT.601
_SUBSAMPLING = {"mono": None, "420": (2, 2), "422": (2, 1), "444": (1, 1)}  # pixels to a colour sample
_SPACE = re.compile(r"(mono|420|422|444)(jpeg|mpeg2|paldv)?(?:p?(\d+))?")


@dataclass(frozen=True)
class Y4mHeader:
    """What the first line of a stream says; `others` are the parameters that concern nobody here."""

    width: int
    height: int
    chroma: str  # mono, 420, 422 or 444
    siting: str  # of 420: jpeg, mpeg2, paldv or nothing
    bits: int
    full_range: bool
    others: tuple[str, ...]  # frame rate, interlacing, aspect, comments

    @classmethod
    def parse(cls, line: bytes) -> "Y4mHeader":
        words = line.decode("latin-1").split(" ")[1:]
        values = {word[0]: word[1:] for word in words if word and word[0] in "WHC"}
        ranges = [word for word in words if word.startswith("XCOLORRANGE=")]
        told = ("W", "H", "C", "XCOLORRANGE=", "XYSCSS=")  # the last is an old second way to write C
        others = tuple(word for word in words if word and not word.startswith(told))
        space = _SPACE.fullmatch(values.get("C", "420jpeg"))
        if space is None:
            raise PhotoError(
                f"the colour space C{values['C']} is not one of mono, 420, 422 and 444",
                "convert it with ffmpeg: -pix_fmt yuv444p -f yuv4mpegpipe -",
            )
        chroma, siting, bits = space[1], space[2] or "", int(space[3] or 8)
        width, height = (_side(values.get(name, "")) for name in "WH")
        if not 8 <= bits <= 16:
            raise PhotoError(f"the header names {bits} bits a sample")
        full = ranges == ["XCOLORRANGE=FULL"] if ranges else chroma == "mono"  # as ffmpeg has it
        return cls(width, height, chroma, siting, bits, full, others)

    @property
    def line(self) -> bytes:
        """The line that says all this."""
        depth = "" if self.bits == 8 else f"p{self.bits}"
        space = f"C{self.chroma}{self.siting if self.chroma == '420' and not depth else ''}{depth}"
        colours = f"XCOLORRANGE={'FULL' if self.full_range else 'LIMITED'}"
        words = ["YUV4MPEG2", f"W{self.width}", f"H{self.height}", *self.others, space, colours]
        return " ".join(words).encode("latin-1") + b"\n"

    @property
    def luma_bytes(self) -> int:
        return self.width * self.height * self.sample_type.itemsize

    @property
    def chroma_size(self) -> tuple[int, int]:
        """Rows and columns of a colour plane; 0, 0 of mono."""
        steps = _SUBSAMPLING[self.chroma]
        return (-(-self.height // steps[1]), -(-self.width // steps[0])) if steps else (0, 0)

    @property
    def frame_bytes(self) -> int:
        rows, columns = self.chroma_size
        return self.luma_bytes + 2 * rows * columns * self.sample_type.itemsize

    @property
    def sample_type(self) -> np.dtype[np.uint8 | np.uint16]:
        return np.dtype(np.uint8 if self.bits == 8 else "<u2")


@dataclass
class Y4m:
    """`chroma` is that of the result: 420, 422, 444 or None for the stream's own (444 for mono)."""

    max_pixels: int
    matrix: str | None = None  # 601, 709 or None: what suits the height
    chroma: str | None = None
    _header: Y4mHeader | None = field(default=None, init=False)

    def frames(self, intake: Intake) -> Iterator[bytes]:
        """Each frame's line and planes."""
        if not intake.peek(1):
            return
        line = intake.take_line(_LONGEST_LINE)
        if not line.startswith(MAGIC):
            raise PhotoError(
                "it is no yuv4mpeg stream", "ffmpeg writes one with: -f yuv4mpegpipe -strict -1 -"
            )
        self._header = header = Y4mHeader.parse(line)
        if header.width * header.height > self.max_pixels:
            raise PhotoError(
                f"its header says {header.width}x{header.height}, more pixels than the limit",
                "raise it with --max-pixels if that is true",
            )
        while intake.peek(1):
            line = _frame_line(intake)
            yield line + b"\n" + intake.take(header.frame_bytes)

    def start(self) -> bytes:
        return self._result.line

    def decode(self, data: bytes) -> Frame:
        header = self._head
        start = data.index(b"\n") + 1
        luma = np.frombuffer(data, header.sample_type, header.width * header.height, start)
        return Frame(_grey(luma.reshape(header.height, header.width), header), data)

    def encode(self, frame: Frame, lightness: Floats, ab: Floats) -> bytes:
        result = self._result
        data = frame.origin
        assert isinstance(data, bytes)  # as `decode` left it
        kept = data[: data.index(b"\n") + 1 + result.luma_bytes]
        planes = _paint(_at_colour_samples(frame.pixels, result), lightness, ab, self.used_matrix, result)
        return kept + planes.tobytes()

    @property
    def _head(self) -> Y4mHeader:
        assert self._header is not None  # `frames` reads it before it gives the first
        return self._header

    @property
    def _result(self) -> Y4mHeader:
        return replace(self._head, chroma=self.chroma or self._head.chroma.replace("mono", "444"))

    @property
    def used_matrix(self) -> str:
        """601 or 709."""
        return self.matrix or ("601" if self._head.height < HD_ROWS else "709")


def _side(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 20:
        raise PhotoError("its header names no valid width and height")
    return int(text)


def _frame_line(intake: Intake) -> bytes:
    """The line before a frame's planes."""
    start = intake.peek(len(_FRAME))
    if start == MAGIC[: len(_FRAME)]:
        raise PhotoError(
            "another stream begins in the middle of this one, maybe with another size",
            "give each stream a run of its own, or scale them to one size with ffmpeg",
        )
    line = intake.take_line(_LONGEST_LINE) if _FRAME.startswith(start) else start
    if line.split(b" ")[0] != _FRAME:
        raise PhotoError("no frame begins where one should: the header does not fit the frames")
    return line


def _grey(luma: Pixels, header: Y4mHeader) -> Pixels:
    """Grey in full range, 8 bits of 8 and 16 bits of more."""
    top = (1 << header.bits) - 1
    step = 1 << (header.bits - 8)
    low, high = (0, top) if header.full_range else (16 * step, 235 * step)
    full: np.dtype[np.uint8 | np.uint16] = np.dtype(np.uint8 if header.bits == 8 else np.uint16)
    levels = (np.arange(top + 1) - low) / (high - low)
    table: Pixels = (levels.clip(0, 1) * np.iinfo(full).max + 0.5).astype(full)
    if full == np.uint8:
        grey: Pixels = cv2.LUT(luma, table)
    else:
        grey = np.take(table, luma, mode="clip")
    return grey


def _at_colour_samples(grey: Pixels, header: Y4mHeader) -> Pixels:
    rows, columns = header.chroma_size
    if grey.shape == (rows, columns):
        return grey
    across, down = _SUBSAMPLING[header.chroma] or (1, 1)
    height, width = rows * down, columns * across  # of an odd side the last sample counts double
    grey = cv2.copyMakeBorder(grey, 0, height - grey.shape[0], 0, width - grey.shape[1], cv2.BORDER_REPLICATE)
    small: Pixels = cv2.resize(grey, (columns, rows), interpolation=cv2.INTER_AREA)
    return small


def _paint(grey: Pixels, lightness: Floats, ab: Floats, matrix: str, header: Y4mHeader) -> Pixels:
    """The samples (2, h, w) that give `grey` (h, w) the colour ab seen in `lightness`.

    Turned into colour differences at low resolution, which is quick, and only those enlarged.
    """
    height, width = grey.shape
    small = shrink(grey, *ab.shape[:2])
    pair = differences(_luma(small), ab, matrix)
    lines = None if grey.shape == small.shape else upsample.fit(lightness, pair.transpose(1, 2, 0))
    planes: Pixels = np.empty((2, height, width), header.sample_type)
    work = upsample.workspace(strip_rows(width) * width)
    for rows in strips_of(height, width):
        strip, tints = grey[rows], pair[:, rows]
        if lines:
            tints = lines.strip(lab.lightness(strip), rows.start, height, work).transpose(2, 0, 1)
        limit(_luma(strip), tints, matrix)
        planes[:, rows] = _samples(tints, header)
    return planes


def _luma(grey: Pixels) -> Floats:
    """Y' 0..1."""
    luma: Floats = grey.astype(np.float32)
    luma /= np.float32(np.iinfo(grey.dtype).max)
    return luma


def _samples(pair: Floats, header: Y4mHeader) -> Pixels:
    """Cb and Cr (2, h, w), which are used up, as samples."""
    step = 1 << (header.bits - 8)
    top = (1 << header.bits) - 1
    span = top if header.full_range else 224 * step
    lowest, highest = (0, top) if header.full_range else (16 * step, 240 * step)
    pair *= np.float32(span)
    pair += np.float32(128 * step + 0.5)
    samples: Pixels = np.clip(pair, lowest, highest, out=pair).astype(header.sample_type)
    return samples
