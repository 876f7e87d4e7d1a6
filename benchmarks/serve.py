"""From a new hint to the new picture on the page: `python benchmarks/serve.py [--photo FILE] [--rounds N]`.

A photograph in colour is made grey, 1,600 pixels along its longer side, and opened by a `colorcli serve`.
Then hints are given, true colours of its pixels, the last one a new one each time. In one run: the time of
opening (until the first picture in colour is there), the least and the median time of the answer to so many
hints over HTTP, the least one's share of the opening, and the processor time of the server.
"""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from colorcli.color.lab import Pixels
from colorcli.evaluate.photographs import grey_of
from colorcli.images import decode
from colorcli.serve.opened import SIDE, jpeg

PHOTO = Path(__file__).parents[1] / "tests" / "photographs" / "astronaut.jpg"
HINTS = (0, 1, 5, 20, 100)
GOAL = 300  # ms, on a quiet machine
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """A running one, and the root of its addresses."""

    process: int
    root: str
    token: str

    def ask(self, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(self.root + path, body, {"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())

    def processor_seconds(self) -> float:
        used = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / TICKS

    def timed(self, work: Callable[[], object]) -> tuple[float, float]:
        """Milliseconds until the answer is there, and of the server's processors."""
        used, started = self.processor_seconds(), time.perf_counter()
        work()
        return 1000 * (time.perf_counter() - started), 1000 * (self.processor_seconds() - used)


@contextmanager
def serving(photograph: bytes, model: str | None) -> Iterator[Server]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "old.jpg").write_bytes(photograph)
        command = [sys.executable, "-m", "colorcli", "serve", folder, "--port", "0"]
        command += ["--model", model] if model else []
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        root, _, token = process.stdout.readline().strip().partition("/?token=")
        try:
            yield Server(process.pid, root, token)
        finally:
            process.terminate()
            process.wait()


def drawn(truth: Pixels, count: int, draw: np.random.Generator) -> list[dict[str, Any]]:
    """The true colours of some pixels."""
    places = draw.integers((truth.shape[1], truth.shape[0]), size=(count, 2)).tolist()
    return [{"x": x, "y": y, "colour": "#" + truth[y, x].tobytes().hex()} for x, y in places]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photo", type=Path, default=PHOTO)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    truth = decode(arguments.photo).pages[0].pixels
    factor = SIDE / max(truth.shape[:2])
    truth = cv2.resize(truth, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    draw = np.random.default_rng(0)
    with serving(jpeg(grey_of(truth)), arguments.model) as server:
        key = json.loads(server.ask("/api/photographs"))["photographs"][0]["key"]

        def paint(hints: list[dict[str, Any]]) -> bytes:
            body = json.dumps({"hints": hints}).encode()
            return server.ask(f"/api/photographs/{key}/painting", body)

        opening, used = server.timed(lambda: (server.ask(f"/api/photographs/{key}"), paint([])))
        print(f"{truth.shape[1]}x{truth.shape[0]}; opening {opening:.0f} ms, {used:.0f} of the processors\n")
        print("| hints | least ms | median ms | of opening | processor ms |\n|---|---|---|---|---|")
        for count in HINTS:
            known = drawn(truth, max(0, count - 1), draw)
            spent = [
                server.timed(lambda: paint(known + drawn(truth, min(count, 1), draw)))  # noqa: B023
                for _ in range(arguments.rounds)
            ]
            walls, processors = zip(*spent, strict=True)
            least = min(walls)
            print(
                f"| {count} | {least:.0f} | {median(walls):.0f} | {least / opening:.2f} "
                f"| {np.mean(processors):.0f} |"
            )
    print(f"\nGoal: at most {GOAL} ms with up to 20 hints on a quiet machine")


if __name__ == "__main__":
    main()
