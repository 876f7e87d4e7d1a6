"""Which way of running a model is best on this processor: `python benchmarks/devices.py FOLDER [options]`.

Today's file is asked by all cores together and by one thread a photograph, side by side; with it, in turns
in one run, the same model of 8-bit integers, as `colorcli quantize` makes it and in its encoder only
(--calibrate PHOTOGRAPHS), and OpenVINO, whose ONNX Runtime is in a virtual environment of its own
(docs/devices.md; --openvino is the interpreter there). Least milliseconds of processor time and of the wall's
clock a photograph at working sizes of 256 and 512; PSNR and CIEDE2000 on photographs that nothing was trained
on. The last line is the choice: what is 1.25 times as fast as today's way with a folder at both sizes, by
processor time, and loses at most 0.05 dB and 0.05 CIEDE2000.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from colorcli.color.lab import Floats
from colorcli.colorizer import Colorizer, tint
from colorcli.evaluate.metrics import ciede2000, psnr, to_lab
from colorcli.evaluate.photographs import find_photographs, grey_of, load
from colorcli.inference.device import usable_cores
from colorcli.inference.model import find_model
from colorcli.look import Look

SIZES = (256, 512)
FASTER, DECIBELS, DIFFERENCE = 1.25, 0.05, 0.05
TIMED = 4  # photographs each time
CALIBRATED = 200  # photographs, as many as `colorcli quantize` looks at


@dataclass(frozen=True)
class Way:
    """A model on a device, and how many threads are in it for each photograph."""

    name: str
    python: str
    model: str
    device: str
    threads: int

    @property
    def kind(self) -> tuple[str, str]:
        """What decides about colours."""
        return self.model, self.device


def ways(arguments: argparse.Namespace, folder: Path) -> list[Way]:
    """Today's first: what `colorize` does with a folder. `folder` takes the files that have to be made."""
    model, here = find_model(arguments.model), sys.executable
    files = [("float", here, str(model), "cpu")]
    if arguments.calibrate:
        made = int8_files(model, arguments.calibrate, folder)
        files.extend((name, here, str(path), "cpu") for name, path in made.items())
    if arguments.openvino:
        files.append(("OpenVINO", arguments.openvino, str(model), "openvino"))
    shared = {1: "one thread a photograph", usable_cores(): "all cores together"}
    return [Way(f"{name}, {how}", *rest, threads) for name, *rest in files for threads, how in shared.items()]


def int8_files(model: Path, photographs: Path, folder: Path) -> dict[str, Path]:
    """The model of 8-bit integers everywhere, and in its encoder only."""
    from colorcli.training.onnx_export.int8 import quantize  # no need of it where OpenVINO runs

    colorizer = Colorizer(model, "cpu")
    found = find_photographs(photographs, limit=CALIBRATED)
    seen = [colorizer.working_lightness(grey_of(load(photograph))) for photograph in found]
    made = {"int8": folder / "int8.onnx", "int8 in the encoder only": folder / "encoder8.onnx"}
    for path, within in zip(made.values(), ("", "/encoder"), strict=True):
        quantize(model, seen, path, within=within)
    return made


def serve(way: Way, folder: Path, count: int) -> None:
    """Answers each line with what it asks for: `score` or `time`, and the working size."""
    colorizer = Colorizer(way.model, way.device, way.threads)
    truths = [load(photograph) for photograph in find_photographs(folder, limit=count)]
    for line in sys.stdin:
        task, size = line.split()
        look = Look(render_size=int(size))
        seen = [colorizer.working_lightness(grey_of(truth), look) for truth in truths]
        answer = (
            timed(colorizer, seen[:TIMED], look) if task == "time" else scores(colorizer, truths, seen, look)
        )
        print(json.dumps(answer), flush=True)


