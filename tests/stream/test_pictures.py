"""Concatenated images: found whole, coloured, in order, whatever stands inside them."""

import io
import struct
import zlib
from io import FileIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from colorcli import images
from colorcli.colorizer import Colorizer
from colorcli.errors import PhotoError
from colorcli.images import EncodeOptions
from colorcli.look import Look
from colorcli.stream.intake import Intake
from colorcli.stream.kinds import Form
from colorcli.stream.pictures import Pictures
from colorcli.stream.pipeline import StreamSettings

from .conftest import Through
from .helpers import FRAMES, SOURCE, ffmpeg, probe

APART = StreamSettings(Look(border=False), temporal=False)


def photograph(seed: int = 0, width: int = 40, height: int = 24) -> Image.Image:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    return Image.fromarray(cv2.GaussianBlur(noise, (0, 0), 2))


def file(kind: str, seed: int = 0, **options: object) -> bytes:
    """A photograph as the bytes of a file; no two seeds are alike."""
    out = io.BytesIO()
    photograph(seed).save(out, kind, **options)
    return out.getvalue()


def thumbnailed() -> bytes:
    """A JPEG with another JPEG, end mark and all, in its EXIF segment."""
    inner, outer = file("JPEG", 1), file("JPEG", 2)
    segment = b"Exif\0\0II*\0" + inner
    return outer[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + outer[2:]


def filled() -> bytes:
    """A JPEG with fill bytes before its markers."""
    data = file("JPEG", 3)
    return data[:2] + b"\xff\xff" + data[2:-2] + b"\xff\xff\xff\xff\xd9"


def labelled() -> bytes:
    """A PNG whose text holds the marks of every format."""
    data = file("PNG", 4)
    text = b"Comment\0" + b"\xff\xd9 IEND \xaeB`\x82 \xff\xd8\xff \x89PNG\r\n\x1a\n P6 1 1 255\n FRAME\n"
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    return data[:33] + chunk + data[33:]


FILES = [
    file("JPEG"),
    file("JPEG", 5, progressive=True),
    file("JPEG", 6, restart_marker_blocks=1),
    thumbnailed(),
    filled(),
    file("PNG"),
    labelled(),
    b"P5\n# a comment with P6 in it\n40 24\n255\n" + photograph(7).tobytes(),
    b"P6 2 1 65535\n" + bytes(range(12)),
    b"P4 9 2\n" + bytes([255, 128, 0, 0]),
]


class Trickle(FileIO):
    """A pipe that gives three bytes at a time."""

    def read(self, size: int = -1, /) -> bytes:
        return super().read(3)


@pytest.mark.parametrize("gap", [b"", b"\n", b"\0\0\0"])
def test_every_file_is_found_whole(tmp_path: Path, gap: bytes) -> None:
    (tmp_path / "in").write_bytes(gap.join(FILES))
    kind = Pictures(EncodeOptions(), 10**9, 1)
    with Trickle(tmp_path / "in") as stream:
        assert list(kind.frames(Intake(stream))) == FILES


@pytest.mark.parametrize(
    ("codec", "result"), [("mjpeg", "mjpeg"), ("png", "png"), ("ppm", "ppm"), ("pgm", "ppm")]
)
def test_with_ffmpeg_on_both_sides(through: Through, codec: str, result: str) -> None:
    old = ffmpeg(*SOURCE, "-f", "image2pipe", "-c:v", codec, "-")
    new, error = through(old)
    assert error is None
    found = probe(new, "-f", "image2pipe")
    assert (found["codec_name"], found["width"], found["height"]) == (result, 64, 48)
    assert int(found["nb_read_frames"]) == FRAMES
    film = ffmpeg("-f", "image2pipe", "-i", "-", "-c:v", "ffv1", "-f", "matroska", "-", stdin=new)
    assert int(probe(film)["nb_read_frames"]) == FRAMES


def test_apart_is_what_colorize_makes(through: Through, colorizer: Colorizer) -> None:
    files = [file("PNG", seed) for seed in range(3)]
    new, error = through(b"".join(files), settings=APART)
    assert error is None
    assert new == b"".join(colorizer.colorize_bytes(data, look=APART.look) for data in files)


def test_pictures_of_all_sizes_and_formats_apart(through: Through) -> None:
    new, error = through(b"".join(FILES), settings=APART)
    assert error is None
    assert new.count(b"\x89PNG\r\n\x1a\n") == 2
    for data in FILES[:1]:
        assert new.startswith(data[:2])


def test_metadata_stays(through: Through) -> None:
    new = through(file("JPEG", dpi=(300, 300)))[0]
    about = images.decode(new).metadata[0]
    assert about.dpi == (300, 300)
    assert b"compositeWithTrainedAlgorithmicMedia" in (about.xmp or b"")


def test_quality(through: Through) -> None:
    assert len(through(FILES[0], Form(quality=20))[0]) < len(through(FILES[0], Form(quality=95))[0])


GOOD = file("PNG", 8)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (GOOD[:-5], "frame 2: the stream ends in the middle of it"),
        (file("JPEG")[:-2], "frame 2: the stream ends in the middle of it"),
        (file("JPEG")[:30], "frame 2: the stream ends"),
        (b"P5 40 24 255\n" + bytes(900), "frame 2: the stream ends"),
        (b"P5 40", "frame 2: the stream ends in the middle of its header"),
        (b"P5 99999999 99999999 255\n" + bytes(900), "frame 2: it has more than"),
        (b"P2 1 1 255\n7\n", "text"),
        (b"P5 # " + bytes(9000), "header is damaged"),
        (b"\xff\xd8\xff\xe0\0\x04ab" + b"no segment", "segments are damaged"),
        (GOOD[:8] + b"\xff" * 100, "chunks are damaged"),
        (GOOD[:41] + bytes(8) + GOOD[49:], "frame 2: "),
        (b"hello, world, this is no picture", "no JPEG, PNG, PGM or PPM begins there"),
        (b"P5 2 2 255\nabcd", "it is 2x2, the frames before it are 40x24"),
    ],
)
def test_bad_streams(through: Through, bad: bytes, said: str) -> None:
    new, error = through(GOOD + bad)
    assert isinstance(error, PhotoError)
    assert said in error.message
    assert new == through(GOOD)[0]


def test_too_many_pixels(through: Through) -> None:
    new, error = through(GOOD, Form(max_pixels=900))
    assert isinstance(error, PhotoError)
    assert "megapixels" in error.message
    assert new == b""
