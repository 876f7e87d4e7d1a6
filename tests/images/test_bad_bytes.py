"""Files that are damaged, hostile or not photographs at all, and disks that are full."""

import os
import resource
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from colorcli.errors import PhotoError, UsageError
from colorcli.images import FORMATS, Format, Page, Picture, decode, encode, format_named, notes, write
from colorcli.images.picture import Metadata

from .tools import colour_photo, grey_photo, options, run


def picture_of(page: Page, format_: Format = FORMATS[0]) -> Picture:
    return Picture((page,), format_, (Metadata(),), 8 * page.pixels.itemsize)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """One good file of every format."""
    photo = picture_of(Page(colour_photo(120, 160)))
    return {format_.name: encode(photo, options(format=format_)) for format_ in FORMATS}


@pytest.mark.parametrize("name", [format_.name for format_ in FORMATS])
@pytest.mark.parametrize("eighths", range(1, 8))
def test_a_truncated_file_is_an_error(files: dict[str, bytes], name: str, eighths: int) -> None:
    data = files[name]
    with pytest.raises(PhotoError):
        decode(data[: len(data) * eighths // 8])


def test_a_jpeg_with_a_hole_is_an_error_and_one_with_padding_is_not(files: dict[str, bytes]) -> None:
    data, middle = files["jpeg"], len(files["jpeg"]) // 2
    with pytest.raises(PhotoError, match="damaged or incomplete") as caught:
        decode(data[:middle] + data[middle + 900 :])
    assert "Corrupt JPEG data" in str(caught.value.__cause__)  # what -v shows
    tables = data.index(b"\xff\xdb")
    padded = decode(data[:tables] + bytes(3) + data[tables:])
    np.testing.assert_array_equal(padded.pages[0].pixels, decode(data).pages[0].pixels)


def test_an_error_that_quotes_no_text_does_not_spoil_the_next(files: dict[str, bytes]) -> None:
    """libheif names a property it does not know, of whatever bytes that name is."""
    clear = encode(picture_of(CLEAR), options(format=format_named("avif")))
    for damaged in (clear.replace(b"auxC", b"\xbe\xbexC"), files["png"][:200], files["webp"][:200]):
        with pytest.raises(PhotoError, match="damaged"):
            decode(damaged)


@pytest.mark.parametrize("offset", [1 << 45, (1 << 63) - 1, 1 << 63])
def test_a_directory_farther_than_any_file_reaches(tmp_path: Path, offset: int) -> None:
    """File systems refuse to seek so far."""
    (tmp_path / "old.tif").write_bytes(b"II+\0\x08\0\0\0" + struct.pack("<Q", offset))
    with pytest.raises(PhotoError, match="damaged"):
        decode(tmp_path / "old.tif")


def test_many_threads_get_what_one_gets(files: dict[str, bytes]) -> None:
    alone = {name: _again(data) for name, data in files.items()}
    with ThreadPoolExecutor(8) as threads:
        jobs = [(name, threads.submit(_again, data)) for name, data in [*files.items()] * 4]
        assert [name for name, job in jobs if job.result() != alone[name]] == []


def _again(data: bytes) -> bytes:
    return encode(decode(data))


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "webp", "bmp", "pgm", "jp2"])
def test_what_others_wrote_truncated(tmp_path: Path, suffix: str) -> None:
    whole, part = tmp_path / f"whole.{suffix}", tmp_path / f"part.{suffix}"
    (tmp_path / "in.ppm").write_bytes(b"P6 160 120 255\n" + colour_photo(120, 160).tobytes())
    run("convert", tmp_path / "in.ppm", *(["-interlace", "JPEG"] if suffix == "jpg" else []), whole)
    data = whole.read_bytes()
    for eighths in range(8):
        part.write_bytes(data[: len(data) * eighths // 8])
        with pytest.raises(PhotoError):
            decode(part)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"Dear Ann,\nthe mill is sold.\n", "not an image"),
        (np.random.default_rng(3).bytes(5000), "not an image"),
        (b"\xff\xd8\xff\xe0" + bytes(200), "damaged"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc", "animation"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "CR3"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(64), "CR2"),
        (b"FUJIFILMCCD-RAW 0201" + bytes(64), "RAF"),
        (b"IIRO\x08\0\0\0" + bytes(64), "ORF"),
        (b"IIU\0\x08\0\0\0" + bytes(64), "RW2"),
        (b"GIF89a" + bytes(64), "GIF"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "film"),
        (b"RIFF\0\0\0\0AVI LIST" + bytes(20), "film"),
    ],
)
def test_what_is_no_photograph_is_said_by_name(data: bytes, words: str) -> None:
    with pytest.raises(PhotoError, match=words) as refused:
        decode(data)
    assert refused.value.hint or words in ("empty", "damaged", "animation")


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="folder"):
        decode(tmp_path)
    with pytest.raises(PhotoError, match="no such file"):
        decode(tmp_path / "nothing.jpg")


