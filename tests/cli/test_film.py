"""`colorcli film`: the film in colour, with all that is not video, under any name, also after a crash."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from stream.helpers import ffmpeg

from colorcli.colorizer import FIRST_PROCESSING, PROCESSING
from colorcli.stream.parts import PART_FRAMES

from .helpers import COLORCLI, Run, is_coloured, write_photo

BUSY = 900  # seconds that a run may take on a busy machine
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


def video_md5(path: Path) -> bytes:
    """MD5 of the planes of every frame."""
    return ffmpeg("-i", f"file:{path}", "-map", "0:v", "-f", "framemd5", "-")


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
    last = done.stderr.decode().splitlines()[-1]
    assert re.fullmatch(rf"{re.escape(name)}: 12 frames in colour, [\d.]+ MB, in \d+ s", last)
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
    for name, said in (
        ("old.mkv", "it is no film, or a damaged one"),
        ("missing.mkv", "no such file"),
        (".", "it is a folder"),
        (write_photo(tmp_path / "old.jpg").name, "colorcli colorize"),
    ):
        done = run("film", name, "new.mkv")
        assert done.returncode == 3
        assert f"{name}: " in done.stderr.decode()
        assert said in done.stderr.decode()
        assert not list(tmp_path.glob("new*"))


def test_colorize_names_the_command_for_films(run: Run, tmp_path: Path) -> None:
    made = [tmp_path / f"old.{ending}" for ending in ("mp4", "mov", "mkv", "webm", "avi", "mpg")]
    for film in made:
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "3", f"file:{film}")
    done = run("colorize", *made, "-o", "colored/")
    assert done.returncode == 3
    assert done.stderr.count(b"it is a film") == done.stderr.count(b"colorcli film OLD NEW") == len(made)


def test_colorize_names_the_command_for_a_folder_of_films(run: Run, tmp_path: Path) -> None:
    (tmp_path / "films" / "1930").mkdir(parents=True)
    for name in ("films/words.txt", "films/1930/old.MKV"):
        (tmp_path / name).write_text("not opened", "utf-8")
    done = run("colorize", "films", "-o", "colored/")
    assert done.returncode == 2
    assert b"colorcli film" not in done.stderr
    done = run("colorize", "-r", "films", "-o", "colored/")
    assert done.returncode == 2
    assert b"no photographs in films" in done.stderr
    assert b"colorcli film OLD NEW" in done.stderr


def test_without_ffmpeg(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv")
    for name in ("bash", "env"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    done = run("film", "old.mkv", "new.mkv", settings={"PATH": os.fspath(tmp_path)})
    assert done.returncode == 5
    assert b"is not installed" in done.stderr


def test_a_folder_of_somebody_elses_is_left_alone(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv")
    parts = tmp_path / "new.mkv.parts"
    for content in ({"notes.txt": "x"}, {"000000.nut": "x"}, {"plan.json": "{}"}, {"plan.json": "[" * 9999}):
        parts.mkdir()
        for name, text in content.items():
            (parts / name).write_text(text, "utf-8")
        done = run("film", "old.mkv", "new.mkv")
        assert done.returncode == 2, content
        assert b"is not colorcli's" in done.stderr
        assert {path.name: path.read_text("utf-8") for path in parts.iterdir()} == content
        shutil.rmtree(parts)
    assert not (tmp_path / "new.mkv").exists()


def test_an_empty_plan_of_a_full_disk_is_begun_anew(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv")
    parts = tmp_path / "new.mkv.parts"
    parts.mkdir()
    (parts / "plan.json").touch()
    (parts / "000000.nut").write_bytes(b"half a part")
    done = run("film", "old.mkv", "new.mkv")
    assert done.returncode == 0, done.stderr
    assert streams(tmp_path / "new.mkv")["video"]["nb_read_frames"] == "12"
    assert not parts.exists()


def test_places_where_no_film_can_be(run: Run, tmp_path: Path) -> None:
    """Each is refused before anything is done, in one line, and stays as it was."""
    make_film(tmp_path / "old.mkv")
    (tmp_path / "folder.mkv").mkdir()
    (tmp_path / "file.mkv.parts").write_text("mine", "utf-8")
    (tmp_path / "dangling.mkv").symlink_to("nowhere/at.all")
    long = f"{'n' * 250}.mkv"
    for name, code in {
        "folder.mkv": 2,
        "file.mkv": 2,
        "/proc/new.mkv": 3,
        "dangling.mkv": 3,
        long: 3,
    }.items():
        done = run("film", "old.mkv", name, *["--overwrite"][: name == "folder.mkv"])
        assert done.returncode == code, done.stderr
        assert b"internal error" not in done.stderr
        assert Path(name).name in done.stderr.decode()
    assert (tmp_path / "file.mkv.parts").read_text("utf-8") == "mine"
    assert not list((tmp_path / "folder.mkv").iterdir())
    assert not [path for path in tmp_path.glob("*.parts") if path.is_dir()]


@contextlib.contextmanager
def begun(environment: dict[str, str], folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A run of old.mkv to new.mkv whose first part is finished, held still."""
    command = [COLORCLI, "film", "old.mkv", "new.mkv", *arguments]
    process = subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE)
    try:
        while not (folder / "new.mkv.parts" / "000000.nut").exists():
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_two_runs_at_once(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    """The second one refuses and disturbs nothing, under whatever name it knows the film."""
    make_film(tmp_path / "old.mkv", 2 * PART_FRAMES)
    assert run("film", "old.mkv", "alone.mkv").returncode == 0
    with begun(environment, tmp_path) as first:
        for name in ("new.mkv", f"../{tmp_path.name}/new.mkv"):
            second = run("film", "old.mkv", name, "--overwrite")
            assert second.returncode == 2
            assert b"another colorcli is at work" in second.stderr
        first.send_signal(signal.SIGCONT)
        assert first.wait(60) == 0
    assert video_md5(tmp_path / "new.mkv") == video_md5(tmp_path / "alone.mkv")
    assert not (tmp_path / "new.mkv.parts").exists()


def test_a_file_that_appears_meanwhile_is_kept(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv", 2 * PART_FRAMES)
    with begun(environment, tmp_path) as process:
        (tmp_path / "new.mkv").write_bytes(b"mine")
        process.send_signal(signal.SIGCONT)
        assert process.wait(60) == 3
        assert process.stderr
        assert b"--overwrite" in process.stderr.read()
    assert (tmp_path / "new.mkv").read_bytes() == b"mine"
    assert run("film", "old.mkv", "new.mkv", "--overwrite").returncode == 0  # joins what is done already
    assert streams(tmp_path / "new.mkv")["video"]["nb_read_frames"] == str(2 * PART_FRAMES)


def test_what_a_killed_run_leaves_is_gone_on_with(
    environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    """The frames are those of a lone run, to the last bit, although colour is carried from part to part."""
    make_film(tmp_path / "old.mkv", 2 * PART_FRAMES + 20)
    assert run("film", "old.mkv", "alone.mkv", "--every", "3").returncode == 0
    with begun(environment, tmp_path, "--every", "3") as process:
        process.kill()
    done = run("film", "old.mkv", "new.mkv", "--every", "3")
    assert done.returncode == 0, done.stderr
    assert video_md5(tmp_path / "new.mkv") == video_md5(tmp_path / "alone.mkv")
    assert not list(tmp_path.glob("*.parts"))


def test_a_reader_that_is_killed_leaves_no_short_part(
    environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    """ffmpeg ends in the middle of the second part: an error, and the next run makes that part whole."""
    make_film(tmp_path / "old.mkv", 4 * PART_FRAMES)
    assert run("film", "old.mkv", "alone.mkv").returncode == 0
    with begun(environment, tmp_path) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii").split()
        names = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children}
        for child in (child for child, name in names.items() if b"-f\0yuv4mpegpipe\0-\0" in name + b"\0"):
            os.kill(int(child), signal.SIGINT)
        process.send_signal(signal.SIGCONT)
        code = process.wait(60)
    done = run("film", "old.mkv", "new.mkv", *["--overwrite"][: code == 0])
    assert done.returncode == 0, done.stderr
    assert video_md5(tmp_path / "new.mkv") == video_md5(tmp_path / "alone.mkv")


@pytest.mark.slow
def test_another_keyframe_makes_the_parts_anew(
    environment: dict[str, str], run: Run, matching_model: Path, tmp_path: Path
) -> None:
    """The same one goes on with them, to the frames of a run without a break."""
    make_film(tmp_path / "old.mkv", PART_FRAMES + 10)
    environment["COLORCLI_MODEL"] = str(matching_model)
    for number, rate in enumerate(("1", "0.5")):
        colour = ("-f", "lavfi", "-i", f"testsrc2=s=64x48:r=30000/1001,hue=h=90*{rate}", "-frames:v", "1")
        ffmpeg(*colour, str(tmp_path / f"{number}.png"))
    key = ("--keyframe", "0=key.png", "--codec", "ffv1")
    said = []
    for other in ("0.png", "1.png"):
        shutil.copyfile(tmp_path / "0.png", tmp_path / "key.png")
        with begun(environment, tmp_path, *key) as process:
            process.kill()
        shutil.copyfile(tmp_path / other, tmp_path / "key.png")
        said.append(run("film", "old.mkv", "new.mkv", *key).stderr)
        assert run("film", "old.mkv", f"alone {other}.mkv", *key).returncode == 0
        assert video_md5(tmp_path / "new.mkv") == video_md5(tmp_path / f"alone {other}.mkv")
        (tmp_path / "new.mkv").unlink()
    assert [b"another keyframes" in one for one in said] == [False, True]


@pytest.mark.parametrize(
    ("keyframe", "words"),
    [
        ("frame.png", "--keyframe frame.png names no time and picture"),
        ("soon=frame.png", "--keyframe soon is no time"),
        ("99=frame.png", "outside of what is coloured"),
        ("0=absent.png", "the keyframe absent.png"),
        ("0=torn.png", "the keyframe torn.png"),
        ("0=grey.png", "it is grey"),
    ],
)
def test_what_cannot_be_a_keyframe_is_named(
    run: Run, matching_model: Path, tmp_path: Path, keyframe: str, words: str
) -> None:
    make_film(tmp_path / "old.mkv")
    for name, changed in (("frame", "null"), ("grey", "hue=s=0")):
        ffmpeg(
            "-f",
            "lavfi",
            "-i",
            f"testsrc2=s=64x48,{changed}",
            "-frames:v",
            "1",
            str(tmp_path / f"{name}.png"),
        )
    (tmp_path / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    done = run(
        "film", "old.mkv", "new.mkv", "--keyframe", keyframe, settings={"COLORCLI_MODEL": str(matching_model)}
    )
    assert done.returncode == 2, done.stderr
    assert words in done.stderr.decode()
    assert not list(tmp_path.glob("new*"))


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A disk of so many bytes."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_up(run: Run, folder: Path, size: int, alone: bytes) -> str:
    """Onto a full disk, then once more when there is room; what the first run said."""
    with small_disk(folder, size) as disk:
        (disk / "mine.txt").write_text("mine", "utf-8")
        done = run("film", "old.mkv", str(disk / "new.mkv"), timeout=BUSY)
        assert done.returncode in (0, 3), done.stderr
        assert b"internal error" not in done.stderr
        if done.returncode:
            assert b"new.mkv" in done.stderr
            assert not (disk / "new.mkv").exists()
            subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
            again = run("film", "old.mkv", str(disk / "new.mkv"), timeout=BUSY)
            assert again.returncode == 0, again.stderr
        assert video_md5(disk / "new.mkv") == alone
        assert {path.name for path in disk.iterdir()} == {"new.mkv", "mine.txt"}
        return done.stderr.decode().strip().replace(str(folder), "")


def test_a_full_disk(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv", 2 * PART_FRAMES)
    assert run("film", "old.mkv", "alone.mkv").returncode == 0
    size = (tmp_path / "alone.mkv").stat().st_size
    assert "no space left" in fill_up(run, tmp_path / "disk", size, video_md5(tmp_path / "alone.mkv"))


def test_progress_without_a_terminal() -> None:
    """A line now and then (here: always); what an earlier run did counts, but not for the pace."""
    script = (
        "import time; from colorcli.cli import console; console.LINE_EVERY = 0\n"
        "numbers = (time.sleep(0.1) or number for number in (250, 251, 300))\n"
        "print(*console.Console.open().count(numbers, 1500, 'frames'))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "250 251 300\n"
    lines = done.stderr.splitlines()
    assert lines[0] == "250 of about 1,500 frames, 0 a second"
    assert re.fullmatch(r"300 of about 1,500 frames, [\d.]+ a second, \d+ (s|min) left", lines[2])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "OUT is missing"),
        (["new.mkv", "--start", "soon"], "--start soon is no time"),
        (["new.mkv", "--start", "1:00", "--end", "0:59"], "--end 0:59 is not after"),
        (["new.mkv", "--every", "2", "--no-temporal"], "leave one of them out"),
        (["new.gif"], "its ending is none of a film's"),
    ],
)
def test_wrong_usage(run: Run, tmp_path: Path, arguments: list[str], said: str) -> None:
    make_film(tmp_path / "old.mkv")
    done = run("film", "old.mkv", *arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert not list(tmp_path.glob("new*"))


def test_a_part_and_a_preview(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv", 60)
    done = run("film", "old.mkv", "new.mp4", "--start", "0:00:00.5", "--end", "1.5", "--quality", "small")
    assert done.returncode == 0, done.stderr
    assert streams(tmp_path / "new.mp4")["video"]["nb_read_frames"] == "30"
    done = run("film", "old.mkv", "--preview", "sheet.jpg")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b"sheet.jpg: 12 frames of old.mkv in colour\n"
    assert is_coloured(tmp_path / "sheet.jpg")


@pytest.mark.slow
def test_a_disk_full_at_five_moments(run: Run, tmp_path: Path) -> None:
    make_film(tmp_path / "old.mkv", 3 * PART_FRAMES)
    assert run("film", "old.mkv", "alone.mkv", timeout=BUSY).returncode == 0
    size = (tmp_path / "alone.mkv").stat().st_size
    for number, share in enumerate((0.05, 0.2, 0.4, 0.7, 1.0)):
        said = fill_up(
            run, tmp_path / f"disk{number}", round(size * share), video_md5(tmp_path / "alone.mkv")
        )
        assert "no space left" in said
        print(f"disk of {share:.0%} of the film: {said}")


def stages(process: "subprocess.Popen[bytes]", folder: Path) -> Iterator[list[str]]:
    """What lies in new.mkv.parts, and new.mkv, whenever that changes, until the run ends."""
    before: list[str] = []
    while process.poll() is None:
        names = {path.name for path in (*folder.glob("new.mkv.parts/*"), *folder.glob("new.mkv"))}
        now = sorted(re.sub(r"-\d+-[0-9a-f]+", "", name) for name in names)
        if now != before:
            before = now
            yield now
        time.sleep(0.002)


@pytest.mark.slow
def test_killed_at_twenty_moments(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    """Spread over all stages of a run, however fast the machine is, each a little further into its stage."""
    make_film(tmp_path / "old.mkv", 3 * PART_FRAMES)
    command = [COLORCLI, "film", "old.mkv", "new.mkv"]
    quiet = {"env": environment, "cwd": tmp_path, "stderr": subprocess.DEVNULL}
    lone = subprocess.Popen(command, **quiet)
    count = len(list(stages(lone, tmp_path)))
    assert lone.returncode == 0
    (tmp_path / "new.mkv").rename(tmp_path / "alone.mkv")
    alone = video_md5(tmp_path / "alone.mkv")
    for moment in range(20):
        process = subprocess.Popen(command, **quiet)
        for _ in islice(stages(process, tmp_path), round(count * moment / 20)):
            pass
        time.sleep(0.01 * (moment % 7))
        process.kill()
        process.wait()
        left = sorted(path.name for path in (tmp_path / "new.mkv.parts").glob("*"))
        whole = (tmp_path / "new.mkv").exists()
        done = run("film", "old.mkv", "new.mkv", *["--overwrite"][:whole], timeout=BUSY)
        assert done.returncode == 0, done.stderr
        assert video_md5(tmp_path / "new.mkv") == alone
        print(f"killed {moment}: whole {whole}, left {left}; then equal")
        (tmp_path / "new.mkv").unlink()
        assert {path.name for path in tmp_path.iterdir()} == {"old.mkv", "words.srt", "alone.mkv"}


@pytest.mark.slow
def test_twenty_pairs_at_once(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    """Some time apart, up to that of a whole run: one does it, the other refuses or comes too late."""
    make_film(tmp_path / "old.mkv", PART_FRAMES)
    started = time.monotonic()
    assert run("film", "old.mkv", "alone.mkv", timeout=BUSY).returncode == 0
    lasts = time.monotonic() - started
    for number in range(20):
        pair = []
        for _ in range(2):
            command = [COLORCLI, "film", "old.mkv", "new.mkv"]
            pair.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stderr=subprocess.PIPE))
            time.sleep(lasts * number / 20)
        said = [process.communicate(timeout=BUSY)[1].decode() for process in pair]
        codes = [process.returncode for process in pair]
        assert codes.count(0) == 1, said
        assert set(codes) <= {0, 2, 3}
        assert "internal" not in "".join(said)
        print(f"{lasts * number / 20:.2f} s apart: exit codes {codes}")
        assert video_md5(tmp_path / "new.mkv") == video_md5(tmp_path / "alone.mkv")
        (tmp_path / "new.mkv").unlink()
        assert not list(tmp_path.glob("*.parts"))
