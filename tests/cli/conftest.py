"""`colorcli` as a user runs it, with the tiny model: a process of its own, or this one if that will do."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from colorcli.cli import main

from .helpers import COLORCLI, Run, write_photo


@pytest.fixture
def environment(tiny_model: Path) -> dict[str, str]:
    """The caller's environment without its settings of colorcli, a wide terminal and the tiny model."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLORCLI_")}
    return kept | {"COLORCLI_MODEL": str(tiny_model), "COLUMNS": "200", "PYTHONUTF8": "1"}


@pytest.fixture
def run(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs `colorcli ARGUMENTS` in `tmp_path`; `settings` are environment variables."""

    def call(
        *arguments: str | Path,
        stdin: bytes = b"",
        settings: dict[str, str] | None = None,
        timeout: float = 120,
    ) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            [COLORCLI, *arguments],
            input=stdin,
            env=environment | (settings or {}),
            cwd=tmp_path,
            capture_output=True,
            timeout=timeout,
        )

    return call


@pytest.fixture
def here(
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Iterator[Run]:
    """Runs `colorcli ARGUMENTS` in `tmp_path`, without the time that a new process takes."""
    monkeypatch.chdir(tmp_path)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]

    def call(
        *arguments: str | Path, settings: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        command = ["colorcli", *map(str, arguments)]
        monkeypatch.setattr("sys.argv", command)
        wanted = environment | (settings or {})
        for name in set(os.environ) - set(wanted):
            monkeypatch.delenv(name)
        for name, value in wanted.items():
            monkeypatch.setenv(name, value)
        stdout = os.dup(1)
        capfdbinary.readouterr()
        try:
            with pytest.raises(SystemExit) as ended:
                main.run()
        finally:
            os.dup2(stdout, 1)
            os.close(stdout)
        said = capfdbinary.readouterr()
        code = ended.value.code
        print(shlex.join(command), code, said.err.decode(errors="replace"))
        return subprocess.CompletedProcess(command, int(code or 0), said.out, said.err)

    yield call
    for number, handler in zip(numbers, handlers, strict=True):
        signal.signal(number, handler)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """old.jpg, 48x32, grey."""
    return write_photo(tmp_path / "old.jpg")
