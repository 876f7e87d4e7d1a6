"""How long `colorcli --help` takes, as a multiple of `python -c "import typer, rich"`. Goal: at most 2.5."""

import statistics
import subprocess
import sys
import time
from pathlib import Path

COLORCLI = Path(sys.executable).with_name("colorcli")
ROUNDS = 15
GOAL = 2.5


def seconds(*command: str | Path) -> float:
    """Wall time of one new process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    """Runs both in turns, so that a busy machine slows both alike."""
    pairs = [
        (seconds(sys.executable, "-c", "import typer, rich"), seconds(COLORCLI, "--help"))
        for _ in range(ROUNDS + 1)
    ][1:]  # the first fills the disk's cache
    base, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"import typer, rich   {base * 1000:6.0f} ms")
    print(f"colorcli --help      {ours * 1000:6.0f} ms")
    print(f"ratio                {ours / base:6.2f}    (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
