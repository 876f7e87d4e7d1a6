"""Valid files of kinds that few programs write: read rightly, or refused by name."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorcli.errors import PhotoError
from colorcli.images import Pixels, decode

from .tools import colour_photo, convert, grey_photo, run

RED, GREEN, BLUE = np.array([(200, 30, 20), (40, 160, 60), (20, 50, 180)], np.uint8)
STRIPES = np.repeat([[0, 1, 2, 1, 0, 2]], 4, axis=0).astype(np.uint8)  # numbers of colours in PALETTE
PALETTE = np.array([RED, GREEN, BLUE])


def pixels_of(data: bytes | Path) -> Pixels:
    return decode(data).pages[0].pixels


def bmp(header: bytes, table: bytes, rows: bytes) -> bytes:
    """A file of these parts, bottom row first."""
    start = 14 + len(header) + len(table)
    return struct.pack("<2sIII", b"BM", start + len(rows), 0, start) + header + table + rows


def windows_header(bits: int, compression: int, colours: int = 0, size: int = 40) -> bytes:
    fields = struct.pack("<IiiHHIIiiII", size, 6, 4, 1, bits, compression, 0, 0, 0, colours, 0)
    return fields.ljust(size, b"\0")


PALETTE_BGR = PALETTE[:, ::-1]
PALETTE_BGR0 = np.pad(PALETTE_BGR, ((0, 0), (0, 1)))
RGB_STRIPES = PALETTE[STRIPES]
NIBBLES = (STRIPES[:, ::2] << 4 | STRIPES[:, 1::2]).astype(np.uint8)
FIVE_SIX_FIVE = [int(r) >> 3 << 11 | int(g) >> 2 << 5 | int(b) >> 3 for r, g, b in PALETTE]
RUNS_OF_8 = b"\0\4\0\1\2\1\1\0\1\2\0\0" * 4 + b"\0\1"
RUNS_OF_4 = b"\0\4\x01\x21\2\x02\0\0" * 4 + b"\0\1"
BMPS = {
    "OS/2, 8 bits": bmp(
        struct.pack("<IHHHH", 12, 6, 4, 1, 8),
        PALETTE_BGR.tobytes().ljust(768, b"\0"),
        np.pad(STRIPES, ((0, 0), (0, 2))).tobytes(),
    ),
    "OS/2, 4 bits": bmp(
        struct.pack("<IHHHH", 12, 6, 4, 1, 4),
        PALETTE_BGR.tobytes().ljust(48, b"\0"),
        np.pad(NIBBLES, ((0, 0), (0, 1))).tobytes(),
    ),
    "OS/2 version 2": bmp(
        windows_header(8, 0, 3, size=64), PALETTE_BGR0.tobytes(), np.pad(STRIPES, ((0, 0), (0, 2))).tobytes()
    ),
    "4 bits": bmp(
        windows_header(4, 0, 3), PALETTE_BGR0.tobytes(), np.pad(NIBBLES, ((0, 0), (0, 1))).tobytes()
    ),
    "runs of 8 bits": bmp(
        windows_header(8, 1, 3), PALETTE_BGR0.tobytes(), b"\0\6\0\1\2\1\0\2\0\0" * 4 + b"\0\1"
    ),
    "runs of 4 bits": bmp(
        windows_header(4, 2, 3), PALETTE_BGR0.tobytes(), b"\0\6\x01\x21\x02\0\0\0" * 4 + b"\0\1"
    ),
    "32 bits": bmp(windows_header(32, 0), b"", PALETTE_BGR0[STRIPES].tobytes()),
    "32 bits, masks, red last": bmp(
        windows_header(32, 3) + struct.pack("<III", 0xFF000000, 0xFF0000, 0xFF00),
        b"",
        np.pad(PALETTE_BGR, ((0, 0), (1, 0)), constant_values=77)[STRIPES].tobytes(),
    ),
    "16 bits, masks": bmp(
        windows_header(16, 3) + struct.pack("<III", 0xF800, 0x07E0, 0x001F),
        b"",
        np.array(FIVE_SIX_FIVE, "<u2")[STRIPES].tobytes(),
    ),
}


@pytest.mark.parametrize("name", BMPS)
def test_bmp_of_every_kind(name: str) -> None:
    page = decode(BMPS[name]).pages[0]
    assert page.alpha is None
    assert np.abs(page.pixels.astype(int) - RGB_STRIPES).max() <= (8 if "16 bits" in name else 0)


def test_bmp_masks_that_nobody_reads_are_named() -> None:
    header = windows_header(32, 3) + struct.pack("<III", 0x3FF00000, 0xFFC00, 0x3FF)
    with pytest.raises(PhotoError, match="bitfields"):
        decode(bmp(header, b"", bytes(96)))


def jp2_box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, kind) + content


def jp2_with(samples: Pixels, boxes: bytes) -> bytes:
    """Lossless grey samples with `boxes` behind the header's first."""
    stream = BytesIO()
    Image.fromarray(samples).save(stream, "JPEG2000", no_jp2=True, num_resolutions=1)
    height, width = samples.shape
    header = jp2_box(b"ihdr", struct.pack(">IIHBBBB", height, width, 1, 7, 7, 0, 0)) + boxes
    start = jp2_box(b"jP  ", b"\r\n\x87\n") + jp2_box(b"ftyp", b"jp2 \0\0\0\0jp2 ")
    return start + jp2_box(b"jp2h", header) + jp2_box(b"jp2c", stream.getvalue())


