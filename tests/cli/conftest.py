"""`colorcli` as a user runs it: a process of its own, with the tiny model."""

import os
import subprocess
from pathlib import Path

import pytest

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
def photo(tmp_path: Path) -> Path:
    """old.jpg, 48x32, grey."""
    return write_photo(tmp_path / "old.jpg")