def test_any_name_will_do(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Brackets mean options to libvips, and a name need not be text; the suffix means nothing."""
    for name in (b"photo[1,page=2].txt", b"gr\xfc\xdfe.png"):
        path = tmp_path / os.fsdecode(name)
        path.write_bytes(files["jpeg"])
        assert decode(path).format.name == "jpeg"
        write(decode(path), path.with_name("out " + path.name))
        assert decode(path.with_name("out " + path.name)).format.name == "jpeg"


@pytest.mark.parametrize("name", [format_.name for format_ in FORMATS])
def test_more_pixels_than_allowed(files: dict[str, bytes], name: str) -> None:
    with pytest.raises(PhotoError, match="limit") as refused:
        decode(files[name], max_pixels=120 * 160 - 1)
    assert "--max-pixels" in refused.value.hint
    assert decode(files[name], max_pixels=120 * 160).pages[0].pixels.shape == (120, 160, 3)


def test_a_bomb_is_refused_by_its_header() -> None:
    """A PNG of two gigapixels, of which no pixel is ever looked at: there is none."""
    header = struct.pack(">IIBBBBB", 50_000, 40_000, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000)))]
    body = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    with pytest.raises(PhotoError, match="2000 megapixels"):
        decode(b"\x89PNG\r\n\x1a\n" + b"".join(body))


def test_libraries_keep_quiet(tmp_path: Path, files: dict[str, bytes]) -> None:
    """Damaged files make libvips, libtiff and OpenCV talk; nobody hears it."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data[: len(data) * 3 // 4])
        (tmp_path / f"{name}2").write_bytes(data[:200] + bytes(99) + data[299:])
    code = (
        "import sys; from pathlib import Path; from colorcli.errors import PhotoError\n"
        "from colorcli.images import decode\n"
        "for path in Path(sys.argv[1]).iterdir():\n"
        "    try: decode(path)\n"
        "    except PhotoError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_a_full_disk_leaves_no_file(tmp_path: Path, format_: Format) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (256, 256, 3), np.uint8)
    path = tmp_path / f"out{format_.suffixes[0]}"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(PhotoError, match="could not be"):
            write(picture_of(Page(noise)), path, options(format=format_))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not path.exists()


DEEP = Page(grey_photo(20, 30, np.uint16))
CLEAR = Page(grey_photo(20, 30), grey_photo(20, 30))


@pytest.mark.parametrize("name", ["jpeg", "webp", "bmp", "avif"])
def test_sixteen_bits_are_not_dropped_unasked(name: str) -> None:
    format_ = format_named(name)
    for act in (notes, encode):
        with pytest.raises(UsageError, match="bits") as refused:
            act(picture_of(DEEP), options(format=format_))
        assert "--depth 8" in refused.value.hint
    again = decode(encode(picture_of(DEEP), options(format=format_, depth=8))).pages[0].pixels
    assert again.dtype == np.uint8
    assert np.abs(again.T.astype(float) - DEEP.pixels.T / 257).max() < 12


@pytest.mark.parametrize("name", ["jpeg", "pnm"])
def test_alpha_is_not_dropped_unasked(name: str) -> None:
    format_ = format_named(name)
    for act in (notes, encode):
        with pytest.raises(UsageError, match="transparency") as refused:
            act(picture_of(CLEAR), options(format=format_))
        assert "--flatten" in refused.value.hint
    again = decode(encode(picture_of(CLEAR), options(format=format_, flatten=True))).pages[0]
    opacity = CLEAR.alpha / 255
    assert again.alpha is None
    assert np.abs(again.pixels - (CLEAR.pixels * opacity + 255 * (1 - opacity))).max() < 6


def test_sixteen_bits_on_request() -> None:
    again = decode(encode(picture_of(CLEAR), options(format=format_named("png"), depth=16))).pages[0]
    np.testing.assert_array_equal(again.pixels, CLEAR.pixels.astype(np.uint16) * 257)
    np.testing.assert_array_equal(again.alpha, CLEAR.alpha.astype(np.uint16) * 257)