SRGB_BOX = jp2_box(b"colr", struct.pack(">BBBI", 1, 0, 0, 16))
PALETTE_BOX = jp2_box(b"pclr", struct.pack(">HBBBB", 3, 3, 7, 7, 7) + PALETTE.tobytes())
COLUMNS_BOX = jp2_box(b"cmap", struct.pack(">HBBHBBHBB", 0, 1, 0, 0, 1, 1, 0, 1, 2))


def test_jpeg_2000_with_a_palette() -> None:
    np.testing.assert_array_equal(
        pixels_of(jp2_with(STRIPES, SRGB_BOX + PALETTE_BOX + COLUMNS_BOX)), RGB_STRIPES
    )


def test_jpeg_2000_whose_palette_begins_with_blue_and_says_so() -> None:
    roles = jp2_box(b"cdef", struct.pack(">H9H", 3, 0, 0, 3, 1, 0, 2, 2, 0, 1))
    found = pixels_of(jp2_with(STRIPES, SRGB_BOX + PALETTE_BOX + COLUMNS_BOX + roles))
    np.testing.assert_array_equal(found, RGB_STRIPES[..., ::-1])


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        (jp2_box(b"colr", struct.pack(">BBBI", 1, 0, 0, 14)), "colour space"),
        (SRGB_BOX + PALETTE_BOX[:-9] + COLUMNS_BOX, "damaged"),
        (SRGB_BOX + jp2_box(b"pclr", b"\0\3\3\x0b\x0b\x0b" + bytes(18)) + COLUMNS_BOX, "palette"),
    ],
)
def test_jpeg_2000_that_is_refused(boxes: bytes, words: str) -> None:
    with pytest.raises(PhotoError, match=words):
        decode(jp2_with(STRIPES, boxes))


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_jpeg_2000_of_any_size(mode: str) -> None:
    samples = np.random.default_rng(1).integers(0, 256, (6, 13, len(mode)), np.uint8)
    stream = BytesIO()
    image = Image.fromarray(samples if len(mode) > 1 else samples[..., 0])
    image.save(stream, "JPEG2000", num_resolutions=1)
    page = decode(stream.getvalue()).pages[0]
    np.testing.assert_array_equal(page.pixels.T, samples[..., : 1 if len(mode) < 3 else 3].T.squeeze())
    assert (page.alpha is not None) == mode.endswith("A")
    if page.alpha is not None:
        np.testing.assert_array_equal(page.alpha, samples[..., -1])


