"""Photographs a second of a folder: `python benchmarks/folder.py [--photographs N] [--width PIXELS]`.

Grainy JPEGs, 512 x 384 pixels if nothing else is said, are coloured by `colorcli colorize FOLDER -o OUT`,
start of the program included, in turns with what it is compared with: the network alone in ONNX Runtime on
the same photographs, one call after another on all cores and one call a core at the same time; and a shell
loop of single calls. Processor time beside the wall's, for other work on the machine disturbs it less.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from colorcli import images
from colorcli.color.lab import Floats
from colorcli.color.working import working_lightness
from colorcli.inference.device import usable_cores
from colorcli.inference.model import Model, find_model

ROUNDS = 3
LOOPED = 5  # photographs for the shell loop, which is slow
ONE, EACH = "network, one after another", "network, one a core"
FOLDER, LOOP = "colorcli, the folder", "colorcli, one by one"
COLORIZE = [sys.executable, "-m", "colorcli", "colorize", "-q"]


def write_photographs(folder: Path, count: int, width: int) -> None:
    noise = np.random.default_rng(0)
    for number in range(count):
        shapes = cv2.resize(noise.integers(20, 220, (9, 12), np.uint8), (width, 3 * width // 4))
        pixels = np.clip(shapes + noise.normal(0, 8, shapes.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / f"{number:05}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, 95])


def processor_seconds() -> float:
    """Of this process and of the children it has waited for."""
    usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def timed(step: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the wall and of the processors."""
    wall, processors = time.perf_counter(), processor_seconds()
    step()
    return time.perf_counter() - wall, processor_seconds() - processors


def network_alone(model: Model, lightness: Sequence[Floats], at_once: int) -> None:
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda one: model.predict(one[None, ..., None]), lightness))


def folder_run(scans: Path, model: Path) -> None:
    with TemporaryDirectory() as out:
        subprocess.run([*COLORIZE, scans, "-o", out, "--model", model, "--device", "cpu"], check=True)


def shell_loop(scans: Path, model: Path) -> None:
    with TemporaryDirectory() as out:
        for photograph in sorted(scans.iterdir())[:LOOPED]:
            subprocess.run([*COLORIZE, photograph, "-o", f"{out}/", "--model", model], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--photographs", type=int, default=400)
    parser.add_argument("--width", type=int, default=512)
    arguments = parser.parse_args()
    path = find_model(arguments.model)
    with TemporaryDirectory() as folder:
        scans = Path(folder)
        write_photographs(scans, arguments.photographs, arguments.width)
        alone, shared = Model.open(path, "cpu"), Model.open(path, "cpu", threads=1)
        size = alone.spec.render_size_of(3 * arguments.width // 4, arguments.width)
        lightness = [
            working_lightness(images.decode(photograph).pages[0].pixels, size)
            for photograph in scans.iterdir()
        ]
        steps: dict[str, tuple[int, Callable[[], object]]] = {
            ONE: (len(lightness), lambda: network_alone(alone, lightness, 1)),
            EACH: (len(lightness), lambda: network_alone(shared, lightness, usable_cores())),
            FOLDER: (len(lightness), lambda: folder_run(scans, path)),
            LOOP: (LOOPED, lambda: shell_loop(scans, path)),
        }
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
        for _ in range(ROUNDS):
            for name, (count, step) in steps.items():
                wall, processors = timed(step)
                rates[name].append((count / wall, 1000 * processors / count))
    print(f"{alone.spec.name} at {size}, {usable_cores()} cores, load {os.getloadavg()[0]:.0f}\n")
    print("| | photographs a second, each round | processor ms a photograph |\n|---|---|---|")
    for name, values in rates.items():
        each = ", ".join(f"{rate:.2f}" for rate, _ in values)
        print(f"| {name} | {each} | {median(processors for _, processors in values):.0f} |")
    wall = {name: [rate for rate, _ in values] for name, values in rates.items()}
    bounds = [max(pair) for pair in zip(wall[ONE], wall[EACH], strict=True)]
    print(f"\nthe folder / the faster network: {_ratios(wall[FOLDER], bounds)}")
    print(f"the folder / one by one: {_ratios(wall[FOLDER], wall[LOOP])}")


def _ratios(rates: Sequence[float], others: Sequence[float]) -> str:
    return ", ".join(f"{rate / other:.2f}" for rate, other in zip(rates, others, strict=True))


if __name__ == "__main__":
    main()
