"""`colorcli stream` between real processes, and every way a pipe can go wrong, each in limited time."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from stream.helpers import SOURCE, ffmpeg, luma_md5, probe, y4m

from .helpers import COLORCLI, Run

LIMIT = 60  # seconds: of a hang, not of the work
SIDE = 32  # pixels of a tiny frame
FRAME = b"P5 %d %d 255\n" % (SIDE, SIDE) + bytes(range(256)) * (SIDE * SIDE // 256)


@pytest.fixture
def process(environment: dict[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """A running `colorcli stream` that gives up after 5 seconds without a frame; all streams are pipes."""
    command = [COLORCLI, "stream", "--timeout", "5", "--threads", "1"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as running:
        try:
            yield running
        finally:
            running.kill()
            with contextlib.suppress(BrokenPipeError):
                running.stdin.close()


def test_the_whole_way(environment: dict[str, str], tmp_path: Path) -> None:
    """A film with sound to a film with sound, as the help shows it."""
    sound = ("-f", "lavfi", "-i", "sine=d=0.6")
    ffmpeg(*SOURCE, *sound, "-c:v", "mpeg4", "-c:a", "aac", str(tmp_path / "old.mp4"))
    command = (
        "set -o pipefail; ffmpeg -v error -nostdin -i old.mp4 -f yuv4mpegpipe - "
        f'| tee before.y4m | "{COLORCLI}" stream --format y4m | tee after.y4m '
        "| ffmpeg -v error -i - -i old.mp4 -map 0:v -map 1:a -c:v libx264 -qp 0 -c:a copy new.mp4"
    )
    subprocess.run(["bash", "-c", command], env=environment, cwd=tmp_path, check=True, timeout=LIMIT)
    before, after = ((tmp_path / name).read_bytes() for name in ("before.y4m", "after.y4m"))
    assert luma_md5(after) == luma_md5(before)
    playable = ffmpeg("-i", str(tmp_path / "new.mp4"), "-map", "0:v", "-f", "yuv4mpegpipe", "-")
    assert luma_md5(playable) == luma_md5(before)
    assert len(ffmpeg("-i", str(tmp_path / "new.mp4"), "-map", "0:a", "-f", "s16le", "-")) > 0


def test_frames_are_not_held_back(process: "subprocess.Popen[bytes]") -> None:
    """What is in comes out, although more may follow; then the writer stalls."""
    assert process.stdin and process.stdout and process.stderr
    for _ in range(3):
        process.stdin.write(FRAME + FRAME)
        process.stdin.flush()
        coloured = process.stdout.read(2 * (len(FRAME) + 2 * SIDE * SIDE))
        assert coloured.count(b"P6") == 2
    process.stdin.write(FRAME[:500])
    process.stdin.flush()
    assert process.stdout.read() == b""
    assert process.wait(LIMIT) == 3
    assert b"frame 7: not complete after 5 seconds" in process.stderr.read()


def test_a_reader_that_goes_away(process: "subprocess.Popen[bytes]") -> None:
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(FRAME)
    process.stdin.flush()
    assert process.stdout.read(2) == b"P6"
    process.stdout.close()
    with pytest.raises(BrokenPipeError):
        for _ in range(100_000):
            process.stdin.write(FRAME)
    assert process.wait(LIMIT) == 3
    said = process.stderr.read()
    assert b"stdout: its reader went away" in said
    assert b"Traceback" not in said


def test_a_reader_that_stalls_is_waited_for(process: "subprocess.Popen[bytes]") -> None:
    """Longer than the timeout: memory stays bounded, since writing into the pipe blocks."""
    assert process.stdin and process.stdout
    os.set_blocking(process.stdin.fileno(), False)
    written, data = 0, FRAME * 2000
    deadline = time.monotonic() + 7
    while time.monotonic() < deadline:
        try:
            written += os.write(process.stdin.fileno(), data[written : written + 65536])
        except BlockingIOError:
            time.sleep(0.05)
    assert process.poll() is None
    assert written < len(data) / 2
    process.stdin.close()
    assert process.stdout.read().count(b"P6\n32 32\n") == written // len(FRAME)


def test_a_full_disk(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "old.pgm").write_bytes(FRAME)
    command = f'"{COLORCLI}" stream < old.pgm > /dev/full'
    done = subprocess.run(["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True)
    assert done.returncode == 3
    assert b"stdout: it could not be written: no space left" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    assert process.stdin and process.stdout and process.stderr
    process.stdin.write(FRAME)
    process.stdin.flush()
    process.stdout.read(2)
    process.send_signal(number)
    assert process.wait(LIMIT) == 130
    assert b"Traceback" not in process.stderr.read()


def test_errors_end_with_3_after_all_whole_frames(run: Run) -> None:
    film = y4m("yuv420p")
    done = run("stream", stdin=film[:-1])
    assert done.returncode == 3
    assert b"frame 6: the stream ends in the middle of it" in done.stderr
    assert int(probe(done.stdout)["nb_read_frames"]) == 5
    changed = run("stream", stdin=FRAME + FRAME + FRAME.replace(b"P5 32 32", b"P5 16 64"))
    assert changed.returncode == 3
    assert b"frame 3: it is 16x64" in changed.stderr
    assert changed.stdout.count(b"P6") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "gray8"], "--size"),
        (["--format", "gray8", "--size", "640"], "640x480"),
        (["--format", "gray8", "--size", "9" * 5000 + "x1"], "640x480"),
        (["--format", "gray8", "--size", "0x480"], "640x480"),
        (["--format", "gray8", "--size", "99999x99999"], "--max-pixels"),
        (["--every", "4", "--no-temporal"], "--every carries colour"),
        (["--format", "gif"], "gif"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], said: str) -> None:
    done = run("stream", *arguments, stdin=FRAME)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert done.stdout == b""


def flat_memory(process: "subprocess.Popen[bytes]", frames: int) -> None:
    """Feeds frames one by one, and compares the memory after a tenth of them with that at the end."""
    assert process.stdin and process.stdout
    noise = np.random.default_rng(0)
    head, size = FRAME[:13], len(FRAME) + 2 * SIDE * SIDE
    used = []
    for number in range(frames):
        process.stdin.write(head + noise.integers(0, 256, SIDE * SIDE, np.uint8).tobytes())
        process.stdin.flush()
        assert process.stdout.read(size).startswith(b"P6")
        if number in (frames // 10, frames - 1):
            status = Path(f"/proc/{process.pid}/status").read_text("ascii")
            used.append(int(status.partition("VmRSS:")[2].split()[0]) / 1024)
    assert used[1] - used[0] < 16  # MB
    process.stdin.close()
    assert process.wait(LIMIT) == 0


def test_memory_is_flat(process: "subprocess.Popen[bytes]") -> None:
    flat_memory(process, 500)


@pytest.mark.slow
def test_memory_is_flat_over_ten_thousand_frames(process: "subprocess.Popen[bytes]") -> None:
    flat_memory(process, 10_000)
