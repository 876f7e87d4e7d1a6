"""Ways in which a run ends before its time, and what is then on disk."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from cli.helpers import COLORCLI, Run, is_coloured, write_photo

from .archive import journal, results, statuses


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """24 photographs large enough to be caught in work."""
    (tmp_path / "scans").mkdir()
    for number in range(24):
        write_photo(tmp_path / "scans" / f"{number:02}.png", 900, 600, number)
    return tmp_path / "scans"


def start(environment: dict[str, str], scans: Path) -> "subprocess.Popen[bytes]":
    """A run that has finished its first photographs."""
    out = scans.parent / "out"
    process = subprocess.Popen(
        [COLORCLI, "colorize", scans, "-o", out],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not list(out.glob("*.png")):
        time.sleep(0.005)
    return process


def test_ctrl_c_finishes_what_is_in_work(environment: dict[str, str], run: Run, scans: Path) -> None:
    process = start(environment, scans)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert "the same command goes on from here" in said
    out = scans.parent / "out"
    kept = results(out)
    assert 0 < len(kept) < 24
    assert set(kept) == set(journal(out))  # what was begun is finished and written down
    assert all(is_coloured(out / name) for name in kept)
    assert f"{len(kept)}  done before".encode() in run("colorize", scans, "-o", out).stderr
    assert statuses(out) == ["ok"] * 24


def test_the_second_ctrl_c_stops_at_once(environment: dict[str, str], run: Run, scans: Path) -> None:
    os.mkfifo(scans / "00-wait.png")  # a folder's own files are plain ones, so it comes by name
    out = scans.parent / "out"
    process = subprocess.Popen(
        [COLORCLI, "colorize", scans / "00-wait.png", scans, "-o", out, "-j2"],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with (scans / "00-wait.png").open("wb"):
        while not list(out.glob("*.png")):
            time.sleep(0.005)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while b"Ctrl-C again" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)  # the photograph that never comes is not waited for
    assert process.returncode == 130
    assert not list(out.glob("*.part"))
    assert all(is_coloured(path) for path in out.glob("*.png"))
    assert run("colorize", scans, "-o", out).returncode == 0
    assert len(results(out)) == 24


def test_fail_fast(run: Run, scans: Path) -> None:
    (scans / "01.png").write_bytes(b"no photograph")
    done = run("colorize", scans, "-o", "out", "--fail-fast", "-j1")
    assert done.returncode == 3
    assert set(results(scans.parent / "out")) == {"00.png"}
    assert b"2  of 24 photographs" in done.stderr
    assert run("colorize", scans, "-o", "out").returncode == 3
    assert len(results(scans.parent / "out")) == 23


def test_the_last_word_names_counts_and_the_first_failures(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scans").mkdir()
    write_photo(tmp_path / "scans" / "good.jpg")
    for number in range(12):
        (tmp_path / "scans" / f"bad-{number:02}.jpg").write_bytes(b"no photograph")
    done = run("colorize", "scans", "-o", "out")
    assert done.returncode == 3
    said = done.stderr.decode()
    assert " 1  coloured" in said
    assert "12  failed" in said
    assert "13  of 13 photographs" in said
    assert said.count("bad-00.jpg: it is not an image") == 2
    assert "and 2 more, all in the journal" in said
