"""`colorcli serve` as a user runs it: a process of its own, with the model that sees."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from browser import Browser, chromium
from cli.helpers import COLORCLI, write_photo

from .server import TOKEN, Server

Serve = Callable[..., AbstractContextManager[Server]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def environment(seeing_model: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COLORCLI_")}
    return kept | {"COLORCLI_MODEL": str(seeing_model), "PYTHONUTF8": "1", "COLORCLI_TOKEN": TOKEN}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs."""
    (tmp_path / "scans").mkdir()
    for seed, name in enumerate(("a.jpg", "b.png")):
        write_photo(tmp_path / "scans" / name, 120, 80, seed)
    return tmp_path / "scans"


@pytest.fixture
def serve(environment: dict[str, str], tmp_path: Path) -> Serve:
    """Runs `colorcli serve ARGUMENTS` for as long as it is needed, at any port that is free."""

    @contextmanager
    def start(*arguments: str | Path, port: int = 0) -> Iterator[Server]:
        command = [COLORCLI, "serve", *arguments, "--port", str(port)]
        process = subprocess.Popen(
            command, env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        try:
            assert process.stdout is not None
            yield Server(process, process.stdout.readline().decode().strip())
        finally:
            process.terminate()
            process.communicate(timeout=120)

    return start
