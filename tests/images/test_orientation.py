"""Photographs that lie on their side in the file: turned once, and never again."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from colorcli.images import decode, write

from .tools import coloured, convert, grey_photo, options, tag, tags


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "tif", "png", "webp"])
def test_turned_once(tmp_path: Path, suffix: str, orientation: int) -> None:
    Image.fromarray(grey_photo(24, 40)).save(tmp_path / "flat.png")
    path = tmp_path / f"in.{suffix}"
    convert(tmp_path / "flat.png", path)
    tag(path, f"EXIF:Orientation#={orientation}", f"XMP-tiff:Orientation#={orientation}", "EXIF:Artist=Ann")
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L"))
    picture = decode(path)
    page = picture.pages[0].pixels
    assert page.shape[:2] == ((40, 24) if orientation > 4 else (24, 40))
    seen = page if page.ndim == 2 else page[..., 1]
    assert np.abs(seen.astype(int) - expected).max() <= 2

    out = tmp_path / f"out.{suffix}"
    write(coloured(picture), out, options())
    found = tags(out, "Orientation", "Artist", "ExifImageWidth")
    turned = {name: value for name, value in found.items() if name.endswith("Orientation")}
    assert set(turned.values()) <= {1}
    assert "XMP-tiff:Orientation" in turned
    assert found["IFD0:Artist"] == "Ann"
    assert np.abs(decode(out).pages[0].pixels[..., 1].astype(int) - seen).max() <= 12  # upright as it is


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp"])
def test_only_xmp_says_that_it_is_turned(tmp_path: Path, suffix: str) -> None:
    path, out = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    Image.fromarray(grey_photo(24, 40)).save(path)
    tag(path, "XMP-tiff:Orientation#=6")
    picture = decode(path)
    assert picture.pages[0].pixels.shape[:2] == (40, 24)
    write(coloured(picture), out, options())
    assert tags(out, "Orientation") == {"XMP-tiff:Orientation": 1}


@pytest.mark.parametrize(("kind", "code"), [(1, "B"), (4, "I"), (9, "i")])
def test_orientation_of_another_type_than_the_standard_names(tmp_path: Path, kind: int, code: str) -> None:
    """Files with a SLONG are about; the result must not be turned once more."""
    entry = struct.pack("<HHI", 0x0112, kind, 1) + struct.pack(f"<{code}", 6).ljust(4, b"\0")
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + entry + bytes(4)
    Image.fromarray(grey_photo(24, 40)).save(tmp_path / "in.jpg", exif=exif)
    picture = decode(tmp_path / "in.jpg")
    assert picture.pages[0].pixels.shape[:2] == (40, 24)
    write(coloured(picture), tmp_path / "out.jpg", options())
    assert tags(tmp_path / "out.jpg", "Orientation") == {"IFD0:Orientation": 1}


def test_alpha_turns_with_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    grey, alpha = grey_photo(24, 40), np.arange(960, dtype=np.uint32).reshape(24, 40).astype(np.uint8)
    Image.merge("LA", [Image.fromarray(grey), Image.fromarray(alpha)]).save(path)
    tag(path, "EXIF:Orientation#=6")
    page = decode(path).pages[0]
    np.testing.assert_array_equal(page.pixels, np.rot90(grey, -1))
    assert page.alpha is not None
    np.testing.assert_array_equal(page.alpha, np.rot90(alpha, -1))


def test_sizes_and_resolutions_in_metadata_turn_too(tmp_path: Path) -> None:
    path, out = tmp_path / "in.jpg", tmp_path / "out.jpg"
    Image.fromarray(grey_photo(24, 40)).save(path, dpi=(300, 150))
    sizes = ["ExifIFD:ExifImageWidth=40", "ExifIFD:ExifImageHeight=24"]
    tag(path, "EXIF:Orientation#=8", *sizes, "IFD0:XResolution=300", "IFD0:YResolution=150")
    write(coloured(decode(path)), out, options())
    found = tags(out, "all")
    assert (found["ExifIFD:ExifImageWidth"], found["ExifIFD:ExifImageHeight"]) == (24, 40)
    assert (found["IFD0:XResolution"], found["IFD0:YResolution"]) == (150, 300)
    assert (found["JFIF:XResolution"], found["JFIF:YResolution"]) == (150, 300)


def as_text(png: bytes) -> bytes:
    """With the EXIF chunk as ImageMagick wrote it before PNG had one: in hexadecimal digits."""
    at = png.index(b"eXIf") - 4
    end = at + 12 + int.from_bytes(png[at : at + 4], "big")
    block = b"Exif\0\0" + png[at + 8 : end - 4]
    text = b"Raw profile type APP1\0\ngeneric profile\n%8d\n%b\n" % (len(block), block.hex().encode())
    chunk = b"tEXt" + text
    sum_ = struct.pack(">I", zlib.crc32(chunk))
    return png[:at] + struct.pack(">I", len(text)) + chunk + sum_ + png[end:]


@pytest.mark.parametrize("change", [bytes, as_text])
@pytest.mark.parametrize("way", ["file", "pipe"])
def test_exif_as_imagemagick_puts_it_into_png(
    tmp_path: Path, way: str, change: Callable[[bytes], bytes]
) -> None:
    """Behind the picture, and in older versions as a text of hexadecimal digits."""
    old, new, out = tmp_path / "in.jpg", tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(grey_photo(24, 40)).save(old, quality=95)
    tag(old, "EXIF:Orientation#=6", "EXIF:Artist=Ann", "XMP-dc:Title=Mill", "IPTC:Headline=Grinding")
    convert(old, new)
    content = change(new.read_bytes())
    assert (b"eXIf" in content) == (change is bytes)
    new.write_bytes(content)
    picture = decode(new if way == "file" else content)
    with Image.open(old) as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.abs(picture.pages[0].pixels.astype(int) - expected).max() <= 1
    write(coloured(picture), out, options())
    found = tags(out, "Orientation", "Artist", "Title", "Headline")
    assert (found["IFD0:Artist"], found["XMP-dc:Title"], found["IFD0:Orientation"]) == ("Ann", "Mill", 1)
    assert found["IPTC:Headline"] == "Grinding"
