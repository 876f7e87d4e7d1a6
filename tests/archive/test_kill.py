"""Killed at any moment and run again, until all is done: the same results as in one go."""

import random
import subprocess
import time
from pathlib import Path

import pytest
from cli.helpers import COLORCLI, Run

from .archive import journal, lines, results, statuses, write_archive


def kill_in_the_middle(command: list[str | Path], environment: dict[str, str], out: Path, more: int) -> None:
    """Starts the command and kills it a random moment after `more` new lines of the journal."""
    before = lines(out)
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while lines(out) < before + more and process.poll() is None:
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.05))
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    ("photographs", "faulty", "kills"),
    [(150, 12, 3), pytest.param(3000, 60, 20, marks=pytest.mark.slow)],
)
def test_killed_and_resumed(
    environment: dict[str, str], run: Run, tmp_path: Path, photographs: int, faulty: int, kills: int
) -> None:
    scans, once, often = tmp_path / "scans", tmp_path / "once", tmp_path / "often"
    write_archive(scans, photographs, faulty)
    command: list[str | Path] = [COLORCLI, "colorize", "-r", scans, "-q", "-o"]
    done = subprocess.run([*command, once], env=environment, capture_output=True)
    assert done.returncode == 3
    assert statuses(once) == ["failed"] * faulty + ["ok"] * photographs
    for _ in range(kills):
        kill_in_the_middle(
            [*command, often], environment, often, random.randint(1, photographs // (2 * kills))
        )
    last = run("colorize", "-r", scans, "-o", often)
    assert last.returncode == 3
    assert f"{faulty:,}  failed".encode() in last.stderr
    assert results(often) == results(once)
    kept = ("input", "output", "status", "input_sha256", "output_sha256", "error", "size", "settings")
    summary = [
        {name: [record[key] for key in kept] for name, record in journal(out).items()}
        for out in (often, once)
    ]
    assert summary[0] == summary[1]
