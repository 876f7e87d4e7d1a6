"""Bytes to pixels: any format in, upright sRGB pages and their metadata out."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyvips

from colorcli.errors import PhotoError
from colorcli.images import bmp, colour, exif, iptc, jp2, metadata, opencv, pnm, tiff_pages, upright, vips
from colorcli.images.colour import Converted
from colorcli.images.formats import AVIF, BMP, CONVERT_HINT, JP2, JPEG, PNG, PNM, TIFF, WEBP, Format, sniff
from colorcli.images.picture import Metadata, Page, Picture
from colorcli.images.source import Stream, open_photo, read_at
from colorcli.limits import MAX_PIXELS

_LOADERS = {JPEG: "jpeg", PNG: "png", WEBP: "webp", AVIF: "heif"}
# libjpeg warns of these, and the picture is whole; where it warns of others, a part of it is grey or noise.
_HARMLESS = ("extraneous bytes", "JFIF revision", "Adobe color transform")
_EXIF_MARK = b"Exif\0\0"
_RAW_PROFILES = "Raw profile type "  # how ImageMagick puts what PNG has no chunk for

_Check = Callable[[int], None]  # of a number of pixels


@dataclass(frozen=True)
class _Found:
    """One page as its file has it: in sRGB already, not yet upright."""

    converted: Converted
    metadata: Metadata
    orientation: int = 1


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
        others = {JPEG: _jpeg, TIFF: _tiff, JP2: _jp2, BMP: _bmp, PNM: _pnm}
        return others[format_](stream, check) if format_ in others else _by_vips(stream, format_, check)


def _jpeg(stream: Stream, check: _Check) -> Picture:
    try:
        return _by_vips(stream, JPEG, check, fail_on="warning")
    except PhotoError as error:
        if not any(words in str(error.__cause__) for words in _HARMLESS):
            raise
    return _by_vips(stream, JPEG, check)


def _by_vips(stream: Stream, format_: Format, check: _Check, fail_on: str = "error") -> Picture:
    image = vips.load(stream, _LOADERS[format_], fail_on)
    check(image.width * image.height)
    if format_ is WEBP and vips.number(image, "n-pages", 1) > 1:
        raise PhotoError("it is an animation, not a photograph")
    found = _metadata(image)
    turned = exif.orientation(found.exif) if format_ is not AVIF else 1  # AVIF turns by itself
    converted = colour.to_srgb(image, vips.blob(image, "icc-profile-data"))
    bits = vips.number(image, "bits-per-sample", 8) if format_ is AVIF else None
    return _picture([_Found(converted, found, turned)], format_, bits)


def _tiff(stream: Stream, check: _Check) -> Picture:
    pages = tiff_pages.read_pages(stream)
    pages[0].refuse_raw()
    check(sum(page.width * page.height for page in pages))
    found = []
    for number, page in enumerate(pages):
        image = vips.load(stream, "tiff", page=number)
        about = replace(page.metadata(), dpi=vips.dpi(image))
        found.append(_Found(colour.to_srgb(image, page.icc), about, page.orientation))
    return replace(_picture(found, TIFF), compressed=any(page.compressed for page in pages))


def _jp2(stream: Stream, check: _Check) -> Picture:
    data = read_at(stream, 0, -1)
    header = jp2.read_header(data)
    check(header.width * header.height)
    if header.channels == 2:
        raise PhotoError("it is a grey JPEG 2000 image with transparency", CONVERT_HINT)
    page = opencv.read(data)
    page = replace(page, pixels=pnm.scaled(page.pixels, (1 << header.bits) - 1))
    converted = colour.to_srgb(vips.wrap(page), header.icc) if header.icc else Converted(page)
    return _picture([_Found(converted, header.metadata, exif.orientation(header.metadata.exif))], JP2)


def _bmp(stream: Stream, check: _Check) -> Picture:
    data = read_at(stream, 0, -1)
    header = bmp.read_header(data)
    check(header.width * header.height)
    page = Page(bmp.read_runs(data, header)) if header.in_runs else opencv.read(data)
    if page.alpha is not None and not page.alpha.any():  # the fourth byte is filling
        page = Page(page.pixels)
    return _picture([_Found(Converted(page), Metadata(dpi=header.dpi))], BMP)


def _pnm(stream: Stream, check: _Check) -> Picture:
    data = read_at(stream, 0, -1)
    header = pnm.Header(data[:4096])
    check(header.width * header.height)
    return _picture([_Found(Converted(Page(pnm.read(data, header))), Metadata())], PNM)


def _picture(found: list[_Found], format_: Format, bits: int | None = None) -> Picture:
    """The pages upright, each with the metadata that is right for them; `bits` if not those of the pixels."""
    pages, about, notes = [], [], []
    for one in found:
        settled, more = metadata.settled(one.metadata, one.orientation)
        pages.append(upright.turn(one.converted.page, one.orientation))
        about.append(replace(settled, icc=one.converted.icc))
        notes += [*one.converted.notes, *more]
    deepest = max(8 * page.pixels.itemsize for page in pages)
    return Picture(tuple(pages), format_, tuple(about), bits or deepest, notes=tuple(dict.fromkeys(notes)))


def _metadata(image: pyvips.Image) -> Metadata:
    """What libvips found in the file, as it stands there."""
    block = vips.blob(image, "exif-data")
    photoshop = vips.blob(image, "iptc-data")
    raw = vips.texts(image, _RAW_PROFILES)
    packet = vips.blob(image, "xmp-data")
    if packet is None and "xmp" in raw:
        packet = iptc.raw_profile(raw["xmp"])
    records = iptc.from_photoshop(photoshop or iptc.raw_profile(raw.get("iptc", "")))
    return Metadata(block.removeprefix(_EXIF_MARK) if block else None, packet, records, dpi=vips.dpi(image))
