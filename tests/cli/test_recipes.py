"""README's recipes, run as they are printed, with the programs they name."""

import getpass
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sshd import sshd
from stream.helpers import FRAMES, SOURCE, ffmpeg

from .helpers import is_coloured, write_photo

ROOT = Path(__file__).parent.parent.parent
SECTION = (ROOT / "README.md").read_text("utf-8").partition("## Recipes")[2].partition("\n## ")[0]
RECIPES = re.findall(r"```sh\n(.*?)\n```", SECTION, re.DOTALL)
LIMIT = 120  # seconds: of a hang, not of the work

SSH = """
Host gpu-host
HostName 127.0.0.1
Port {port}
User {user}
IdentityFile {folder}/key
IdentitiesOnly yes
UserKnownHostsFile {folder}/known_hosts
"""


def recipe(word: str) -> str:
    """The one recipe that has this word."""
    (found,) = [text for text in RECIPES if word in text]
    assert "\n" not in found
    return str(found)


@pytest.fixture
def clone(tmp_path: Path, environment: dict[str, str]) -> Path:
    """A folder with the examples in it; a folder bin, before all others on PATH, with colorcli."""
    shutil.copytree(ROOT / "examples", tmp_path / "clone" / "examples")
    programs = tmp_path / "bin"
    programs.mkdir()
    environment["PATH"] = os.pathsep.join(
        [str(programs), str(Path(sys.executable).parent), environment["PATH"]]
    )
    return tmp_path / "clone"


@pytest.fixture
def gpu_host(tmp_path: Path, clone: Path, environment: dict[str, str]) -> Iterator[None]:
    """What a user's ~/.ssh says of gpu-host, which is this machine behind an sshd of our own.

    ssh finds ~ in the list of users, whatever HOME says, so it is told of its settings by a wrapper.
    """
    names = ("PATH", "PYTHONPATH", "COLORCLI_MODEL")
    variables = " ".join(f'"{name}={environment[name]}"' for name in names if name in environment)
    wrapper = tmp_path / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F "{tmp_path}/ssh_config" "$@"\n', "ascii")
    wrapper.chmod(0o755)
    with sshd(tmp_path, f"SetEnv {variables}\n") as port:
        key = (tmp_path / "host_key.pub").read_text("ascii")
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}", "ascii")
        settings = SSH.format(port=port, folder=tmp_path, user=getpass.getuser())
        (tmp_path / "ssh_config").write_text(settings, "utf-8")
        yield


def follow(text: str, folder: Path, environment: dict[str, str]) -> str:
    """Runs a recipe to its end; what it says on stderr."""
    command = ["bash", "-o", "pipefail", "-c", text]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == b""
    return done.stderr.decode()


def test_there_are_six() -> None:
    assert len(RECIPES) == 6


@pytest.mark.parametrize("word", ["--files-from", "-P 2"])
def test_find(word: str, clone: Path, environment: dict[str, str]) -> None:
    shutil.copy(clone / "examples" / "cat.jpg", clone / "examples" / "a name\nof two lines.jpg")
    follow(recipe(word), clone, environment)
    names = {path.name for path in (clone / "examples").glob("*.jpg")}
    coloured = [path for path in (clone / "colored").rglob("*.jpg") if is_coloured(path)]
    assert {path.name for path in coloured} == names


def test_watched_folder(clone: Path, environment: dict[str, str]) -> None:
    """A photograph that is written there, then one that is moved there, both with spaces in their names."""
    inbox = clone / "inbox"
    inbox.mkdir()
    command = ["bash", "-c", recipe("inotifywait")]
    with subprocess.Popen(
        command, env=environment, cwd=clone, stderr=subprocess.PIPE, start_new_session=True
    ) as watch:
        try:
            assert watch.stderr
            while b"established" not in watch.stderr.readline():
                assert watch.poll() is None
            wait_for_colour(write_photo(inbox / "first one.jpg"), clone / "colored")
            write_photo(clone / "second one.jpg").rename(inbox / "second one.jpg")
            wait_for_colour(inbox / "second one.jpg", clone / "colored")
        finally:
            os.killpg(watch.pid, signal.SIGTERM)


def wait_for_colour(photograph: Path, folder: Path) -> None:
    deadline = time.monotonic() + LIMIT
    while not (folder / photograph.name).exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert is_coloured(folder / photograph.name)


def test_imagemagick(clone: Path, environment: dict[str, str]) -> None:
    follow(recipe("convert"), clone, environment)
    assert is_coloured(clone / "cat.webp")


def test_film(clone: Path, environment: dict[str, str]) -> None:
    sound = ("-f", "lavfi", "-i", "sine=d=0.6")
    codecs = ("-vf", "format=gray", "-c:v", "mpeg4", "-c:a", "aac")
    ffmpeg(*SOURCE, *sound, *codecs, str(clone / "old.mp4"))
    follow(recipe("colorcli stream"), clone, environment)
    heard = [
        ffmpeg("-i", str(clone / name), "-map", "0:a", "-f", "md5", "-") for name in ("old.mp4", "new.mp4")
    ]
    assert heard[0] == heard[1]
    frames = ffmpeg("-i", str(clone / "new.mp4"), "-map", "0:v", "-c:v", "png", "-f", "image2pipe", "-")
    assert frames.count(b"\x89PNG") == FRAMES
    (clone / "first.png").write_bytes(frames)
    assert is_coloured(clone / "first.png")


@pytest.mark.usefixtures("gpu_host")
def test_gpu_host(clone: Path, environment: dict[str, str]) -> None:
    follow(recipe("ssh"), clone, environment)
    assert is_coloured(clone / "cat.jpg")