@pytest.mark.parametrize("bits", [1, 2, 4, 12])
def test_jpeg_2000_of_other_depths(tmp_path: Path, bits: int) -> None:
    deep, path = grey_photo(20, 33, np.uint16), tmp_path / "in.jp2"
    (tmp_path / "in.pgm").write_bytes(b"P5 33 20 65535\n" + deep.byteswap().tobytes())
    convert(tmp_path / "in.pgm", "-depth", str(bits), "-quality", "0", path)
    found = pixels_of(path)
    levels = 1.01 if bits < 8 else 2.1  # ImageMagick rounds down, and its JPEG 2000 is not quite lossless
    assert np.abs(found / np.iinfo(found.dtype).max - deep / 65535).max() <= levels / ((1 << bits) - 1)


def tiff(samples: bytes, width: int, height: int, **tags: int | tuple[int, ...]) -> bytes:
    """A file of one strip; `tags` are named "t258" and so on, numbers of 32 bits."""
    here, there = 8 + len(samples), bytearray()
    usual = {256: width, 257: height, 259: 1, 273: 8, 278: height, 279: len(samples)}
    entries = usual | {int(name[1:]): value for name, value in tags.items()}
    after = here + 2 + 12 * len(entries) + 4
    table = struct.pack("<H", len(entries))
    for tag, value in sorted(entries.items()):
        numbers = value if isinstance(value, tuple) else (value,)
        content = struct.pack(f"<{len(numbers)}I", *numbers)
        at = content if len(numbers) == 1 else struct.pack("<I", after + len(there))
        table += struct.pack("<HHI", tag, 4, len(numbers)) + at
        there += content if len(numbers) > 1 else b""
    return b"II*\0" + struct.pack("<I", here) + samples + table + bytes(4) + bytes(there)


def packed(samples: Pixels, bits: int) -> bytes:
    """Rows of samples of `bits` bits, each on whole bytes."""
    places = np.arange(bits - 1, -1, -1)
    rows = (samples.reshape(len(samples), -1, 1).astype(int) >> places & 1).astype(np.uint8)
    return np.packbits(rows.reshape(len(samples), -1), axis=1).tobytes()


GREY, COLOUR = grey_photo(30, 50), colour_photo(30, 50)


def test_tiff_of_12_bits() -> None:
    samples = grey_photo(30, 50, np.uint16) >> 4
    found = pixels_of(tiff(packed(samples, 12), 50, 30, t258=12, t262=1))
    assert np.abs(found.astype(int) - samples.astype(int) * 65535 // 4095).max() <= 1


@pytest.mark.parametrize(("bits", "samples"), [(10, 1), (14, 1), (24, 1), (4, 3), (10, 3), (12, 3)])
def test_tiff_of_rare_depths_is_named(bits: int, samples: int) -> None:
    data = packed(np.zeros((30, 50 * samples), int), bits)
    with pytest.raises(PhotoError, match=f"{bits} bits a sample") as refused:
        decode(tiff(data, 50, 30, t258=(bits,) * samples, t262=1 if samples == 1 else 2, t277=samples))
    assert refused.value.hint


def in_ycc() -> Pixels:
    return np.asarray(Image.fromarray(COLOUR).convert("YCbCr"))


def test_tiff_in_ycc_without_compression() -> None:
    found = pixels_of(tiff(in_ycc().tobytes(), 50, 30, t258=(8, 8, 8), t262=6, t277=3, t530=1 | 1 << 16))
    assert np.abs(found.astype(int) - COLOUR).max() <= 3


def test_tiff_in_the_ycc_of_television_is_named() -> None:
    weights = (2126, 10000, 7152, 10000, 722, 10000)
    data = tiff(in_ycc().tobytes(), 50, 30, t258=(8, 8, 8), t262=6, t277=3, t530=1 | 1 << 16, t529=weights)
    data = data.replace(struct.pack("<HHI", 529, 4, 6), struct.pack("<HHI", 529, 5, 3))  # as fractions
    with pytest.raises(PhotoError, match="YCbCr"):
        decode(data)


def test_tiff_with_jpeg_of_the_old_style() -> None:
    stream = BytesIO()
    Image.fromarray(COLOUR).save(stream, "JPEG", quality=98, subsampling=0)
    jpeg = stream.getvalue()
    tags = {"t258": (8, 8, 8), "t259": 6, "t262": 6, "t277": 3, "t513": 8, "t514": len(jpeg)}
    found = pixels_of(tiff(jpeg, 50, 30, t530=1 | 1 << 16, **tags))
    assert np.abs(found.astype(int) - COLOUR).max() <= 8


@pytest.mark.parametrize("bits", [8, 16])
def test_tiff_in_cielab(tmp_path: Path, bits: int) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "in.png")
    convert(tmp_path / "in.png", "-colorspace", "Lab", "-depth", str(bits), tmp_path / "in.tif")
    found = pixels_of(tmp_path / "in.tif").astype(float)
    assert np.abs(found / (1 if found.max() < 256 else 257) - COLOUR).max() <= 4


