"""Files of every kind that other programs make: what comes in, what goes out, and what others say of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorcli.images import FORMATS, decode, encode, format_named, notes, write

from .tools import PROVENANCE, SOURCE_TYPE, coloured, convert, grey_photo, options, run, tag, tags

HEIGHT, WIDTH = 41, 57

# Name of the file, how ImageMagick is to write it, how far two readers may be apart (lossy formats), alpha.
KINDS = [
    ("grey.jpg", ["-colorspace", "Gray"], 3, False),
    ("rgb.jpg", ["-type", "TrueColor"], 3, False),
    ("progressive.jpg", ["-type", "TrueColor", "-interlace", "JPEG"], 3, False),
    ("1bit.png", ["-define", "png:bit-depth=1", "-monochrome"], 0, False),
    ("2bit.png", ["-define", "png:bit-depth=2", "-depth", "2"], 48, False),
    ("4bit.png", ["-define", "png:bit-depth=4", "-depth", "4"], 3, False),
    ("8bit.png", ["-define", "png:color-type=0"], 0, False),
    ("interlaced.png", ["-interlace", "PNG"], 0, False),
    ("palette.png", ["-define", "png:color-type=3"], 0, False),
    ("rgb.png", ["-define", "png:color-type=2"], 0, False),
    ("la.png", ["-define", "png:color-type=4"], 0, True),
    ("rgba.png", ["-define", "png:color-type=6"], 0, True),
    ("none.tif", ["-compress", "None"], 0, False),
    ("lzw.tif", ["-compress", "LZW"], 0, False),
    ("zip.tif", ["-compress", "Zip"], 0, False),
    ("jpeg.tif", ["-compress", "JPEG", "-type", "TrueColor"], 3, False),
    ("fax.tif", ["-monochrome", "-compress", "Group4"], 0, False),
    ("1bit.tif", ["-monochrome", "-compress", "None"], 0, False),
    ("palette.tif", ["-type", "Palette"], 0, False),
    ("white-is-zero.tif", ["-define", "quantum:polarity=min-is-white"], 0, False),
    ("rgba.tif", ["-type", "TrueColorMatte"], 0, True),
    ("big-endian.tif", ["-endian", "MSB"], 0, False),
    ("plain.webp", ["-quality", "95"], 3, False),
    ("lossless.webp", ["-define", "webp:lossless=true"], 0, True),
    ("grey.bmp", ["-type", "Grayscale"], 0, False),
    ("rgb.bmp", ["-type", "TrueColor"], 0, False),
    ("palette.bmp", ["-type", "Palette"], 0, False),
    ("old.bmp", ["-type", "TrueColor", "-define", "bmp:format=bmp2"], 0, False),
    ("plain.avif", ["-quality", "90"], 3, False),
    ("plain.jp2", ["-quality", "0"], 2, False),
    ("binary.pgm", [], 0, False),
    ("text.pgm", ["-compress", "None"], 0, False),
    ("binary.ppm", [], 0, False),
    ("text.ppm", ["-compress", "None"], 0, False),
    ("binary.pbm", [], 0, False),
    ("text.pbm", ["-compress", "None"], 0, False),
]
DEEP = ["deep.png", "deep.tif", "deep-lzw.tif", "deep.pgm", "deep.ppm", "deep.jp2"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of KINDS and DEEP, made from one grey photograph."""
    folder = tmp_path_factory.mktemp("corpus")
    Image.fromarray(grey_photo(HEIGHT, WIDTH)).save(folder / "original.png")
    alpha = Image.fromarray(255 - grey_photo(HEIGHT, WIDTH).T.copy()).resize((WIDTH, HEIGHT))
    Image.merge("LA", (Image.open(folder / "original.png"), alpha)).save(folder / "original-la.png")
    for name, how, _, has_alpha in KINDS:
        original = "original-la.png" if has_alpha else "original.png"
        convert(folder / original, *how, folder / name)
    (folder / "original.pgm").write_bytes(
        b"P5 57 41 65535\n" + grey_photo(HEIGHT, WIDTH, np.uint16).byteswap().tobytes()
    )
    for name in DEEP:
        how = ["-compress", "LZW"] if "lzw" in name else []
        convert(
            folder / "original.pgm",
            "-depth",
            "16",
            "-quality",
            "0" if "jp2" in name else "75",
            *how,
            folder / name,
        )
    return folder


