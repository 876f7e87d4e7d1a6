"""One function a format: pages and metadata that fit it into the bytes of a file."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from colorcli.images import bmp, jp2, jpeg, opencv, png, pnm, tiff_writer, vips, webp
from colorcli.images.formats import AVIF, BMP, JP2, JPEG, PNG, PNM, TIFF, WEBP, Format
from colorcli.images.picture import Metadata, Page

_JPEG_QUALITY, _WEBP_QUALITY, _AVIF_QUALITY = 95, 95, 90  # where the user does not say
_LOSSLESS = 100  # the quality that asks formats with a choice for no loss at all
_AVIF_EFFORT = 3  # of 0..9: three times as quick as the usual 4, 3 % larger
_PNG_LEVEL = 3  # of zlib: within 1 % of the size of the usual 6, never as slow as that can be
_PNG_FILTER = "sub"  # rows as differences: trying all filters is 5 % smaller and takes half as long again


@dataclass(frozen=True)
class EncodeJob:
    """Pages of `bits` a sample that the format can hold, and metadata for each."""

    pages: tuple[Page, ...]
    metadata: tuple[Metadata, ...]
    quality: int | None
    bits: int
    compressed: bool


class _ReplacedStart:
    """Takes an encoder's output and puts `start(its first bytes)` in place of its first `size` bytes."""

    def __init__(self, out: BinaryIO, size: int, start: Callable[[bytes], bytes]) -> None:
        self._out, self._size, self._start = out, size, start
        self._head: bytes | None = b""

    def __call__(self, piece: bytes) -> int:
        if self._head is None:
            self._out.write(piece)
        else:
            self._head += piece
            if len(self._head) >= self._size:
                self._out.write(self._start(self._head[: self._size]) + self._head[self._size :])
                self._head = None
        return len(piece)


def _jpeg(job: EncodeJob, out: BinaryIO) -> None:
    about = job.metadata[0]
    take = _ReplacedStart(out, jpeg.START_SIZE, lambda head: jpeg.start_with_metadata(about))
    quality = job.quality or _JPEG_QUALITY
    vips.save(vips.wrap(job.pages[0]), "jpeg", take, Q=quality, subsample_mode="off", keep="none")


def _png(job: EncodeJob, out: BinaryIO) -> None:
    about = job.metadata[0]
    take = _ReplacedStart(out, png.START_SIZE, lambda head: png.start_with_metadata(head, about))
    vips.save(vips.wrap(job.pages[0]), "png", take, compression=_PNG_LEVEL, filter=_PNG_FILTER, keep="none")


def _webp(job: EncodeJob, out: BinaryIO) -> None:
    page, encoded = job.pages[0], BytesIO()
    vips.save(
        vips.wrap(page),
        "webp",
        encoded.write,
        Q=job.quality or _WEBP_QUALITY,
        lossless=job.quality == _LOSSLESS,
        smart_subsample=True,  # the format halves chroma; this way it shows least
        exact=True,  # colours under full transparency stay too
        keep="none",
    )
    height, width = page.pixels.shape[:2]
    out.write(webp.with_metadata(encoded.getvalue(), width, height, page.alpha is not None, job.metadata[0]))


def _avif(job: EncodeJob, out: BinaryIO) -> None:
    page = job.pages[0]
    image, keep = vips.tagged(vips.wrap(page), job.metadata[0])
    vips.save(
        image,
        "heif",
        out.write,
        compression="av1",
        Q=job.quality or _AVIF_QUALITY,
        # The quality would also be that of alpha, which has to stay as it is.
        lossless=job.quality == _LOSSLESS or (job.quality is None and page.alpha is not None),
        bitdepth=job.bits,
        effort=_AVIF_EFFORT,
        subsample_mode="off",
        keep=keep,
    )


def _tiff(job: EncodeJob, out: BinaryIO) -> None:
    tiff_writer.write(out, job.pages, job.metadata, job.compressed)


def _jp2(job: EncodeJob, out: BinaryIO) -> None:
    out.write(jp2.with_metadata(opencv.encode_jp2(job.pages[0], job.quality), job.metadata[0]))


def _bmp(job: EncodeJob, out: BinaryIO) -> None:
    out.write(bmp.with_resolution(opencv.encode_bmp(job.pages[0]), job.metadata[0].dpi))


def _pnm(job: EncodeJob, out: BinaryIO) -> None:
    pnm.write(out, job.pages[0].pixels)


ENCODERS: dict[Format, Callable[[EncodeJob, BinaryIO], None]] = {
    JPEG: _jpeg,
    PNG: _png,
    TIFF: _tiff,
    WEBP: _webp,
    AVIF: _avif,
    JP2: _jp2,
    BMP: _bmp,
    PNM: _pnm,
}