@pytest.mark.parametrize("how", ["lzma", "zstd"])
@pytest.mark.parametrize("photo", [GREY, COLOUR], ids=["grey", "colour"])
def test_tiff_packed_by_newer_ways(tmp_path: Path, how: str, photo: Pixels) -> None:
    Image.fromarray(photo).save(tmp_path / "plain.tif")
    run("tiffcp", "-c", how, tmp_path / "plain.tif", tmp_path / "in.tif")
    np.testing.assert_array_equal(pixels_of(tmp_path / "in.tif"), photo)


def test_deep_colour_packed_by_a_newer_way_is_named_and_not_made_shallow(tmp_path: Path) -> None:
    deep = colour_photo(30, 50, np.uint16)
    (tmp_path / "in.ppm").write_bytes(b"P6 50 30 65535\n" + deep.byteswap().tobytes())
    convert(tmp_path / "in.ppm", "-compress", "None", tmp_path / "plain.tif")
    run("tiffcp", "-c", "lzma", tmp_path / "plain.tif", tmp_path / "in.tif")
    with pytest.raises(PhotoError, match="LZMA"):
        decode(tmp_path / "in.tif")


def test_tiff_in_tiles_of_one_colour_each(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "plain.tif")
    run("tiffcp", "-p", "separate", "-t", tmp_path / "plain.tif", tmp_path / "in.tif")
    np.testing.assert_array_equal(pixels_of(tmp_path / "in.tif"), COLOUR)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rare_tiff_that_lies_on_its_side(tmp_path: Path, orientation: int) -> None:
    Image.fromarray(GREY).save(tmp_path / "plain.tif")
    for how, path in (("none", tmp_path / "usual.tif"), ("lzma", tmp_path / "rare.tif")):
        run("tiffcp", "-c", how, tmp_path / "plain.tif", path)
        run("tiffset", "-s", "274", str(orientation), path)
    np.testing.assert_array_equal(pixels_of(tmp_path / "rare.tif"), pixels_of(tmp_path / "usual.tif"))


def test_avif_larger_than_its_library_reads_is_named() -> None:
    stream = BytesIO()
    Image.fromarray(COLOUR).save(stream, "AVIF")
    at = stream.getvalue().index(b"ispe") + 8
    data = stream.getvalue()[:at] + struct.pack(">II", 20_000, 20_000) + stream.getvalue()[at + 8 :]
    with pytest.raises(PhotoError, match="400 megapixels: an AVIF"):
        decode(data)
    with pytest.raises(PhotoError, match="limit of 100"):
        decode(data, max_pixels=100_000_000)


def test_inks_other_than_cmyk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "inks.tif"
    Image.new("CMYK", (40, 24)).save(path, tiffinfo={332: 2})
    with pytest.raises(PhotoError, match="inks other than CMYK"):
        decode(path)
