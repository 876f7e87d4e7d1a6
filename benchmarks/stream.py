"""Frames a second: `python benchmarks/stream.py [--model MODEL] [--frames N]`.

A film of 640x480 (yuv4mpeg, 4:2:0, a pan over a made-up photograph) goes through the whole pipeline, as fast
as it will. The bound is the network alone on the same frames, measured in turns with it; with --every N it is
N times that. "own ms" is the processor time a frame costs beside the network, all threads.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from colorcli import Colorizer
from colorcli.colorizer import Look, working_lightness
from colorcli.lab import Pixels
from colorcli.stream.kinds import Form, kind_of
from colorcli.stream.pipeline import Settings, run

WIDTH, HEIGHT = 640, 480
ROUNDS = 2  # the best of so many, each thing in turn
LOOK = Look(border=False)
WAYS = {
    "--no-temporal": Settings(LOOK, temporal=False),
    "(none)": Settings(LOOK),
    "--every 4": Settings(LOOK, every=4),
}


@dataclass
class Spent:
    """Seconds by the clock and of processor time, of all threads."""

    clock: float = 0.0
    processor: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    so_far, clock, processor = Spent(), time.perf_counter(), time.process_time()
    yield so_far
    so_far.clock, so_far.processor = time.perf_counter() - clock, time.process_time() - processor


def film(frames: int) -> list[Pixels]:
    """Luma planes."""
    noise = np.random.default_rng(0)
    size = (WIDTH + 2 * frames, HEIGHT + frames)
    scene = cv2.resize(noise.integers(30, 220, (size[1] // 24, size[0] // 24), np.uint8), size)
    scene = np.clip(scene + noise.normal(0, 4, scene.shape), 16, 235).astype(np.uint8)
    return [np.ascontiguousarray(scene[at : at + HEIGHT, 2 * at : 2 * at + WIDTH]) for at in range(frames)]


def through(source: Path, settings: Settings, colorizer: Colorizer) -> Spent:
    kind = kind_of(Form("y4m"), LOOK, colorizer)
    with FileIO(source) as stdin, FileIO("/dev/null", "w") as stdout, spent() as so_far:
        for _ in run(kind, colorizer, settings, stdin, stdout):
            pass
    return so_far


def network(frames: list[Pixels], colorizer: Colorizer) -> Spent:
    size = colorizer.model.spec.render_size
    working = [working_lightness(frame, size)[None, ..., None] for frame in frames]
    with spent() as so_far:
        for lightness in working:
            colorizer.model.predict(lightness)
    return so_far


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--frames", type=int, default=100)
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    frames = film(arguments.frames)
    best: dict[str, list[Spent]] = {}
    with TemporaryDirectory() as folder:
        source = Path(folder, "film.y4m")
        grey = bytes([128]) * (WIDTH * HEIGHT // 2)
        head = b"YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT)
        source.write_bytes(head + b"".join(b"FRAME\n" + frame.tobytes() + grey for frame in frames))
        for _ in range(ROUNDS):
            best.setdefault("network", []).append(network(frames, colorizer))
            for name, settings in WAYS.items():
                best.setdefault(name, []).append(through(source, settings, colorizer))
    report({name: min(rounds, key=lambda one: one.clock) for name, rounds in best.items()}, len(frames))


def report(best: dict[str, Spent], frames: int) -> None:
    alone = best.pop("network")
    print(f"the network alone: {frames / alone.clock:.1f} frames a second\n")
    print("| option | frames a second | bound | share of the bound | own ms |\n|---|---|---|---|---|")
    for name, so_far in best.items():
        every = WAYS[name].every
        rate, bound = frames / so_far.clock, every * frames / alone.clock
        own = (so_far.processor - alone.processor / every) / frames * 1000
        print(f"| {name} | {rate:.1f} | {bound:.1f} | {rate / bound:.0%} | {own:.1f} |")


if __name__ == "__main__":
    main()
