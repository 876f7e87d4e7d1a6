"""Films of all kinds through colorcli in this process, and what ffprobe says of the results."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import colorcli
from colorcli.colorizer import Colorizer
from colorcli.errors import ColorcliError, PhotoError, UsageError
from colorcli.look import Look
from colorcli.stream.codecs import Wish
from colorcli.stream.film import Plan, colour
from colorcli.stream.pipeline import StreamSettings
from colorcli.stream.probe import probe
from colorcli.stream.sheet import write_sheet
from colorcli.stream.transcode import Span

from .helpers import ffmpeg

X264 = ("-c:v", "libx264", "-preset", "ultrafast")
SOUND = ("-f", "lavfi", "-i", "sine")
Film = Callable[..., Path]
Coloured = Callable[..., dict[str, Any]]


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Makes a grey film of so many frames; the options are ffmpeg's."""

    def make(
        name: str,
        *options: str,
        rate: str = "25",
        frames: int = 6,
        size: str = "64x48",
        more: tuple[str, ...] = (),
    ) -> Path:
        raw = np.random.default_rng(0).integers(20, 230, (frames, 6, 8), np.uint8)
        scale = f"scale={size.replace('x', ':')}:flags=bilinear"
        source = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", "8x6", "-r", rate, "-i", "-")
        ffmpeg(*source, *more, "-vf", scale, *options, str(tmp_path / name), stdin=raw.tobytes())
        return tmp_path / name

    return make


@pytest.fixture
def coloured(colorizer: Colorizer, tmp_path: Path) -> Coloured:
    """Colours a film; what ffprobe says of the first stream of each kind."""

    def call(source: Path, name: str, wish: Wish = Wish(), span: Span = Span()) -> dict[str, Any]:  # noqa: B008
        plan = Plan(source, tmp_path / name, StreamSettings(Look(border=False)), wish, span)
        for _ in colour(plan, probe(source), colorizer):
            pass
        assert not list(tmp_path.glob("*.parts"))
        return streams(tmp_path / name)

    return call


