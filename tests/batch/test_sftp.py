"""A filesystem behind a real SSH server on loopback: no atomic put, names that can be changed, times."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.helpers import Run, write_photo

from .archive import results

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/.ssh/id_ed25519.pub
StrictModes no
UsePAM no
PidFile none
Subsystem sftp internal-sftp
"""


@pytest.fixture
def server(environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The URL of the root of its files, which are those of this machine; our key opens it."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    for key in ("host", ".ssh/id_ed25519"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", home / key], check=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (home / "configuration").write_text(CONFIGURATION.format(port=port, folder=home))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd wants it, and nothing in it
    assert SSHD is not None
    process = subprocess.Popen([SSHD, "-D", "-e", "-f", home / "configuration"], stderr=subprocess.DEVNULL)
    environment["HOME"] = str(home)
    deadline = time.monotonic() + 30
    while socket.socket().connect_ex(("127.0.0.1", port)) and time.monotonic() < deadline:
        time.sleep(0.05)
    yield f"sftp://{getpass.getuser()}@127.0.0.1:{port}"
    process.terminate()
    process.wait()


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
