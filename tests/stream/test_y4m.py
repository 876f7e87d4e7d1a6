"""yuv4mpeg through colorcli: the luma stays, the colour comes, the rest is as it was."""

import re

import cv2
import numpy as np
import pytest

from colorcli.color import lab
from colorcli.errors import PhotoError
from colorcli.look import Look
from colorcli.stream.kinds import Form
from colorcli.stream.pipeline import StreamSettings

from .conftest import Through
from .helpers import FRAMES, ffmpeg, luma_md5, plane, probe, y4m

HEADER = b"YUV4MPEG2 W16 H12 F25:1 Ip A1:1 C420jpeg\n"
FRAME = b"FRAME\n" + bytes(range(192)) + bytes([128]) * 96


@pytest.mark.parametrize(
    ("before", "after", "colour_range"),
    [
        ("gray", "yuv444p", "pc"),
        ("gray10le", "yuv444p10le", "pc"),
        ("yuv420p", "yuv420p", "tv"),
        ("yuvj420p", "yuv420p", "pc"),
        ("yuv422p", "yuv422p", "tv"),
        ("yuv444p", "yuv444p", "tv"),
        ("yuv420p10le", "yuv420p10le", "tv"),
        ("yuv422p10le", "yuv422p10le", "tv"),
        ("yuv444p10le", "yuv444p10le", "tv"),
    ],
)
def test_luma_stays_byte_for_byte(through: Through, before: str, after: str, colour_range: str) -> None:
    old = y4m(before)
    new, error = through(old)
    assert error is None
    assert luma_md5(new) == luma_md5(old)
    found = probe(new)
    assert (found["pix_fmt"], found["color_range"]) == (after, colour_range)
    assert int(found["nb_read_frames"]) == FRAMES
    assert np.ptp(plane(ffmpeg("-i", "-", "-pix_fmt", "yuv444p", "-f", "yuv4mpegpipe", "-", stdin=new), "u"))


@pytest.mark.parametrize("pixel_format", ["gray", "yuv420p", "yuv422p"])
def test_odd_sides(through: Through, pixel_format: str) -> None:
    old = y4m(pixel_format, ("-f", "lavfi", "-i", "testsrc2=s=51x37:r=10:d=0.3"))
    new, error = through(old)
    assert error is None
    assert luma_md5(new) == luma_md5(old)
    assert int(probe(new)["nb_read_frames"]) == 3


def test_rate_aspect_and_interlacing_stay(through: Through) -> None:
    source = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=30000/1001:d=0.2", "-vf", "setsar=10/11,setfield=tff")
    old = y4m("yuv420p", source)
    found = probe(through(old)[0])
    for name in ("r_frame_rate", "sample_aspect_ratio", "field_order"):
        assert found[name] == probe(old)[name]
    assert found["r_frame_rate"] == "30000/1001"
    assert found["sample_aspect_ratio"] == "10:11"
    assert found["field_order"] in ("tt", "tb")


def test_parameters_of_header_and_frames_stay(through: Through) -> None:
    head = b"YUV4MPEG2 W16 H12 F24000:1001 Im A59:54 C420paldv XCOMMENT=hello"
    new, error = through(head + b"\n" + FRAME.replace(b"FRAME", b"FRAME Itp XA=1") + FRAME)
    assert error is None
    first = new[: new.index(b"\n")]
    assert {b"F24000:1001", b"Im", b"A59:54", b"C420paldv", b"XCOMMENT=hello"} <= set(first.split())
    assert re.findall(rb"FRAME[^\n]*\n", new) == [b"FRAME Itp XA=1\n", b"FRAME\n"]


def test_the_colour_is_what_the_model_says(through: Through) -> None:
    """Flat grey of L about 50 and 62: the tiny model's a and b, at this luma, as ffmpeg decodes them."""
    for level in (118, 150):
        frame = b"FRAME\n" + bytes([level]) * 192
        new, error = through(b"YUV4MPEG2 W16 H12 F25:1 Ip A1:1 Cmono\n" + frame)
        assert error is None
        rgb = np.frombuffer(
            ffmpeg("-i", "-", "-pix_fmt", "rgb24", "-f", "rawvideo", "-", stdin=new), np.uint8
        ).reshape(12, 16, 3)
        seen = float(lab.lightness(np.full((1, 1), level, np.uint8))[0, 0])
        expected = np.array([0.08 * seen - 1, 0.2 * seen - 10]) / 0.4
        assert np.abs(lab.split(rgb)[1].mean((0, 1)) - expected).max() < 1


def test_matrix(through: Through) -> None:
    """Decoded by the matrix it was made with, either gives the same colours."""
    old = y4m("yuv444p")
    decoded = {}
    for name, of_ffmpeg in (("601", "bt601"), ("709", "bt709")):
        new = through(old, Form(matrix=name))[0]
        scale = f"scale=in_color_matrix={of_ffmpeg}:flags=accurate_rnd+full_chroma_int"
        raw = ffmpeg("-i", "-", "-vf", scale, "-pix_fmt", "rgb24", "-f", "rawvideo", "-", stdin=new)
        decoded[name] = np.frombuffer(raw, np.uint8).reshape(-1, 3).astype(int), new
    assert through(old)[0] == decoded["601"][1]  # 48 lines
    assert decoded["601"][1] != decoded["709"][1]
    # Not equal: a Y' means another brightness to either. But hues are.
    one, other = (lab.split(pair[0].astype(np.uint8)[None])[1][0] for pair in decoded.values())
    strong = (np.hypot(*one.T) > 8) & (np.hypot(*other.T) > 8)
    turn = np.angle((one[strong] @ [1, 1j]) / (other[strong] @ [1, 1j]), deg=True)
    assert strong.sum() > 1000
    assert np.median(np.abs(turn)) < 3


