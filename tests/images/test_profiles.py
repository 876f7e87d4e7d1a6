"""Colour profiles: what comes in as another space means the same in sRGB, and says so."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from colorcli.images import Pixels, decode, format_named, write

from .tools import colour_photo, coloured, grey_photo, options, run, tags

WHITE = (63190, 65536, 54061)  # D50, in 65536ths
ADOBE = {b"r": (39960, 20389, 1276), b"g": (13453, 41004, 3989), b"b": (9777, 4143, 48796)}  # its primaries


def profile(space: bytes, blocks: dict[bytes, bytes]) -> bytes:
    """A version 2 display profile of `space` with these tags and the usual ones."""
    text = b"desc\0\0\0\0" + struct.pack(">I", 5) + b"test\0" + bytes(78)
    at = 128 + 4 + 12 * (len(blocks) + 2)
    table, body = struct.pack(">I", len(blocks) + 2), b""
    for name, block in ({b"desc": text, b"wtpt": place(WHITE)} | blocks).items():
        table += struct.pack(">4sII", name, at + len(body), len(block))
        body += block.ljust(-(-len(block) // 4) * 4, b"\0")
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"", 0x02100000, b"mntr", space, b"XYZ ")
    head = (head.ljust(36, b"\0") + b"acsp").ljust(68, b"\0") + struct.pack(">iii", *WHITE)
    return head.ljust(128, b"\0") + table + body


def place(xyz: tuple[int, int, int]) -> bytes:
    return struct.pack(">4sIiii", b"XYZ ", 0, *xyz)


def power(gamma: float) -> bytes:
    return struct.pack(">4sIIH", b"curv", 0, 1, round(gamma * 256))


def grey_profile(gamma: float) -> bytes:
    return profile(b"GRAY", {b"kTRC": power(gamma)})


def wide_profile() -> bytes:
    """Adobe's RGB."""
    primaries = {name + b"XYZ": place(xyz) for name, xyz in ADOBE.items()}
    return profile(b"RGB ", primaries | {name + b"TRC": power(2.2) for name in ADOBE})


def to_srgb_curve(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def save(path: Path, pixels: Pixels, icc: bytes) -> None:
    """By Pillow, or by exiftool where Pillow cannot."""
    Image.fromarray(pixels).save(path, icc_profile=icc)


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.2])
def test_a_grey_profile_says_what_grey_means(tmp_path: Path, suffix: str, gamma: float) -> None:
    path, out = tmp_path / f"in.{suffix}", tmp_path / f"out.{suffix}"
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None], 16, axis=0)
    extra = {"quality": 100} if suffix == "jpg" else {}
    Image.fromarray(ramp).save(path, icc_profile=grey_profile(gamma), **extra)
    with Image.open(path) as image:
        stored = np.asarray(image)
    picture = decode(path)
    assert picture.pages[0].pixels.ndim == 2
    expected = to_srgb_curve((stored / 255) ** gamma) * 255
    assert np.abs(picture.pages[0].pixels - expected).max() < 1
    write(coloured(picture), out, options())
    found = tags(out, "icc_profile:all")
    assert (found["ICC-header:ColorSpaceData"], found["ICC_Profile:ProfileDescription"]) == ("RGB ", "sRGB")


def test_sixteen_bits_are_converted_at_sixteen(tmp_path: Path) -> None:
    path, icc = tmp_path / "in.tif", tmp_path / "grey.icc"
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    Image.fromarray(ramp).save(path)
    icc.write_bytes(grey_profile(1.8))
    run("exiftool", "-q", "-overwrite_original", f"-icc_profile<={icc}", path)
    expected = to_srgb_curve((ramp / 65535) ** (461 / 256)) * 65535  # 1.8 as profiles write it
    assert np.abs(decode(path).pages[0].pixels - expected).max() < 1


def test_a_wide_profile_is_converted(tmp_path: Path) -> None:
    """Adobe's RGB: the same numbers mean stronger colours and, for grey, a power of 2.2."""
    path, out = tmp_path / "in.png", tmp_path / "out.png"
    wide = BytesIO(wide_profile())
    pixels = colour_photo(40, 50)
    save(path, pixels, wide.getvalue())
    converted = decode(path).pages[0].pixels
    expected = ImageCms.profileToProfile(
        Image.fromarray(pixels),
        wide,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert np.abs(converted.astype(int) - np.asarray(expected)).max() <= 2
    write(decode(path), out, options())
    assert tags(out, "icc_profile:all")["ICC_Profile:ProfileDescription"] == "sRGB"


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "avif"])
def test_srgb_by_another_name_is_left_alone(tmp_path: Path, suffix: str) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path, out = tmp_path / "in.png", tmp_path / f"out.{suffix}"
    pixels = colour_photo(40, 50)
    save(path, pixels, icc)
    picture = decode(path)
    np.testing.assert_array_equal(picture.pages[0].pixels, pixels)
    write(picture, out, options(format=format_named(suffix)))
    assert tags(out, "icc_profile:all")["ICC_Profile:ProfileDescription"] == "sRGB built-in"


@pytest.mark.parametrize("icc", [b"nonsense" * 40, grey_profile(2.2)[:150], grey_profile(2.2)])
def test_a_profile_that_does_not_fit_is_named_and_left_out(tmp_path: Path, icc: bytes) -> None:
    path = tmp_path / "in.webp"
    Image.fromarray(colour_photo(40, 50)).save(path, icc_profile=icc, lossless=True)
    picture = decode(path)
    np.testing.assert_array_equal(picture.pages[0].pixels, colour_photo(40, 50))
    assert "profile" in " ".join(picture.notes)


def test_a_damaged_profile_on_grey(tmp_path: Path) -> None:
    path = tmp_path / "in.jpg"
    damaged = bytearray(grey_profile(2.2))
    damaged[132:] = bytes(len(damaged) - 132)
    Image.fromarray(grey_photo(40, 50)).save(path, icc_profile=bytes(damaged))
    picture = decode(path)
    assert picture.pages[0].pixels.shape == (40, 50)
    assert "profile" in " ".join(picture.notes)
