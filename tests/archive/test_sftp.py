"""A filesystem behind a real SSH server on loopback: no atomic put, names that can be changed, times."""

import getpass
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.helpers import Run, write_photo
from sshd import sshd

from .archive import results


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The URL of the root of its files, which are those of this machine; our key opens it."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    environment["HOME"] = str(home)
    with sshd(home, "Subsystem sftp internal-sftp\n") as port:
        shutil.copy(home / "key", home / ".ssh" / "id_ed25519")
        yield f"sftp://{getpass.getuser()}@127.0.0.1:{port}"


def test_there_and_back(here: Run, tmp_path: Path, server: str) -> None:
    for name in ("a.jpg", "x/y z.png"):
        (tmp_path / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        write_photo(tmp_path / "scans" / name)
    (tmp_path / "scans" / "x" / "loop").symlink_to("..")
    (tmp_path / "scans" / "link.jpg").symlink_to("a.jpg")
    command = ("colorize", "-r", f"{server}{tmp_path}/scans", "-o", f"{server}{tmp_path}/out")
    done = here(*command)
    assert done.returncode == 0, done.stderr
    assert b"links to folders are not followed: sftp://***@127.0.0.1" in done.stderr
    assert here("colorize", "-r", "scans", "-o", "local").returncode == 0
    written = results(tmp_path / "out")
    journal = {name for name in written if name.startswith("colorcli-journal/")}
    assert all(name.endswith(".jsonl") for name in journal)
    assert {name: written[name] for name in set(written) - journal} == results(tmp_path / "local")
    assert b"3  done before" in here(*command).stderr
    write_photo(tmp_path / "scans" / "a.jpg", seed=5)
    assert b"2  coloured" in here(*command).stderr  # the link leads to the same photograph
