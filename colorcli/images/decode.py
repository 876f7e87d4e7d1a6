"""Bytes to pixels: any format in, upright sRGB pages and their metadata out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyvips

from colorcli.errors import PhotoError
from colorcli.images import (
    avif,
    bit_depth,
    colour_space,
    iptc,
    jp2,
    jpeg,
    metadata,
    opencv,
    pillow,
    png,
    pnm,
    tiff_pages,
    upright,
    vips,
)
from colorcli.images.byte_stream import Stream, open_photo, read_at
from colorcli.images.colour_space import Converted
from colorcli.images.formats import (
    ANIMATION,
    AVIF,
    BMP,
    HEIC,
    JP2,
    JPEG,
    PNG,
    PNM,
    TIFF,
    WEBP,
    Format,
    sniff,
)
from colorcli.images.heic import Heic
from colorcli.images.picture import Metadata, Page, Picture
from colorcli.images.tiff_pages import TiffPage
from colorcli.limits import MAX_PIXELS

_LOADERS = {JPEG: "jpeg", PNG: "png", WEBP: "webp", AVIF: "heif"}
# libjpeg warns of these, and the picture is whole; where it warns of others, a part of it is grey or noise.
_HARMLESS = ("extraneous bytes", "JFIF revision", "Adobe color transform")

_Check = Callable[[int], None]  # of a number of pixels


@dataclass(frozen=True)
class _DecodedPage:
    """One page as its file has it: in sRGB already, mostly not yet upright."""

    converted: Converted
    metadata: Metadata
    orientation: int = 1
    is_upright: bool = False  # the pixels; the metadata never is


def decode(source: bytes | Path, max_pixels: int = MAX_PIXELS) -> Picture:
    """The photograph in `source`; `max_pixels` is compared with the header before any pixel is decoded.

    A PhotoError says what is wrong without naming the file: the caller knows its name.
    """

    def check(pixels: int) -> None:
        if pixels > max_pixels:
            raise PhotoError(
                f"it has {pixels / 1e6:g} megapixels, more than the limit of {max_pixels / 1e6:g}",
                "Raise the limit with --max-pixels if you trust the file.",
            )

    with open_photo(source) as stream:
        format_ = sniff(read_at(stream, 0, 64))
        others = {JPEG: _jpeg, TIFF: _tiff, JP2: _jp2, BMP: _bmp, PNM: _pnm, HEIC: _heic}
        return others[format_](stream, check) if format_ in others else _by_vips(stream, format_, check)


def _jpeg(stream: Stream, check: _Check) -> Picture:
    try:
        return _by_vips(stream, JPEG, check, fail_on="warning")
    except PhotoError as error:
        if not any(words in str(error.__cause__) for words in _HARMLESS):
            raise
    return _by_vips(stream, JPEG, check)


def _by_vips(stream: Stream, format_: Format, check: _Check, fail_on: str = "error") -> Picture:
    if format_ is AVIF:
        avif.check(stream, check)
    image = vips.load(stream, _LOADERS[format_], fail_on)
    check(image.width * image.height)
    if (format_ is WEBP and vips.number(image, "n-pages", 1) > 1) or (
        format_ is PNG and png.is_animated(stream)
    ):
        raise PhotoError(ANIMATION)
    found = _metadata(image, stream, format_)
    turned = metadata.orientation(found) if format_ is not AVIF else 1  # AVIF turns by itself
    converted = colour_space.to_srgb(image, vips.blob(image, "icc-profile-data"))
    bits = vips.number(image, "bits-per-sample", 8) if format_ is AVIF else None
    picture = _picture([_DecodedPage(converted, found, turned)], format_, bits)
    return replace(picture, notes=(*picture.notes, *_left_out(stream, format_)))


def _left_out(stream: Stream, format_: Format) -> Iterator[str]:
    """Notes on what the file has beside the photograph."""
    others = jpeg.further_pictures(stream) if format_ is JPEG else ""
    if format_ is AVIF and avif.has_gain_map(stream):
        others = jpeg.GAIN_MAP
    if others:
        yield f"not carried over: its {others}"


def _tiff(stream: Stream, check: _Check) -> Picture:
    pages = tiff_pages.read_pages(stream)
    pages[0].refuse_raw()
    check(sum(page.width * page.height for page in pages))
    found = [_tiff_page(stream, number, page) for number, page in enumerate(pages)]
    return replace(_picture(found, TIFF), compressed=any(page.compressed for page in pages))


def _tiff_page(stream: Stream, number: int, page: TiffPage) -> _DecodedPage:
    if page.kind.is_for_vips():
        image = vips.load(stream, "tiff", page=number)
        about = replace(page.metadata(), dpi=vips.dpi(image))
        return _DecodedPage(colour_space.to_srgb(image, page.icc), about, page.orientation)
    with pillow.tiff(stream, number) as rare:
        samples = pillow.pixels_of(rare, page.width, page.height)
        about = replace(page.metadata(), dpi=pillow.dpi(rare))
    if page.kind.is_lab:
        return _DecodedPage(
            Converted(colour_space.lab_to_srgb(samples)), about, page.orientation, is_upright=True
        )
    whole = colour_space.split(bit_depth.scaled(samples, (1 << page.kind.bits) - 1))
    return _DecodedPage(
        colour_space.to_srgb(vips.wrap(whole), page.icc), about, page.orientation, is_upright=True
    )


def _jp2(stream: Stream, check: _Check) -> Picture:
    data = read_at(stream, 0, -1)
    header = jp2.read_header(data)
    header.refuse_rare()
    check(header.width * header.height)
    page = _jp2_page(data, header)
    converted = colour_space.to_srgb(vips.wrap(page), header.icc) if header.icc else Converted(page)
    return _picture([_DecodedPage(converted, header.metadata, metadata.orientation(header.metadata))], JP2)


def _jp2_page(data: bytes, header: jp2.Jp2Header) -> Page:
    """Pillow reads more kinds, but makes 8 bits of what is deeper."""
    top = (1 << header.bits) - 1
    if header.bits > 8:
        page = opencv.read(data)
        alpha = None if page.alpha is None else bit_depth.scaled(page.alpha, top)
        return Page(bit_depth.scaled(page.pixels, top), alpha)
    with pillow.jp2(data if header.palette is None else jp2.codestream(data)) as image:
        samples = pillow.pixels_of(image, header.width, header.height)
    samples = np.right_shift(samples, 8 - header.bits, dtype=np.uint8)  # Pillow moves them up to 8 bits
    if header.palette is not None:
        return Page(np.take(header.palette, samples, axis=0, mode="clip"))
    return colour_space.split(bit_depth.scaled(samples, top))


def _bmp(stream: Stream, check: _Check) -> Picture:
    with pillow.bmp(stream) as image:
        check(image.width * image.height)
        page = colour_space.split(pillow.pixels_of(image, *image.size))
        about = Metadata(dpi=pillow.dpi(image))
    if page.alpha is not None and not page.alpha.any():  # the fourth byte is filling
        page = Page(page.pixels)
    return _picture([_DecodedPage(Converted(page), about)], BMP)


def _pnm(stream: Stream, check: _Check) -> Picture:
    data = read_at(stream, 0, -1)
    header = pnm.PnmHeader(data[:4096])
    check(header.width * header.height)
    return _picture([_DecodedPage(Converted(Page(pnm.read(data, header))), Metadata())], PNM)


def _heic(stream: Stream, check: _Check) -> Picture:
    photo = Heic(stream, check)
    converted = colour_space.to_srgb(vips.wrap(photo.decode()), photo.icc)
    picture = _picture([_DecodedPage(converted, photo.metadata)], HEIC, photo.bits)
    return replace(picture, notes=(*picture.notes, *photo.notes()))


def _picture(found: list[_DecodedPage], format_: Format, bits: int | None = None) -> Picture:
    """The pages upright, each with the metadata that is right for them; `bits` if not those of the pixels."""
    pages, about, notes = [], [], []
    for one in found:
        settled, more = metadata.for_upright_pixels(one.metadata, one.orientation)
        page = one.converted.page
        pages.append(page if one.is_upright else upright.turn(page, one.orientation))
        about.append(replace(settled, icc=one.converted.icc))
        notes += [*one.converted.notes, *more]
    deepest = max(8 * page.pixels.itemsize for page in pages)
    return Picture(tuple(pages), format_, tuple(about), bits or deepest, notes=tuple(dict.fromkeys(notes)))


def _metadata(image: pyvips.Image, stream: Stream, format_: Format) -> Metadata:
    """As it stands in the file. Of a PNG libvips sees only what comes before the picture."""
    if format_ is PNG:
        return replace(png.read_metadata(stream), dpi=vips.dpi(image))
    block, records = vips.blob(image, "exif-data"), iptc.from_photoshop(vips.blob(image, "iptc-data"))
    about = block.removeprefix(jpeg.EXIF_MARK) if block else None
    return Metadata(about, vips.blob(image, "xmp-data"), records, dpi=vips.dpi(image))
