"""Concatenated JPEG, PNG and PNM files, each found by its own structure, not by a mark inside its data."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from colorcli import images
from colorcli.color.lab import Floats
from colorcli.colorizer import tint
from colorcli.errors import PhotoError, UsageError
from colorcli.images import EncodeOptions, Picture, pnm
from colorcli.stream.frame import Frame
from colorcli.stream.intake import Intake, TruncatedError

_END, _SCAN = 0xD9, 0xDA  # JPEG markers
_BARE = frozenset([0x01, *range(0xD0, 0xD8)])  # JPEG markers without a segment
# Ends the entropy-coded data of a scan: neither a stuffed FF nor a restart.
_MARKER = re.compile(rb"\xff+[^\xff\0\xd0-\xd7]")
_BETWEEN = b" \t\r\n\0"  # may stand between two files: a line's end, the padding of a container
_LONGEST_HEADER = 4096  # bytes of a PNM's
_MOST_BYTES = 1 << 30  # of one file
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Pictures:
    """Image files in, coloured image files of the same kind out; `options` say how they are written."""

    options: EncodeOptions
    max_pixels: int
    threads: int

    def frames(self, intake: Intake) -> Iterator[bytes]:
        """The files one by one."""
        while _skip_gap(intake):
            yield _next_file(intake)

    def start(self) -> bytes:
        return b""

    def decode(self, data: bytes) -> Frame:
        picture = images.decode(data, self.max_pixels)
        try:
            images.notes(picture, self.options)  # refuses what cannot be written before the work is done
        except UsageError as error:
            raise PhotoError(error.message, error.hint) from error
        return Frame(picture.pages[0].pixels, picture)

    def encode(self, frame: Frame, lightness: Floats, ab: Floats) -> bytes:
        picture = frame.origin
        assert isinstance(picture, Picture)  # as `decode` made it
        pixels = tint(frame.pixels, lightness, ab, border=False, threads=self.threads)
        page = replace(picture.pages[0], pixels=pixels)
        return images.encode(replace(picture, pages=(page,)), self.options)


def _skip_gap(intake: Intake) -> bool:
    """Goes to the first byte of the next file; False if there is none."""
    while first := intake.peek(1):
        if first not in _BETWEEN:
            return True
        intake.take(1)
    return False


def _next_file(intake: Intake) -> bytes:
    head = intake.peek(2)
    if head == b"\xff\xd8":
        return _jpeg(intake)
    if head == _PNG[:2]:
        return _png(intake)
    if head in (b"P4", b"P5", b"P6"):
        return _pnm(intake)
    if head in (b"P1", b"P2", b"P3"):
        raise PhotoError("it is a PNM written as text", "colorcli stream takes binary PGM and PPM")
    raise PhotoError(
        "no JPEG, PNG, PGM or PPM begins there",
        "ffmpeg writes such streams with: -f image2pipe -c:v mjpeg (or png, ppm) -",
    )


def _jpeg(intake: Intake) -> bytes:
    parts = [intake.take(2)]
    size = 0
    while size < _MOST_BYTES:
        marker = _jpeg_marker(intake)
        parts.append(marker)
        if marker[-1] == _END:
            return b"".join(parts)
        if marker[-1] not in _BARE:
            length = int.from_bytes(intake.peek(2))
            parts.append(intake.take(max(length, 2)))
            size += length
        if marker[-1] == _SCAN:
            parts.append(_scan(intake))
            size += len(parts[-1])
    raise PhotoError(f"it has more than {_MOST_BYTES} bytes")


def _jpeg_marker(intake: Intake) -> bytes:
    """FF, any more of them, and the code."""
    size = 2
    while (marker := intake.peek(size))[:1] == b"\xff" and marker[-1:] == b"\xff" and len(marker) == size:
        size += 1
    if len(marker) == size and (marker[0] != 0xFF or marker[-1] == 0):
        raise PhotoError("its JPEG segments are damaged")
    return intake.take(size)


def _scan(intake: Intake) -> bytes:
    """Entropy-coded data, up to the next marker."""
    seen = 0
    while not (found := _MARKER.search(intake.held, seen)):
        seen = max(0, len(intake.held) - 2)
        if seen > _MOST_BYTES:
            raise PhotoError(f"it has more than {_MOST_BYTES} bytes")
        if not intake.more():
            raise TruncatedError("the stream ends in the middle of it")
    end = found.start()
    del found  # it looks into `held`, which cannot shrink meanwhile
    return intake.take(end)


def _png(intake: Intake) -> bytes:
    parts = [intake.take(len(_PNG))]
    if parts[0] != _PNG:
        raise PhotoError("its PNG signature is damaged")
    size = 0
    while size < _MOST_BYTES:
        head = intake.peek(8)
        length = int.from_bytes(head[:4])
        if len(head) == 8 and not (head[4:].isalpha() and length < 1 << 31):
            raise PhotoError("its PNG chunks are damaged")
        parts.append(intake.take(length + 12))
        if head[4:] == b"IEND":
            return b"".join(parts)
        size += len(parts[-1])
    raise PhotoError(f"it has more than {_MOST_BYTES} bytes")


def _pnm(intake: Intake) -> bytes:
    header = _pnm_header(intake)
    if header.kind == 4:
        size = (header.width + 7) // 8 * header.height
    else:
        size = header.samples * (2 if header.top > 255 else 1)
    if size > _MOST_BYTES:
        raise PhotoError(f"it has more than {_MOST_BYTES} bytes")
    return intake.take(header.start + size)


def _pnm_header(intake: Intake) -> pnm.PnmHeader:
    """Reads no further than it must: the next picture may be long in coming."""
    while True:
        try:
            return pnm.PnmHeader(bytes(intake.held[:_LONGEST_HEADER]))
        except PhotoError:
            if len(intake.held) >= _LONGEST_HEADER:
                raise
        if not intake.more():
            raise TruncatedError("the stream ends in the middle of its header")
