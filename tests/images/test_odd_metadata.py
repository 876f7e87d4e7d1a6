"""Metadata that is hostile, or only senseless: every format is still written, and what is lost is named."""

import struct
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorcli.errors import PhotoError
from colorcli.images import FORMATS, Format, Picture, decode, encode, notes

from .tools import coloured, grey_photo, options

EVERY_FORMAT = pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
GREY = grey_photo(40, 50)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks: bytes) -> bytes:
    stream = BytesIO()
    Image.fromarray(GREY).save(stream, "PNG")
    return stream.getvalue()[:33] + b"".join(chunks) + stream.getvalue()[33:]


def tiff(**settings: object) -> bytes:
    stream = BytesIO()
    Image.fromarray(GREY).save(stream, "TIFF", **settings)
    return stream.getvalue()


def check_written(picture: Picture, format_: Format) -> str:
    """The picture comes back whole from the format; what was said before."""
    result = coloured(picture)
    wanted = options(format=format_)
    again = decode(encode(result, wanted)).pages[0].pixels
    assert np.abs(again.astype(int) - result.pages[0].pixels).max() <= 12
    return " ".join(notes(result, wanted))


@EVERY_FORMAT
@pytest.mark.parametrize("dots", [20_000_000, 2**31 - 1, 2**32 - 1])
def test_a_resolution_that_is_none(format_: Format, dots: int) -> None:
    picture = decode(png(chunk(b"pHYs", struct.pack(">IIB", dots, dots, 1))))
    assert "resolution" in check_written(picture, format_)


@EVERY_FORMAT
def test_a_resolution_in_tiff_that_is_none(format_: Format) -> None:
    data = tiff(dpi=(300, 300))
    usual, senseless = struct.pack("<II", 300, 1), struct.pack("<II", 2**32 - 1, 1)
    assert usual in data
    assert "resolution" in check_written(decode(data.replace(usual, senseless)), format_)


IPTC = b"".join(
    struct.pack(">BBBH", 0x1C, 2, number, len(text)) + text
    for number, text in ((105, b"one\x01two\0three\x1b"), (25, b"mill\x0c"), (25, b"\xff\xfe"))
)


@EVERY_FORMAT
def test_iptc_with_characters_that_xml_has_not(format_: Format) -> None:
    resource = b"8BIM\4\4\0\0" + struct.pack(">I", len(IPTC)) + IPTC + b"\0" * (len(IPTC) % 2)
    text = b"Raw profile type iptc\0\niptc\n%8d\n%b\n" % (len(resource), resource.hex().encode())
    picture = decode(png(chunk(b"tEXt", text)))
    assert picture.metadata[0].iptc == IPTC
    check_written(picture, format_)
    if format_.name in ("webp", "avif"):
        assert b"onetwothree" in encode(coloured(picture), options(format=format_))


@EVERY_FORMAT
@pytest.mark.parametrize(
    "block",
    [
        b"II*\0\0\0\0\0" + bytes(40),
        b"MM\0*\0\0\0\x08" + b"\xff" * 60,
        # EXIF in GPS in EXIF, for ever
        b"II*\0\x08\0\0\0" + struct.pack("<HHHIIHHIII", 2, 0x8769, 4, 1, 8, 0x8825, 4, 1, 8, 0),
    ],
    ids=["no directory", "nonsense", "a circle"],
)
def test_exif_that_is_none(format_: Format, block: bytes) -> None:
    check_written(decode(png(chunk(b"eXIf", block))), format_)


@EVERY_FORMAT
@pytest.mark.parametrize("levels", [2_000, 100_000])
def test_xmp_that_is_too_deep(format_: Format, levels: int) -> None:
    packet = (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b"%b%b</r:RDF></x:xmpmeta>" % (b"<a>" * levels, b"</a>" * levels)
    )
    picture = decode(png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)))
    assert "XMP" in check_written(picture, format_)


def sharing(tags: int, size: int) -> bytes:
    """A directory whose tags all have the same `size` bytes for a value."""
    entries = b"".join(struct.pack("<HHII", 40_000 + tag, 7, size, 14 + 12 * tags) for tag in range(tags))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", tags) + entries + bytes(4) + b"x" * size


def sharing_tiff(tags: int, size: int) -> bytes:
    """A TIFF of GREY with these tags beside its own."""
    plain = tiff()
    at = len(plain) + len(plain) % 2
    (first,) = struct.unpack_from("<I", plain, 4)
    (own,) = struct.unpack_from("<H", plain, first)
    more = sharing(tags, size)
    entries = plain[first + 2 : first + 2 + 12 * own] + more[10 : 10 + 12 * tags]
    values_at = struct.pack("<I", at + 2 + 12 * (own + tags) + 4)
    entries = entries.replace(struct.pack("<I", 14 + 12 * tags), values_at)
    table = struct.pack("<H", own + tags) + entries + bytes(4)
    return plain[:4] + struct.pack("<I", at) + plain[8:].ljust(at - 8, b"\0") + table + b"x" * size


def peak_of_decoding(path: Path) -> int:
    """Bytes of memory that a process needs for it, beyond what it has anyway."""
    code = (
        "import resource, sys; from pathlib import Path; from colorcli.errors import PhotoError\n"
        "from colorcli.images import decode, encode\n"
        "def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "try: encode(decode(Path(sys.argv[1])))\n"
        "except PhotoError: pass\n"
        "print(peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    return 1024 * int(done.stdout)


def test_tags_that_share_one_value_take_no_memory(tmp_path: Path) -> None:
    for name, data in (
        ("tiff", sharing_tiff(2000, 1 << 20)),
        ("png", png(chunk(b"eXIf", sharing(1000, 1 << 20)))),
    ):
        (tmp_path / name).write_bytes(data)
        assert peak_of_decoding(tmp_path / name) < 100 << 20


def test_what_tags_that_share_one_value_come_to() -> None:
    with pytest.raises(PhotoError, match="tags larger than the file"):
        decode(sharing_tiff(2000, 1 << 20))
    assert decode(sharing_tiff(20, 1000)).pages[0].pixels.shape == (40, 50)
    assert "EXIF" in " ".join(decode(png(chunk(b"eXIf", sharing(1000, 1 << 20)))).notes)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"P2 3 1 255 0 255 256", [0, 255, 255]),
        (b"P2 3 1 100 0 40 65535", [0, 102, 255]),
        (b"P2 3 1 255 0 %d 7" % 2**63, [0, 255, 7]),
        (b"P2 3 1 255 0 -9 7", [0, 0, 7]),
    ],
)
def test_numbers_beyond_the_highest(data: bytes, expected: list[int]) -> None:
    assert decode(data).pages[0].pixels.tolist() == [expected]


@pytest.mark.parametrize(
    "data",
    [
        b"P2 %d 1 255 0" % 10**400,
        b"P2 1 1 %d 0" % 10**30,
        b"P5 99999999999 99999999999 255 0",
        b"P2 2 1 255 1 x",
    ],
)
def test_numbers_that_are_none(data: bytes) -> None:
    with pytest.raises(PhotoError):
        decode(data)