def test_high_definition_is_709(through: Through) -> None:
    old = y4m("yuv420p", ("-f", "lavfi", "-i", "testsrc2=s=64x720:r=10:d=0.1"))
    assert through(old)[0] == through(old, Form(matrix="709"))[0] != through(old, Form(matrix="601"))[0]


def test_chroma_of_the_result(through: Through) -> None:
    old = y4m("yuv420p")
    for chroma in ("422", "444"):
        new, error = through(old, Form(chroma=chroma))
        assert error is None
        assert probe(new)["pix_fmt"] == f"yuv{chroma}p"
        assert luma_md5(new) == luma_md5(old)
    assert probe(through(y4m("gray"), Form(chroma="420"))[0])["pix_fmt"] == "yuv420p"


def test_no_strength_is_grey(through: Through) -> None:
    new = through(y4m("yuv420p"), settings=StreamSettings(Look(strength=0, border=False)))[0]
    assert set(plane(new, "u")) == set(plane(new, "v")) == {128}


def test_black_and_white_stay_neutral(through: Through) -> None:
    """Letterbox bars and blown-out skies, limited range."""
    for level in (16, 235, 5, 250):
        new = through(HEADER + b"FRAME\n" + bytes([level]) * 192 + bytes(96))[0]
        assert set(new[-96:]) == {128}


def test_every_colour_can_be_shown(through: Through) -> None:
    """At four times the saturation: RGB clipped by nobody, but for rounding."""
    old = y4m("yuv444p")
    settings = StreamSettings(Look(saturation=4, border=False))
    new = through(old, settings=settings)[0]
    luma, cb, cr = (plane(new, name).astype(float) for name in "yuv")
    luma, cb, cr = (luma.clip(16, 235) - 16) / 219, (cb - 128) / 224, (cr - 128) / 224
    red, blue = luma + 1.402 * cr, luma + 1.772 * cb
    green = (luma - 0.299 * red - 0.114 * blue) / 0.587
    assert max(abs(cb).max(), abs(cr).max()) > 0.1
    assert min(red.min(), green.min(), blue.min()) > -1.5 / 255
    assert max(red.max(), green.max(), blue.max()) < 1 + 1.5 / 255


@pytest.mark.parametrize(
    ("data", "whole", "said"),
    [
        (HEADER + FRAME + FRAME[:100], 1, "frame 2: the stream ends in the middle of it"),
        (HEADER + FRAME + b"FRA", 1, "frame 2: the stream ends in the middle of its header"),
        (HEADER + FRAME + HEADER.replace(b"W16", b"W32") + FRAME, 1, "frame 2: another stream begins"),
        (HEADER.replace(b"H12", b"H11") + 3 * FRAME, 1, "frame 2: no frame begins where one should"),
        (
            HEADER.replace(b"H12", b"H11") + FRAME + 9999 * b"~",
            1,
            "frame 2: no frame begins where one should",
        ),
        (HEADER.replace(b"H12", b"H12000") + 3 * FRAME, 0, "frame 1: the stream ends"),
        (HEADER.replace(b"W16 H12", b"W900000 H900000") + FRAME, 0, "more pixels than the limit"),
        (HEADER.replace(b"W16", b"Wide"), 0, "no valid width and height"),
        (HEADER.replace(b"W16 ", b""), 0, "no valid width and height"),
        (HEADER.replace(b"C420jpeg", b"C411"), 0, "C411"),
        (HEADER.replace(b"C420jpeg", b"C420p99"), 0, "99 bits"),
        (b"YUV4MPEG2 " + b"X" * 5000, 0, "header is damaged"),
        (b"YUV4MPEG2 W16 H12", 0, "ends in the middle of its header"),
        (HEADER, 0, "not one frame"),
        (b"", 0, "not one frame"),
    ],
)
def test_bad_streams(through: Through, data: bytes, whole: int, said: str) -> None:
    new, error = through(data)
    assert isinstance(error, PhotoError)
    assert said in error.message
    frames = new[new.find(b"\n") + 1 :].split(b"FRAME\n")[1:]
    size = 272 if b"H11" in data else 288
    assert list(map(len, frames)) == [size] * whole


def test_ten_bits_are_more_than_eight(through: Through) -> None:
    """A smooth ramp gets more shades of colour than 8 bits have."""
    ramp = np.linspace(300, 700, 256).astype("<u2")
    frame = b"FRAME\n" + np.tile(ramp, (16, 1)).tobytes() + bytes(2 * 2 * 16 * 256)
    new = through(b"YUV4MPEG2 W256 H16 F25:1 C444p10\n" + frame)[0]
    colours = np.frombuffer(new[-2 * 2 * 16 * 256 :], "<u2")
    assert len(np.unique(colours)) > 60
    assert cv2.norm(np.diff(colours.reshape(2, 16, 256).astype(np.float32)), cv2.NORM_INF) <= 3


@pytest.mark.parametrize("temporal", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (1, 2), (2, 1), (1, 7), (2, 8), (4, 1), (300, 1)])
def test_tiny_frames(through: Through, size: tuple[int, int], temporal: bool) -> None:
    """Arrays of one or four numbers are colours to OpenCV."""
    width, height = size
    luma = np.random.default_rng(0).integers(16, 236, (3, width * height), np.uint8)
    head = f"YUV4MPEG2 W{width} H{height} F25:1 Cmono\n".encode()
    old = head + b"".join(b"FRAME\n" + frame.tobytes() for frame in luma)
    new, error = through(old, Form("y4m"), StreamSettings(temporal=temporal))
    assert error is None
    frames = new.partition(b"\n")[2].split(b"FRAME\n")[1:]
    assert [frame[: width * height] for frame in frames] == [frame.tobytes() for frame in luma]
