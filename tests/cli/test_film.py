"""`colorcli film`: the film in colour, with all that is not video, under any name, also after a crash."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from stream.helpers import ffmpeg

from colorcli.colorizer import FIRST_PROCESSING, PROCESSING
from colorcli.stream.parts import PART_FRAMES

from .helpers import COLORCLI, Run

SUBTITLES = "1\n00:00:00,000 --> 00:00:01,000\nGood evening\n"


def make_film(path: Path, frames: int = 12) -> Path:
    """Grey video, sound, subtitles, a title."""
    (path.parent / "words.srt").write_text(SUBTITLES, "utf-8")
    grey = "testsrc2=s=64x48:r=30000/1001,hue=s=0"
    inputs = ("-f", "lavfi", "-i", grey, "-f", "lavfi", "-i", "sine")
    words = ("-i", str(path.parent / "words.srt"))
    length = ("-frames:v", str(frames), "-t", str(frames / 29 + 0.1))
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-c:s", "srt")
    about = ("-metadata", "title=The Train")
    ffmpeg(*inputs, *words, *length, *codecs, *about, "-f", "matroska", f"file:{path}")
    return path


def streams(path: Path) -> dict[str, dict[str, str]]:
    """What ffprobe finds, by kind of stream."""
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_streams", "-show_format", "-of", "json"]
    done = subprocess.run([*command, f"file:{path}"], capture_output=True, check=True)
    found = json.loads(done.stdout)
    return {stream["codec_type"]: stream for stream in found["streams"]} | {"format": found["format"]}


def pixels(path: Path) -> np.ndarray:
    """RGB (frames, H, W, 3)."""
    raw = ffmpeg(
        "-i", f"file:{path}", "-map", "0:v", "-vsync", "0", "-pix_fmt", "rgb24", "-f", "rawvideo", "-"
    )
    return np.frombuffer(raw, np.uint8).reshape(-1, 48, 64, 3)


@pytest.mark.parametrize("name", ["new.mkv", "new.mp4", "-new.mp4", "http:new.mkv"])
def test_everything_is_kept(run: Run, tmp_path: Path, name: str) -> None:
    old = make_film(tmp_path / f"{Path(name).stem} old.mkv")
    done = run("film", "--", old.name, name)
    assert done.returncode == 0, done.stderr
    before, after = streams(old), streams(tmp_path / name)
    for stream, values in {
        "video": ("nb_read_frames", "r_frame_rate", "width"),
        "audio": ("codec_name",),
    }.items():
        for value in values:
            assert after[stream][value] == before[stream][value]
    assert after["video"]["nb_read_frames"] == "12"
    assert "subtitle" in after
    assert after["format"]["tags"]["title"] == "The Train"
    assert np.ptp(pixels(tmp_path / name).astype(int), axis=-1).max() > 8
    assert not (tmp_path / f"{name}.parts").exists()


def test_a_crash_costs_only_the_part_it_was_in(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    """Killed after its first part; that part, made recognizable, begins the film of the next run."""
    frames = 2 * PART_FRAMES + 20
    make_film(tmp_path / "old.mkv", frames)
    first = tmp_path / "new.mkv.parts" / "000000.nut"
    process = subprocess.Popen([COLORCLI, "film", "old.mkv", "new.mkv"], env=environment, cwd=tmp_path)
    while not first.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    red = ("-f", "lavfi", "-i", "color=red:s=64x48:r=30000/1001", "-frames:v", str(PART_FRAMES))
    encoder = json.loads(first.with_name("plan.json").read_text("utf-8"))["encoder"]
    ffmpeg(*red, *encoder, "-f", "nut", str(first))
    done = run("film", "old.mkv", "new.mkv")
    assert done.returncode == 0, done.stderr
    result = pixels(tmp_path / "new.mkv").mean((1, 2))
    assert len(result) == frames
    is_red = (result[:, 0] > 200) & (result[:, 1] < 50)
    assert is_red[:PART_FRAMES].all()
    assert not is_red[PART_FRAMES:].any()


@pytest.mark.parametrize("processing", [PROCESSING - 1, None])
def test_parts_made_another_way_are_not_used(
    environment: dict[str, str], run: Run, tmp_path: Path, processing: int | None
) -> None:
    """Killed after its first part, which then seems to be of an older colorcli; None: before the numbers."""
    make_film(tmp_path / "old.mkv", PART_FRAMES + 20)
    parts = tmp_path / "new.mkv.parts"
    process = subprocess.Popen([COLORCLI, "film", "old.mkv", "new.mkv"], env=environment, cwd=tmp_path)
    while not (parts / "000000.nut").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    plan = json.loads((parts / "plan.json").read_text())
    assert plan.pop("processing") == PROCESSING
    (parts / "plan.json").write_text(
        json.dumps(plan | ({} if processing is None else {"processing": processing}))
    )
    (parts / "000000.nut").write_bytes(b"no film")
    done = run("film", "old.mkv", "new.mkv")
    reused = processing is None and PROCESSING == FIRST_PROCESSING
    assert (done.returncode != 0) == reused, done.stderr


def test_an_existing_film_is_kept(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv")
    (tmp_path / "new.mkv").write_bytes(b"mine")
    done = run("film", "old.mkv", "new.mkv")
    assert done.returncode == 3
    assert b"--overwrite" in done.stderr
    assert (tmp_path / "new.mkv").read_bytes() == b"mine"
    assert run("film", "old.mkv", "new.mkv", "--overwrite").returncode == 0
    assert run("film", "old.mkv", "old.mkv", "--overwrite").returncode == 2


def test_no_film(run: Run, tmp_path: Path) -> None:
    (tmp_path / "old.mkv").write_text("no film", "utf-8")
    for name in ("old.mkv", "missing.mkv"):
        done = run("film", name, "new.mkv")
        assert done.returncode == 3
        assert name in done.stderr.decode()
        assert not list(tmp_path.glob("new*"))


def test_without_ffmpeg(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv")
    for name in ("bash", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    done = run("film", "old.mkv", "new.mkv", settings={"PATH": os.fspath(tmp_path)})
    assert done.returncode == 5
    assert b"is not installed" in done.stderr