@pytest.mark.parametrize(("name", "off", "has_alpha"), [(name, off, alpha) for name, _, off, alpha in KINDS])
def test_pixels_are_what_imagemagick_sees(corpus: Path, name: str, off: int, has_alpha: bool) -> None:
    page = decode(corpus / name).pages[0]
    assert page.pixels.shape[:2] == (HEIGHT, WIDTH)
    assert page.pixels.dtype == np.uint8
    seen = corpus / f"{name}.seen.png"
    convert(corpus / name, "-depth", "8", f"png32:{seen}")
    with Image.open(seen) as image:
        rgba = np.asarray(image)
    rgb = page.pixels if page.pixels.ndim == 3 else np.stack([page.pixels] * 3, axis=-1)
    assert np.abs(rgb.astype(int) - rgba[..., :3]).max() <= off
    assert rgb.std() > 20  # a picture, not an empty frame
    assert (page.alpha is not None) == has_alpha
    if page.alpha is not None:
        np.testing.assert_array_equal(page.alpha, rgba[..., 3])


@pytest.mark.parametrize("name", DEEP)
def test_sixteen_bits_stay_sixteen(corpus: Path, name: str) -> None:
    picture = decode(corpus / name)
    pixels = picture.pages[0].pixels
    assert picture.bits == 16
    assert pixels.dtype == np.uint16
    np.testing.assert_array_equal(
        pixels.T, np.broadcast_to(grey_photo(HEIGHT, WIDTH, np.uint16).T, pixels.T.shape)
    )


@pytest.mark.parametrize("name", [name for name, *_ in KINDS] + DEEP)
def test_the_result_is_the_same_picture_in_the_same_format(corpus: Path, tmp_path: Path, name: str) -> None:
    picture = coloured(decode(corpus / name))
    path = tmp_path / f"out{picture.format.suffix_for(Path(name))}"
    write(picture, path, options())
    again = decode(path)
    assert again.format is picture.format
    assert again.bits == picture.bits
    assert again.pages[0].pixels.shape == (HEIGHT, WIDTH, 3)
    lossy = picture.format.name in ("jpeg", "webp", "avif")
    assert np.abs(again.pages[0].pixels.astype(int) - picture.pages[0].pixels).max() <= (12 if lossy else 0)
    assert (again.pages[0].alpha is None) == (picture.pages[0].alpha is None)
    if picture.pages[0].alpha is not None:
        np.testing.assert_array_equal(again.pages[0].alpha, picture.pages[0].alpha)
    assert run("identify", "-quiet", "-format", "%wx%h", path) == f"{WIDTH}x{HEIGHT}"


