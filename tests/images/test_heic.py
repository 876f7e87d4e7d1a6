"""HEIC in, JPEG or AVIF out."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from colorcli.errors import PhotoError, UsageError
from colorcli.images import Pixels, decode, format_named, notes, write

from .tools import colour_photo, coloured, options, tag, tags

pillow_heif = pytest.importorskip("pillow_heif")
LOSSLESS = {"quality": -1, "chroma": 444, "matrix_coefficients": 0}


def heic(pixels: Pixels, **settings: object) -> bytes:
    """Lossless, of 8 bits or, where the pixels have 16, of 10."""
    height, width, channels = pixels.shape
    mode = ("RGB" if channels == 3 else "RGBA") + (";16" if pixels.itemsize == 2 else "")
    stream = BytesIO()
    file = pillow_heif.from_bytes(mode=mode, size=(width, height), data=pixels.tobytes())
    file.save(stream, **LOSSLESS, **settings)
    return stream.getvalue()


def test_pixels() -> None:
    picture = decode(heic(colour_photo(64, 80)))
    assert (picture.format.name, picture.bits) == ("heic", 8)
    np.testing.assert_array_equal(picture.pages[0].pixels, colour_photo(64, 80))
    assert picture.pages[0].alpha is None


def test_ten_bits_stay_ten(tmp_path: Path) -> None:
    deep = colour_photo(64, 80, np.uint16)
    picture = decode(heic(deep))
    assert picture.bits == 10
    assert np.abs(picture.pages[0].pixels / 65535 - (deep >> 6) / 1023).max() < 1e-4
    with pytest.raises(UsageError, match="8 bits"):
        notes(picture, options(format=format_named("jpeg")))
    write(picture, tmp_path / "out.avif", options(format=format_named("avif")))
    again = decode(tmp_path / "out.avif")
    assert again.bits == 10
    assert np.abs(again.pages[0].pixels.astype(int) - picture.pages[0].pixels).mean() < 400  # of 65535: lossy


@pytest.mark.parametrize("name", ["jpeg", "avif"])
def test_metadata_and_profile(tmp_path: Path, name: str) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path, out = tmp_path / "in.heic", tmp_path / f"out.{name}"
    pillow_heif.from_pillow(Image.fromarray(colour_photo(64, 80))).save(path, icc_profile=icc)
    tag(path, "EXIF:Artist=Ann", "EXIF:ISO=400", "XMP-dc:Title=Mill")
    picture = coloured(decode(path))
    write(picture, out, options(format=format_named(name)))
    found = tags(out, "all")
    assert (found["IFD0:Artist"], found["ExifIFD:ISO"], found["XMP-dc:Title"]) == ("Ann", 400, "Mill")
    assert found["ICC_Profile:ProfileDescription"] == "sRGB built-in"


def test_a_photograph_on_its_side_is_turned_once(tmp_path: Path) -> None:
    """By what HEIC itself says; EXIF then says it too, and is put right."""
    stream, path, out = BytesIO(), tmp_path / "in.heic", tmp_path / "out.jpg"
    image = Image.fromarray(colour_photo(64, 80))
    exif = image.getexif()
    exif[0x0112] = 8
    pillow_heif.register_heif_opener()
    image.save(stream, "HEIF", exif=exif.tobytes(), **LOSSLESS)
    path.write_bytes(stream.getvalue())
    with Image.open(path) as seen:
        expected = np.asarray(seen)
    picture = decode(path)
    np.testing.assert_array_equal(picture.pages[0].pixels, expected)
    assert expected.shape == (80, 64, 3)
    write(coloured(picture), out, options(format=format_named("jpeg")))
    assert set(tags(out, "Orientation").values()) <= {1}


def test_it_is_not_written() -> None:
    picture = decode(heic(colour_photo(64, 80)))
    for wanted in (options(), options(format=format_named("heic"))):
        with pytest.raises(UsageError, match="not written") as refused:
            notes(picture, wanted)
        assert "--format jpeg" in refused.value.hint


def test_limits_and_damage() -> None:
    data = heic(colour_photo(64, 80))
    with pytest.raises(PhotoError, match="limit"):
        decode(data, max_pixels=64 * 80 - 1)
    for eighths in range(1, 8):
        with pytest.raises(PhotoError):
            decode(data[: len(data) * eighths // 8])


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "in.heic"
    path.write_bytes(heic(colour_photo(64, 80)))
    code = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from pathlib import Path; from colorcli.errors import PhotoError\n"
        "from colorcli.images import decode\n"
        "try: decode(Path(sys.argv[1]))\n"
        "except PhotoError as error: print(error.message, error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert "colorcli[heic]" in done.stdout