def streams(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-of", "json", str(path)]
    found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    return {stream["codec_type"]: stream for stream in reversed(found)}


def times(path: Path) -> list[float]:
    """Seconds at which the frames are shown."""
    command = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time"]
    said = subprocess.run([*command, "-of", "csv=p=0", str(path)], capture_output=True, check=True).stdout
    return sorted(float(word.strip(b",")) for word in said.split())


@pytest.mark.parametrize("rate", ["300", "1/2", "24000/1001", "30000/1001", "1/30"])
def test_any_rate(film: Film, coloured: Coloured, tmp_path: Path, rate: str) -> None:
    old = film("old.mp4", *X264, rate=rate, frames=260 if rate == "300" else 6)
    before, after = streams(old)["video"], coloured(old, "new.mp4")["video"]
    for name in ("nb_read_frames", "r_frame_rate", "avg_frame_rate"):
        assert after[name] == before[name]
    assert times(tmp_path / "new.mp4") == pytest.approx(times(old), abs=1e-5)


PRORES = ("-c:v", "prores_ks", "-profile:v", "lt", "-pix_fmt", "yuv422p10le")
FFV1 = ("-c:v", "ffv1", "-pix_fmt")
GREY = (*X264, "-pix_fmt", "yuv420p")


@pytest.mark.parametrize(
    ("old", "name", "wish", "codec", "profile", "pixels"),
    [
        (PRORES, "new.mov", Wish(), "prores", "LT", "yuv422p10le"),
        (PRORES, "new.mp4", Wish(), "h264", "High 4:2:2", "yuv422p10le"),
        ((*FFV1, "gray"), "new.mkv", Wish(), "ffv1", "unknown", "yuv420p"),
        ((*FFV1, "gray16le"), "new.mkv", Wish(), "ffv1", "unknown", "yuv420p16le"),
        (GREY, "new.mp4", Wish("h265", "small"), "hevc", "Main", "yuv420p"),
        (GREY, "new.mkv", Wish("prores", "small"), "prores", "LT", "yuv422p10le"),
        (GREY, "new.mkv", Wish("h264", "0", "yuv444p"), "h264", "High 4:4:4 Predictive", "yuv444p"),
        (GREY, "new.webm", Wish(), "vp9", "Profile 0", "yuv420p"),
    ],
)
def test_codecs(
    film: Film,
    coloured: Coloured,
    old: tuple[str, ...],
    name: str,
    wish: Wish,
    codec: str,
    profile: str,
    pixels: str,
) -> None:
    video = coloured(film("old.mov" if old == PRORES else "old.mkv", *old), name, wish)["video"]
    assert (video["codec_name"], video.get("profile", "unknown"), video["pix_fmt"]) == (
        codec,
        profile,
        pixels,
    )


def test_dnxhr_stays(film: Film, coloured: Coloured) -> None:
    old = film("old.mov", "-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p", size="256x128")
    video = coloured(old, "new.mov")["video"]
    assert (video["codec_name"], video["profile"]) == ("dnxhd", "DNXHR SQ")
    assert video["color_space"] == "bt709"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(quality="99"), "--quality 99"),
        (Wish("prores", "16"), "--quality 16"),
        (Wish("ffv1", "best"), "loses nothing"),
        (Wish(pixel_format="rgb24"), "--pix-fmt rgb24"),
        (Wish("prores"), "cannot hold prores"),
    ],
)
def test_wishes_that_cannot_be(film: Film, coloured: Coloured, wish: Wish, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        coloured(film("old.mkv", *X264), "new.mp4", wish)


@pytest.mark.parametrize(
    ("old", "options", "new", "said"),
    [
        ("old.mov", ("-c:a", "pcm_s16le"), "new.mp4", r"its sound \(pcm_s16le, stream 1\)"),
        ("old.mkv", ("-c:a", "libmp3lame"), "new.webm", r"its sound \(mp3, stream 1\)"),
        *(("old.mkv", ("-c:a", "aac"), f"new.{ending}", "ending") for ending in ("gif", "ogv", "txt", "jpg")),
        ("old.mkv", ("-c:a", "aac"), "new", "ending"),
    ],
)
def test_what_does_not_fit_is_known_at_once(
    film: Film,
    colorizer: Colorizer,
    tmp_path: Path,
    old: str,
    options: tuple[str, ...],
    new: str,
    said: str,
) -> None:
    source = film(old, *X264, *options, "-shortest", more=SOUND)
    plan = Plan(source, tmp_path / new, StreamSettings())
    with pytest.raises(UsageError, match=said):
        next(iter(colour(plan, probe(source), colorizer)))
    assert {path.name for path in tmp_path.iterdir()} == {old}


def test_subtitles_become_what_the_container_knows(film: Film, coloured: Coloured, tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:00,000 --> 00:00:00,200\nGood evening\n", "utf-8")
    words = ("-i", str(tmp_path / "words.srt"))
    language = ("-metadata:s:v:0", "language=deu")
    old = film("old.mp4", *X264, "-c:s", "mov_text", *language, more=words)
    found = coloured(old, "new.mkv")
    assert found["subtitle"]["codec_name"] == "subrip"
    assert found["video"]["tags"]["language"] == "deu"
    assert b"Good evening" in ffmpeg("-i", str(tmp_path / "new.mkv"), "-f", "srt", "-")
    assert coloured(tmp_path / "new.mkv", "newer.mov")["subtitle"]["codec_name"] == "mov_text"


@pytest.mark.parametrize("name", ["new.mp4", "new.webm", "new.mkv"])
@pytest.mark.parametrize(("size", "pixels"), [("33x25", "gray"), ("33x25", "yuv420p"), ("2x2", "yuv420p")])
def test_odd_and_tiny_sizes(film: Film, coloured: Coloured, name: str, size: str, pixels: str) -> None:
    old = film("old.mkv", "-c:v", "ffv1", "-pix_fmt", pixels, size=size)
    video = coloured(old, name)["video"]
    assert f"{video['width']}x{video['height']}" == size
    assert video["nb_read_frames"] == "6"


@pytest.mark.parametrize("name", ["new.mkv", "new.mp4", "new.mov"])
def test_colour_tags_stay(film: Film, coloured: Coloured, name: str) -> None:
    told = ("-colorspace", "bt470bg", "-color_primaries", "bt470bg", "-color_trc", "gamma28")
    old = film("old.mkv", "-vf", "setsar=16/15", *X264, "-pix_fmt", "yuvj420p", *told)
    before = streams(old)["video"]
    after = coloured(old, name)["video"]
    for tag in ("color_primaries", "color_transfer", "color_space", "color_range", "sample_aspect_ratio"):
        assert after[tag] == before[tag]
    assert after["color_range"] == "pc"


def test_brightness_stays(film: Film, coloured: Coloured, tmp_path: Path) -> None:
    """Of full range and limited, to the last bit where the codec loses nothing; ProRes has no full range."""
    for pixels in ("gray", "yuv420p", "yuvj420p", "yuv422p10le", "gray16le"):
        codec = ("-c:v", "mjpeg") if "yuvj" in pixels else ("-c:v", "ffv1")
        old = film(f"{pixels}.mkv", *codec, "-pix_fmt", pixels)
        coloured(old, f"new.{pixels}.mkv", Wish("ffv1"))
        both = [
            ffmpeg("-i", str(path), "-vf", "extractplanes=y", "-f", "md5", "-")
            for path in (old, tmp_path / f"new.{pixels}.mkv")
        ]
        assert both[0] == both[1], pixels
    assert coloured(tmp_path / "gray.mkv", "new.mov", Wish("prores"))["video"]["color_range"] == "tv"
    grey = [
        np.frombuffer(ffmpeg("-i", str(tmp_path / name), "-pix_fmt", "gray", "-f", "rawvideo", "-"), np.uint8)
        for name in ("gray.mkv", "new.mov")
    ]
    assert np.abs(grey[0].astype(int) - grey[1]).mean() < 3


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
def test_hdr_is_refused_by_name(film: Film, curve: str) -> None:
    told = f"colorprim=bt2020:transfer={curve}:colormatrix=bt2020nc"
    x265 = ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", f"log-level=error:{told}")
    with pytest.raises(PhotoError, match=rf"HDR.*{curve}.*bt2020"):
        probe(film("old.mp4", *x265))


def test_a_stretch(film: Film, coloured: Coloured, tmp_path: Path) -> None:
    old = film("old.mkv", *X264, "-g", "100", "-c:a", "pcm_s16le", "-shortest", frames=50, more=SOUND)
    found = coloured(old, "new.mkv", span=Span(0.4, 1.2))
    assert found["video"]["nb_read_frames"] == "20"
    sound = ffmpeg("-i", str(tmp_path / "new.mkv"), "-f", "s16le", "-ac", "1", "-ar", "1000", "-")
    assert len(sound) / 2000 == pytest.approx(0.8, abs=0.06)
    assert np.diff(times(tmp_path / "new.mkv")) == pytest.approx(0.04, abs=0.002)
    with pytest.raises(PhotoError, match="not one frame"):
        coloured(old, "none.mkv", span=Span(99))


def test_a_photograph_is_no_film(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "old.jpg"), np.full((8, 8), 99, np.uint8))
    with pytest.raises(PhotoError, match="no film") as refused:
        probe(tmp_path / "old.jpg")
    assert "colorcli colorize" in refused.value.hint


def test_a_film_in_python(film: Film, colorizer: Colorizer, tmp_path: Path) -> None:
    old, new = film("old.mp4", *X264, more=(*SOUND, "-shortest")), tmp_path / "new.mkv"
    colorcli.colorize_film(old, str(new), Look(saturation=2), colorizer=colorizer)
    assert set(streams(new)) == {"video", "audio"}
    assert streams(new)["video"]["nb_read_frames"] == streams(old)["video"]["nb_read_frames"]
    frames = np.frombuffer(ffmpeg("-i", str(new), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"), np.uint8)
    assert np.ptp(frames.reshape(-1, 3).astype(int), axis=1).max() > 20
    with pytest.raises(PhotoError, match="exists already"):
        colorcli.colorize_film(old, new, colorizer=colorizer)
    colorcli.colorize_film(old, new, Look(strength=0), overwrite=True, colorizer=colorizer)
    frames = np.frombuffer(ffmpeg("-i", str(new), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"), np.uint8)
    assert np.ptp(frames.reshape(-1, 3).astype(int), axis=1).max() <= 4


def test_contact_sheet(film: Film, colorizer: Colorizer, tmp_path: Path) -> None:
    """Twelve frames in colour, each where the film is that bright, in the shape in which they are shown."""
    old = film("old.mkv", *X264, "-aspect", "2:1", frames=48)
    look, sheet = Look(border=False), tmp_path / "sheet.png"
    assert list(write_sheet(sheet, probe(old), Span(), colorizer, look)) == list(range(1, 13))
    pixels = cv2.imread(str(sheet))
    assert pixels is not None
    assert pixels.shape == (3 * (48 + 24 + 8) + 8, 4 * (96 + 8) + 8, 3)
    brightness = ffmpeg(
        "-i", str(old), "-vf", "scale=1:1:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"
    )
    for number in range(12):
        top, left = 8 + number // 4 * 80, 8 + number % 4 * 104
        cell = pixels[top : top + 48, left : left + 96].astype(int)
        assert np.ptp(cell, axis=2).max() > 8
        assert cell.mean() == pytest.approx(1.164 * (brightness[4 * number + 2] - 16), abs=20)
    with pytest.raises(ColorcliError, match="exists already"):
        next(write_sheet(sheet, probe(old), Span(), colorizer, look))
    with pytest.raises(UsageError, match="ending"):
        next(write_sheet(tmp_path / "sheet.txt", probe(old), Span(), colorizer, look))
