"""How long the program takes to start: `python benchmarks/startup.py [--rounds N] [--model MODEL]`.

From the command to the first byte of a coloured photograph of one megapixel, as a multiple of what cannot be
avoided: importing numpy, cv2 and onnxruntime, opening the model and one run of it. `colorcli --help` as a
multiple of importing typer and rich. The least of some rounds in turns, on the wall and of the processors.
All modules are compiled before, as they are where pip has installed them.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
from colorize import photograph

from colorcli.color.working import working_size
from colorcli.inference.model import Model, find_model

COLORCLI = str(Path(sys.executable).with_name("colorcli"))
BARE = """
import sys, numpy, cv2, onnxruntime
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
session.run(["ab"], {"lightness": numpy.full((1, int(sys.argv[2]), int(sys.argv[3]), 1), 50, numpy.float32)})
print(flush=True)
"""
GOALS = {"colorcli colorize": 1.5, "colorcli --help": 2.5}


def seconds(command: Sequence[str], compiled: str) -> tuple[float, float]:
    """Until the first byte on stdout by the wall's clock, and processor time of the whole process."""
    environment = os.environ | {"PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
    assert process.stdout is not None
    process.stdout.read(1)
    wall = time.perf_counter() - started
    process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command} failed")
    return wall, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model", help="name or file; the default model without it")
    arguments = parser.parse_args()
    path = find_model(arguments.model)
    with TemporaryDirectory() as folder:
        pixels, scan = photograph(1), f"{folder}/scan.jpg"
        cv2.imwrite(scan, cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
        render_size = Model.open(path, "cpu").spec.render_size_of(*pixels.shape[:2])
        seen = map(str, working_size(*pixels.shape[:2], render_size))
        commands = {
            "bare": [sys.executable, "-c", BARE, str(path), *seen],
            "colorcli colorize": [COLORCLI, "colorize", "-q", scan, "-o", "-", "--model", str(path)],
            "import typer, rich": [sys.executable, "-c", "import typer, rich; print()"],
            "colorcli --help": [COLORCLI, "--help"],
        }
        rounds = [
            {name: seconds(command, f"{folder}/compiled") for name, command in commands.items()}
            for _ in range(arguments.rounds + 1)
        ][1:]  # the first fills caches, that of compiled modules too
    print("| | wall ms | processor ms | ratio | of processor time | goal |\n|---|---|---|---|---|---|")
    base = (1.0, 1.0)
    for name in commands:
        least = [min(one[name][index] for one in rounds) for index in range(2)]
        cells = f"| {name} | {least[0] * 1000:.0f} | {least[1] * 1000:.0f} |"
        if goal := GOALS.get(name):
            print(cells, f"{least[0] / base[0]:.2f} | {least[1] / base[1]:.2f} | {goal} |")
        else:
            base = (least[0], least[1])
            print(cells, "| | |")


if __name__ == "__main__":
    main()