def timed(colorizer: Colorizer, seen: list[Floats], look: Look) -> tuple[float, float]:
    """Milliseconds a photograph: of the processors, and of the wall's clock."""
    with ThreadPoolExecutor(max(1, usable_cores() // colorizer.threads)) as pool:
        wall, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        list(pool.map(lambda one: colorizer.working_ab(one, look), seen))
        wall, now = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    processors = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return 1000 * processors / len(seen), 1000 * wall / len(seen)


def scores(colorizer: Colorizer, truths: list[Any], seen: list[Floats], look: Look) -> tuple[float, float]:
    """Mean PSNR and CIEDE2000."""
    painted = [
        tint(grey_of(truth), light, colorizer.working_ab(light, look))
        for truth, light in zip(truths, seen, strict=True)
    ]
    pairs = list(zip(truths, painted, strict=True))
    differences = [ciede2000(to_lab(truth), to_lab(one)).mean() for truth, one in pairs]
    return float(np.mean([psnr(*pair) for pair in pairs])), float(np.mean(differences))


class Served:
    """A way in a process of its own, with the interpreter that it needs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, task: str, size: int) -> tuple[float, float]:
        assert self._process.stdin and self._process.stdout
        print(task, size, file=self._process.stdin, flush=True)
        first, second = json.loads(self._process.stdout.readline())
        return first, second


@contextmanager
def served(way: Way, arguments: argparse.Namespace) -> Iterator[Served]:
    command = [way.python, __file__, str(arguments.folder), "--count", str(arguments.count), "--serve"]
    command.append(json.dumps(vars(way)))
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield Served(process)


def compare(arguments: argparse.Namespace) -> None:
    rows: dict[str, list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        running = {way: stack.enter_context(served(way, arguments)) for way in ways(arguments, folder)}
        for size in SIZES:
            found = scored(running, size)
            times = [
                {way: one.ask("time", size) for way, one in running.items()} for _ in range(arguments.rounds)
            ]
            for way in running:
                least = [min(one[way][index] for one in times) for index in range(2)]
                rows.setdefault(way.name, []).extend([*least, *found[way.kind]])
    titles = [f"{size}: {what}" for size in SIZES for what in ("processor ms", "wall ms", "dB", "CIEDE2000")]
    print(f"{arguments.count} photographs, {usable_cores()} cores, {arguments.rounds} rounds\n")
    print(f"| | {' | '.join(titles)} |\n{'|---' * (len(titles) + 1)}|")
    for name, row in rows.items():
        cells = (f"{value:.{2 if index % 4 > 1 else 0}f}" for index, value in enumerate(row))
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\nchosen: {chosen(rows)}")


def scored(running: dict[Way, Served], size: int) -> dict[tuple[str, str], tuple[float, float]]:
    """PSNR and CIEDE2000 of each file on each device, however many threads are in it, all found at once."""
    with ThreadPoolExecutor() as pool:
        asked = {
            way.kind: pool.submit(one.ask, "score", size) for way, one in running.items() if way.threads == 1
        }
    return {kind: answer.result() for kind, answer in asked.items()}


def chosen(rows: dict[str, list[float]]) -> str:
    """The quickest that is enough faster at every size and loses little; else today's, the first."""
    today = next(iter(rows))
    fit = [name for name, row in rows.items() if _is_enough(rows[today], row)]
    return min(fit, key=lambda name: sum(rows[name][::4]), default=today)


def _is_enough(today: list[float], other: list[float]) -> bool:
    faster = all(old / new >= FASTER for old, new in zip(today[::4], other[::4], strict=True))
    clear = all(new >= old - DECIBELS for old, new in zip(today[2::4], other[2::4], strict=True))
    true = all(new <= old + DIFFERENCE for old, new in zip(today[3::4], other[3::4], strict=True))
    return faster and clear and true


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="photographs in colour, held out")
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--calibrate", type=Path, metavar="FOLDER", help="photographs for the int8 files")
    parser.add_argument("--openvino", metavar="PYTHON", help="interpreter that has onnxruntime-openvino")
    parser.add_argument("--count", type=int, default=60, help="photographs")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--serve", type=lambda text: Way(**json.loads(text)), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve(arguments.serve, arguments.folder, arguments.count)
    else:
        compare(arguments)


if __name__ == "__main__":
    main()
