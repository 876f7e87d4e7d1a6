"""TIFF's own talents: pages, BigTIFF, its ways to store alpha, and what libtiff says of our files."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorcli.errors import PhotoError, UsageError
from colorcli.images import Page, decode, encode, format_named, notes, tiff_writer, write

from .tools import colour_photo, coloured, convert, grey_photo, options, run, tag, tags


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Three pages of different sizes and depths, each with a title of its own."""
    for number, (height, width) in enumerate([(30, 40), (50, 20), (33, 33)]):
        page = tmp_path / f"{number}.tif"
        if number == 1:
            (tmp_path / "deep.pgm").write_bytes(
                b"P5 20 50 65535\n" + grey_photo(height, width, np.uint16).byteswap().tobytes()
            )
            convert(tmp_path / "deep.pgm", page)
        else:
            Image.fromarray(grey_photo(height, width)).save(page)
        tag(page, f"IFD0:ImageDescription=page {number}", "XMP-dc:Title=album")
    path = tmp_path / "album.tif"
    run("tiffcp", *(tmp_path / f"{number}.tif" for number in range(3)), path)
    return path


def test_pages_stay_pages(album: Path, tmp_path: Path) -> None:
    picture = coloured(decode(album))
    assert [page.pixels.shape[:2] for page in picture.pages] == [(30, 40), (50, 20), (33, 33)]
    out = tmp_path / "out.tif"
    write(picture, out, options())
    assert run("identify", "-format", "%wx%h %[channels]\n", out).split("\n")[:3] == [
        "40x30 srgb",
        "20x50 srgb",
        "33x33 srgb",
    ]
    found = tags(out, "all")
    assert found["IFD0:ImageDescription"] == "page 0"
    assert found["IFD2:ImageDescription"] == "page 2"


def test_other_formats_refuse_pages(album: Path) -> None:
    with pytest.raises(UsageError, match="one page") as refused:
        notes(decode(album), options(format=format_named("jpg"), depth=8))
    assert "--format tiff" in refused.value.hint


HOW = [["-8"], ["-8", "-B"], ["-8", "-c", "lzw:2"], ["-t", "-c", "none"]]


@pytest.mark.parametrize(
    ("how", "dtype"),
    [*((how, dtype) for how in HOW for dtype in (np.uint8, np.uint16)), (["-p", "separate"], np.uint8)],
)
def test_what_libtiff_writes(tmp_path: Path, how: list[str], dtype: type) -> None:
    """BigTIFF of either byte order, predictors, tiles, planes."""
    plain, path = tmp_path / "plain.tif", tmp_path / "in.tif"
    photo = decode_of(colour_photo(70, 90, dtype))
    plain.write_bytes(photo)
    run("tiffcp", *how, plain, path)
    np.testing.assert_array_equal(decode(path).pages[0].pixels, colour_photo(70, 90, dtype))


def decode_of(pixels: np.ndarray) -> bytes:
    """`pixels` as a TIFF file."""
    ppm = b"P6 %d %d %d\n" % (pixels.shape[1], pixels.shape[0], np.iinfo(pixels.dtype).max)
    picture = decode(ppm + pixels.astype(pixels.dtype.newbyteorder(">")).tobytes())
    return encode(picture, options(format=format_named("tiff")))


@pytest.mark.parametrize("compressed", [True, False])
def test_big_tiff(tmp_path: Path, compressed: bool) -> None:
    """The same writer that is chosen above 4 GB, on small pages; read by libtiff, Pillow and exiftool."""
    path, out = tmp_path / "big.tif", BytesIO()
    picture = coloured(decode(decode_of(colour_photo(40, 60))))
    alpha = grey_photo(40, 60)[::-1].copy()
    pages = [Page(picture.pages[0].pixels, alpha), picture.pages[0]]
    tiff_writer.write(out, pages, picture.metadata * 2, compressed, classic_bytes=100)
    path.write_bytes(out.getvalue())
    assert out.getvalue()[:4] == b"II+\0"
    assert run("tiffinfo", path).count("TIFF Directory") == 2
    run("tiffcmp", "-t", path, path)
    again = decode(path)
    np.testing.assert_array_equal(again.pages[0].pixels, picture.pages[0].pixels)
    np.testing.assert_array_equal(again.pages[0].alpha, alpha)
    assert again.pages[1].alpha is None
    with Image.open(path) as image:
        np.testing.assert_array_equal(np.asarray(image)[..., :3], picture.pages[0].pixels)
    assert "ExifTool:Warning" not in tags(path, "all")


def test_a_file_stored_plainly_stays_so(tmp_path: Path) -> None:
    for how in ("None", "LZW"):
        path, out = tmp_path / f"{how}.tif", tmp_path / f"{how}.out.tif"
        Image.fromarray(grey_photo(40, 60)).save(path, compression="tiff_lzw" if how == "LZW" else None)
        write(coloured(decode(path)), out, options())
        assert ("None" in run("tiffinfo", out)) == (how == "None")


def test_alpha_that_is_multiplied_in_is_taken_out(tmp_path: Path) -> None:
    path = tmp_path / "in.tif"
    colour = colour_photo(40, 60)
    alpha = np.full((40, 60), 128, np.uint8)
    multiplied = (colour.astype(float) * 128 / 255).round().astype(np.uint8)
    Image.fromarray(np.dstack([multiplied, alpha])).save(path)
    run("tiffset", "-s", "338", "1", "1", path)
    page = decode(path).pages[0]
    assert np.abs(page.pixels.astype(int) - colour).max() <= 1
    np.testing.assert_array_equal(page.alpha, alpha)


@pytest.mark.parametrize("kind", ["float", "DNG", "NEF"])
def test_tiffs_that_are_no_photograph_for_us(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "in.tif"
    if kind == "float":
        Image.fromarray(grey_photo(8, 8).astype(np.float32)).save(path)
    else:
        Image.fromarray(grey_photo(8, 8)).save(path)
        tag(path, "IFD0:Make=NIKON CORPORATION")
        if kind == "DNG":
            tag(path, "IFD0:DNGVersion=1 4 0 0")
        else:
            run("tiffset", "-s", "262", "32803", path)
    with pytest.raises(PhotoError, match=kind) as refused:
        decode(path)
    assert refused.value.hint
