"""The memory of a run does not grow with the archive."""

import subprocess
import time
from pathlib import Path
from statistics import median

import pytest
from cli.helpers import COLORCLI, write_photo

from .archive import JOURNAL

KINDS = 24  # different photographs; the rest are links to them


def write_many(scans: Path, count: int) -> None:
    scans.mkdir()
    for number in range(count):
        path = scans / f"{number:05}{('.jpg', '.png')[number % 2]}"
        if number < KINDS:
            write_photo(path, 300 + 8 * number, 500 - 8 * number, number)
        else:
            path.hardlink_to(scans / f"{number % KINDS:05}{path.suffix}")


def resident(process: "subprocess.Popen[bytes]") -> int:
    """KB in memory; 0 once the process has ended."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS")), 0)


@pytest.mark.parametrize("count", [240, pytest.param(3000, marks=pytest.mark.slow)])
def test_memory_is_flat(environment: dict[str, str], tmp_path: Path, count: int) -> None:
    """The last third of the photographs is done in the memory of the first, within a tenth."""
    scans, out = tmp_path / "scans", tmp_path / "out"
    write_many(scans, count)
    thirds: list[list[int]] = [[], [], []]
    process = subprocess.Popen([COLORCLI, "colorize", scans, "-o", out, "-q"], env=environment)
    while process.poll() is None:
        done = (out / JOURNAL).read_bytes().count(b"\n") if (out / JOURNAL).exists() else 0
        if 0 < done < count and (kilobytes := resident(process)):
            thirds[3 * done // count].append(kilobytes)
        time.sleep(count / 24000)
    assert process.returncode == 0
    first, _, last = map(median, thirds)
    print(f"resident MB by thirds: {[round(median(third) / 1000) for third in thirds]}")
    assert last <= 1.1 * first
