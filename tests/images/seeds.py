"""Small files of every format, with all metadata they hold, to be damaged."""

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from colorcli.images import FORMATS, EncodeOptions, Page, Picture, encode, format_named
from colorcli.images.picture import Metadata

from .tools import PROVENANCE, colour_photo, convert, grey_photo, run, tag

DESCRIBED = (
    "EXIF:Artist=Ann",
    "EXIF:ISO=400",
    "GPS:GPSLatitudeRef=N",
    "XMP-dc:Title=Mill",
    "IPTC:Headline=Mill",
)
BY_IMAGEMAGICK = {
    "progressive.jpg": ["-interlace", "JPEG"],
    "cmyk.jpg": ["-colorspace", "CMYK"],
    "1bit.png": ["-monochrome"],
    "palette.png": ["-define", "png:color-type=3"],
    "interlaced.png": ["-interlace", "PNG"],
    "lzw.tif": ["-compress", "LZW"],
    "fax.tif": ["-monochrome", "-compress", "Group4"],
    "jpeg.tif": ["-compress", "JPEG"],
    "lab.tif": ["-colorspace", "Lab", "-depth", "8"],
    "cmyk.tif": ["-colorspace", "CMYK"],
    "planes.tif": ["-interlace", "plane"],
    "ycc.tif": ["-colorspace", "YCbCr", "-compress", "None"],
    "lossless.webp": ["-define", "webp:lossless=true"],
    "plain.jp2": [],
    "palette.bmp": ["-type", "Palette"],
    "rle.bmp": ["-type", "Palette", "-compress", "RLE"],
    "old.bmp": ["-define", "bmp:format=bmp2"],
    "text.pgm": ["-compress", "None"],
    "text.pbm": ["-compress", "None"],
    "binary.ppm": [],
}


def write_seeds(folder: Path) -> None:
    """Some forty files into `folder`."""
    for name, picture, options in _ours():
        path = folder / name
        path.write_bytes(encode(picture, options))
    Image.fromarray(colour_photo(32, 40)).save(folder / "original.png")
    for name, how in BY_IMAGEMAGICK.items():
        convert(folder / "original.png", *how, folder / name)
    for name in ("lzma", "zstd"):
        run("tiffcp", "-c", name, folder / "lzw.tif", folder / f"{name}.tif")
    for path in list(folder.iterdir()):
        if path.suffix in (".jpg", ".jpeg", ".png", ".tif", ".webp", ".avif", ".jp2"):
            tag(path, *DESCRIBED)
    _write_heic(folder / "phone.heic")
    (folder / "raw-profile.png").write_bytes(_with_raw_profile((folder / "original.png").read_bytes()))


def _ours() -> Iterator[tuple[str, Picture, EncodeOptions]]:
    """Eight formats, with alpha and 16 bits where they hold them, and three pages."""
    for format_ in FORMATS:
        deep = np.uint16 if format_.bits == 16 else np.uint8
        alpha = grey_photo(32, 40, deep) if "alpha" in format_.holds else None
        for name, page in (
            ("plain", Page(colour_photo(32, 40))),
            ("rich", Page(colour_photo(32, 40, deep), alpha)),
        ):
            about = Metadata(dpi=(300.0, 300.0))
            picture = Picture((page,), format_, (about,), 8 * page.pixels.itemsize)
            yield f"{name}{format_.suffixes[0]}", picture, EncodeOptions(provenance=PROVENANCE)
    pages = tuple(Page(grey_photo(20 + number, 30)) for number in range(3))
    picture = Picture(pages, format_named("tiff"), (Metadata(),) * 3)
    yield "pages.tif", picture, EncodeOptions(provenance=PROVENANCE)


def _write_heic(path: Path) -> None:
    try:
        import pillow_heif
    except ImportError:
        return
    pillow_heif.from_pillow(Image.fromarray(colour_photo(64, 80))).save(path)
    tag(path, *DESCRIBED[:4])


def _with_raw_profile(png: bytes) -> bytes:
    """The file with EXIF in a text, as ImageMagick writes it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    block = exif.tobytes()
    text = zlib.compress(b"\nexif\n%8d\n%b\n" % (len(block), block.hex().encode()))
    chunk = b"zTXtRaw profile type exif\0\0" + text
    framed = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:33] + framed + png[33:]
