"""Damaged files of all formats, in processes of their own: no crash, no hang, nothing but words.

COLORCLI_FUZZ_SECONDS says how long (an hour: 3600), COLORCLI_FUZZ_START which random numbers come first.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .seeds import write_seeds

SECONDS = float(os.environ.get("COLORCLI_FUZZ_SECONDS", "60"))
START = int(os.environ.get("COLORCLI_FUZZ_START", "0"))
PATIENCE = 180  # seconds beyond it
CHILD = Path(__file__).with_name("fuzzing.py")


@pytest.mark.slow
def test_damaged_files(tmp_path: Path) -> None:
    seeds, report = tmp_path / "seeds", tmp_path / "report"
    seeds.mkdir()
    report.mkdir()
    write_seeds(seeds)
    assert len(list(seeds.iterdir())) >= 40
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", CHILD, seeds, report, str(START), str(SECONDS)],
        capture_output=True,
        text=True,
        timeout=SECONDS + PATIENCE,
    )
    assert done.returncode == 0, (done.returncode, done.stdout, done.stderr[-2000:])  # negative: it crashed
    assert done.stderr == ""  # libraries keep quiet
    assert not list(report.iterdir()), done.stdout  # pytest keeps the files
    print(f"{done.stdout.strip()} damaged files in {SECONDS:.0f} seconds")