def test_a_cmyk_jpeg_is_seen_as_printed(corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "cmyk.jpg"
    convert(corpus / "original.png", "-colorspace", "CMYK", path)
    pixels = decode(path).pages[0].pixels.astype(float)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    agreement = np.corrcoef(pixels.mean(axis=2).ravel(), grey_photo(HEIGHT, WIDTH).ravel())[0, 1]
    assert agreement > 0.97
    assert run("identify", "-format", "%[colorspace]", _written(path, tmp_path)) == "sRGB"


def _written(path: Path, folder: Path) -> Path:
    out = folder / f"out{path.suffix}"
    write(coloured(decode(path)), out, options())
    return out


DESCRIBED = {
    "IFD0:Artist": "Ann Ödman",
    "IFD0:ImageDescription": "the old mill",
    "ExifIFD:DateTimeOriginal": "1931:05:06 07:08:09",
    "ExifIFD:LensModel": "Tessar",
    "GPS:GPSLatitudeRef": "N",
    "XMP-dc:Title": "Mill",
    "XMP-xmp:Rating": 4,
    "XMP-xmpMM:DocumentID": "uuid:1",
    "IPTC:Headline": "Grinding",
    "IPTC:Keywords": ["mill", "water"],
}
GROUPS = {"exif": ("IFD0", "ExifIFD", "GPS"), "xmp": ("XMP",), "iptc": ("IPTC",)}


@pytest.fixture(scope="module")
def described(corpus: Path) -> Path:
    """The photograph with all DESCRIBED, 300 dpi and a thumbnail, as JPEG and TIFF."""
    thumbnail = corpus / "thumbnail.jpg"
    convert(corpus / "original.png", "-resize", "20", thumbnail)
    assignments = [
        f"{name}={value}"
        for name, values in DESCRIBED.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    for suffix in ("jpg", "tif"):
        path = corpus / f"described.{suffix}"
        convert(corpus / "original.png", "-density", "300", "-units", "PixelsPerInch", path)
        tag(path, "codedcharacterset=utf8", *assignments, "EXIF:Orientation=", f"ThumbnailImage<={thumbnail}")
    return corpus


@pytest.mark.parametrize("source", ["jpg", "tif"])
@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_metadata_as_exiftool_sees_it(described: Path, tmp_path: Path, source: str, format_) -> None:
    picture = coloured(decode(described / f"described.{source}"))
    path = tmp_path / f"out{format_.suffixes[0]}"
    write(picture, path, options(format=format_))
    found = tags(path, "all", "xmp:all")
    held = [group for kind, groups in GROUPS.items() if kind in format_.holds for group in groups]
    wanted = {name: value for name, value in DESCRIBED.items() if name.startswith(tuple(held))}
    assert {name: found.get(name) for name in wanted} == wanted
    assert not [name for name in found if "Thumbnail" in name or name.endswith(("Warning", "Error"))], found
    if "xmp" in format_.holds:
        assert found["XMP-iptcExt:DigitalSourceType"] == SOURCE_TYPE
        assert PROVENANCE.software in found["XMP-xmp:CreatorTool"]
        assert PROVENANCE.sha256 in str(found["XMP-iptcExt:AISystemVersionUsed"])
        assert found.get("XMP-photoshop:Headline", "Grinding") == "Grinding"
    if "icc" in format_.holds:
        assert found["ICC_Profile:ProfileDescription"] == "sRGB"
    if format_.name != "pnm":
        dots = next(
            value
            for name, value in found.items()
            if name.endswith(("XResolution", "PixelsPerMeterX", "PixelsPerUnitX"))
        )
        assert round(dots * 0.0254 if dots > 1000 else dots) == 300
    said = " ".join(notes(picture, options(format=format_)))
    for kind in GROUPS:
        assert (kind.upper() in said.replace("as XMP", "")) == (kind not in format_.holds)


def test_iptc_goes_to_xmp_where_it_has_no_place(described: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.webp"
    write(coloured(decode(described / "described.jpg")), path, options(format=format_named("webp")))
    found = tags(path, "xmp:all")
    assert found["XMP-photoshop:Headline"] == "Grinding"
    assert found["XMP-dc:Subject"] == ["mill", "water"]


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_metadata_none_leaves_the_line_of_provenance(described: Path, tmp_path: Path, format_) -> None:
    path = tmp_path / f"out{format_.suffixes[0]}"
    picture = coloured(decode(described / "described.jpg"))
    path.write_bytes(encode(picture, options(format=format_, metadata="none")))
    found = tags(path, "exif:all", "xmp:all", "iptc:all", "icc_profile:all", "gps:all")
    allowed = ("XMP-iptcExt:", "XMP-xmp:CreatorTool")
    structure = ("IFD0:",) if format_.name == "tiff" else ()
    assert not [name for name in found if not name.startswith(allowed + structure)], found
    assert not {"IFD0:Artist", "IFD0:ImageDescription", "IFD0:XResolution"} & found.keys()
    assert (found.get("XMP-iptcExt:DigitalSourceType") == SOURCE_TYPE) == ("xmp" in format_.holds)
