"""colorcli between two pipes: bytes in, bytes out, nothing else on stdout."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .helpers import COLORCLI, Run, is_coloured, temporary_files, write_photo


def test_stdin_to_stdout(run: Run, photo: Path) -> None:
    done = run("colorize", "-", stdin=photo.read_bytes())
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    (photo.parent / "new.jpg").write_bytes(done.stdout)
    assert is_coloured(photo.parent / "new.jpg")
    assert run("colorize", "old.jpg", "-o", "-").stdout == done.stdout


def test_stdin_to_a_file_or_folder(run: Run, photo: Path) -> None:
    assert run("colorize", "-", "-o", "new.png", stdin=photo.read_bytes()).returncode == 0
    assert run("colorize", "-", "-o", "out", stdin=photo.read_bytes()).returncode == 0
    assert is_coloured(photo.parent / "new.png")
    assert is_coloured(photo.parent / "out" / "stdin.jpg")


def test_the_format_of_a_pipe(run: Run, tmp_path: Path) -> None:
    png = write_photo(tmp_path / "old.png").read_bytes()
    assert run("colorize", "-", stdin=png).stdout[:4] == b"\x89PNG"
    assert run("colorize", "-", "--format", "jpg", stdin=png).stdout[:3] == b"\xff\xd8\xff"


def test_a_named_pipe(environment: dict[str, str], photo: Path) -> None:
    command = f'"{COLORCLI}" colorize <(cat old.jpg) -o new.jpg'
    subprocess.run(["bash", "-c", command], env=environment, cwd=photo.parent, check=True)
    assert is_coloured(photo.parent / "new.jpg")


@pytest.mark.parametrize("share", [0, 0.5])
def test_stdin_that_ends_early(run: Run, photo: Path, share: float) -> None:
    data = photo.read_bytes()
    done = run("colorize", "-", stdin=data[: int(len(data) * share)])
    assert done.returncode == 3
    assert b"stdin: " in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("redirection", "code", "said"),
    [("<&-", 3, "stdin: "), (">&- <old.jpg", 3, "stdout: "), (">/dev/full <old.jpg", 3, "no space left")],
)
def test_closed_and_full_streams(
    environment: dict[str, str], photo: Path, redirection: str, code: int, said: str
) -> None:
    command = f'"{COLORCLI}" colorize - {redirection}'
    done = subprocess.run(["bash", "-c", command], env=environment, cwd=photo.parent, capture_output=True)
    assert done.returncode == code
    assert said in done.stderr.decode().lower()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("options", ["", "-v", "--json"])
def test_what_cannot_be_said_is_no_failure(environment: dict[str, str], photo: Path, options: str) -> None:
    command = f'"{COLORCLI}" colorize old.jpg {options} 2>/dev/full'
    done = subprocess.run(["bash", "-c", command], env=environment, cwd=photo.parent)
    assert done.returncode == 0
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_closed_streams_do_not_harm_a_file(environment: dict[str, str], photo: Path) -> None:
    command = f'"{COLORCLI}" colorize old.jpg <&- >&- 2>&-'
    subprocess.run(["bash", "-c", command], env=environment, cwd=photo.parent, check=True)
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_a_reader_that_goes_away(environment: dict[str, str], tmp_path: Path) -> None:
    write_photo(tmp_path / "old.bmp", 1500, 1000)
    command = f'"{COLORCLI}" colorize - < old.bmp | head -c 9; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(["bash", "-c", command], env=environment, cwd=tmp_path, capture_output=True)
    assert done.stdout[:2] == b"BM"
    assert done.stderr == b""
    assert done.returncode == 3


def test_whatever_a_library_prints_stdout_stays_clean(environment: dict[str, str], photo: Path) -> None:
    """A library that writes to descriptor 1, past Python, in the middle of the work."""
    script = (
        "import os, sys, onnxruntime\n"
        "session = onnxruntime.InferenceSession\n"
        "def noisy(*a, **k): os.write(1, b'NOISE'); print('NOISE', flush=True); return session(*a, **k)\n"
        "onnxruntime.InferenceSession = noisy\n"
        "sys.argv = ['colorcli', *sys.argv[1:]]\n"
        "from colorcli.cli.main import run; run()"
    )
    for arguments in (["-o", "-"], ["--json"]):
        done = subprocess.run(
            [sys.executable, "-c", script, "colorize", photo, *arguments],
            env=environment,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        assert b"NOISE" not in done.stdout
        assert done.stderr.count(b"NOISE") == 2


def test_json_is_a_record_a_photograph(run: Run, photo: Path, tiny_model: Path) -> None:
    done = run("colorize", "old.jpg", "missing.jpg", "--json", "-q", "--render-size", "96")
    assert done.returncode == 3
    records = {record["input"]: record for record in map(json.loads, done.stdout.splitlines())}
    good, bad = records["old.jpg"], records["missing.jpg"]
    assert good["output"] == "old.color.jpg"
    assert good["status"] == "ok"
    assert good["size"] == [48, 32]
    assert good["model"] == "tiny"
    digest = subprocess.run(["sha256sum", tiny_model], capture_output=True, text=True, check=True).stdout
    assert good["model_sha256"] == digest.split()[0]
    assert good["provider"] == "CPUExecutionProvider"
    assert good["render_size"] == 96
    assert 0 < good["seconds"] < 120
    assert good["error"] is None
    assert bad["status"] == "failed"
    assert "missing.jpg" in bad["error"]
    assert bad["output"] is None


def test_quiet(run: Run, photo: Path) -> None:
    done = run("colorize", "old.jpg", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def on_a_terminal(command: str, environment: dict[str, str], folder: Path) -> tuple[int, str]:
    """Runs a command with a pseudo-terminal as all three streams: exit code and what it showed."""
    main, terminal = os.openpty()
    process = subprocess.Popen(
        ["bash", "-c", command], stdin=terminal, stdout=terminal, stderr=terminal, env=environment, cwd=folder
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:  # EIO: the other end was closed
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    return process.wait(), shown.decode()


def test_image_bytes_do_not_garble_a_terminal(environment: dict[str, str], photo: Path) -> None:
    code, shown = on_a_terminal(f'"{COLORCLI}" colorize old.jpg -o -', environment, photo.parent)
    assert code == 2
    assert "-o FILE" in shown


def test_progress_only_on_a_terminal(environment: dict[str, str], run: Run, tmp_path: Path) -> None:
    names = [write_photo(tmp_path / f"{number}.jpg").name for number in range(3)]
    command = f'"{COLORCLI}" colorize {" ".join(names)} -o'
    terminal = environment | {"TERM": "xterm"}
    code, shown = on_a_terminal(f"{command} one", terminal, tmp_path)
    assert code == 0
    assert "3/3" in shown
    assert "3/3" not in run("colorize", *names, "-o", "two").stderr.decode()
    assert "3/3" not in on_a_terminal(f"{command} three -q", terminal, tmp_path)[1]


def test_no_color(environment: dict[str, str], tmp_path: Path) -> None:
    colours = "\x1b[31m"  # red, as errors are
    terminal = environment | {"TERM": "xterm"}
    command = f'"{COLORCLI}" colorize missing.jpg'
    assert colours in on_a_terminal(command, terminal, tmp_path)[1]
    assert colours not in on_a_terminal(command, terminal | {"NO_COLOR": "1"}, tmp_path)[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(environment: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    photos = [write_photo(tmp_path / f"{number}.png", 800, 600) for number in range(20)]
    process = subprocess.Popen(
        [COLORCLI, "colorize", *photos, "-o", tmp_path / "out"],
        env=environment,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a shell's background job ignores Ctrl-C
    )
    while not list((tmp_path).glob("out/*.png")):
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert b"Traceback" not in said
    results = list((tmp_path / "out").glob("*"))
    assert 0 < len(results) < len(photos)
    assert all(is_coloured(path) for path in results)
    assert not temporary_files(tmp_path)
