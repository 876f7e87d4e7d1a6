"""Frames a second: `python benchmarks/stream.py [--model MODEL] [--frames N]`.

A film of 640x480 (yuv4mpeg, a pan over a made-up photograph) goes through the whole pipeline, as fast as it
will. The bound is the network alone on the same frames, measured in turns with it; with --every N it is N
times that. "own ms" is the processor time of a frame, all threads, where the network answers at no cost.
"""

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from colorcli import Colorizer
from colorcli.color.lab import Floats, Pixels
from colorcli.color.working import working_lightness
from colorcli.look import Look
from colorcli.stream.kinds import Form
from colorcli.stream.pipeline import StreamSettings, run

WIDTH, HEIGHT = 640, 480
ROUNDS = 5  # the best of so many, each thing in turn
LOOK = Look(border=False)
WAYS = {
    "--no-temporal": StreamSettings(LOOK, temporal=False),
    "(none)": StreamSettings(LOOK),
    "--every 4": StreamSettings(LOOK, every=4),
}
SPACES = {"420jpeg": WIDTH * HEIGHT // 2, "mono": 0}  # and the bytes of their colour planes


@dataclass
class Spent:
    """Seconds by the clock and of processor time, of all threads."""

    clock: float = 0.0
    processor: float = 0.0


@dataclass(frozen=True)
class Ready:
    """Stands in for the session of a model; has its answer ready."""

    ab: Floats

    def run(self, names: list[str], feeds: dict[str, Floats]) -> list[Floats]:
        return [self.ab]


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


def write(path: Path, frames: list[Pixels], space: str) -> Path:
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F25:1 Ip A1:1 C{space}\n".encode()
    grey = bytes([128]) * SPACES[space]
    path.write_bytes(head + b"".join(b"FRAME\n" + frame.tobytes() + grey for frame in frames))
    return path


def through(source: Path, settings: StreamSettings, colorizer: Colorizer) -> Spent:
    with FileIO(source) as stdin, FileIO("/dev/null", "w") as stdout, spent() as so_far:
        for _ in run(Form("y4m"), colorizer, settings, stdin, stdout):
            pass
    return so_far


def network(working: list[Floats], colorizer: Colorizer) -> Spent:
    with spent() as so_far:
        for lightness in working:
            colorizer.model.predict(lightness)
    return so_far


def best(rounds: list[Spent]) -> Spent:
    return min(rounds, key=lambda one: one.clock)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--frames", type=int, default=100)
    arguments = parser.parse_args()
    colorizer, ready = Colorizer(arguments.model, "cpu"), Colorizer(arguments.model, "cpu")
    frames = film(arguments.frames)
    working = [
        working_lightness(frame, colorizer.model.spec.render_size)[None, ..., None] for frame in frames
    ]
    ready.model = replace(ready.model, session=Ready(colorizer.model.predict(working[0])))
    spans: dict[str, list[Spent]] = {}
    with TemporaryDirectory() as folder:
        films = {space: write(Path(folder, f"{space}.y4m"), frames, space) for space in SPACES}
        for _ in range(ROUNDS):
            spans.setdefault("network", []).append(network(working, colorizer))
            for way, settings in WAYS.items():
                spans.setdefault(way, []).append(through(films["420jpeg"], settings, colorizer))
                for space, source in films.items():
                    spans.setdefault(f"{way} {space}", []).append(through(source, settings, ready))
    report({name: best(rounds) for name, rounds in spans.items()}, len(frames))


def report(spans: dict[str, Spent], frames: int) -> None:
    alone = frames / spans["network"].clock
    print(f"the network alone: {alone:.1f} frames a second\n")
    print("| option | frames a second | bound | share of the bound | own ms, 4:2:0 | own ms, mono to 4:4:4 |")
    print("|---|---|---|---|---|---|")
    for way, settings in WAYS.items():
        rate, bound = frames / spans[way].clock, settings.every * alone
        own = " | ".join(f"{spans[f'{way} {space}'].processor / frames * 1000:.1f}" for space in SPACES)
        print(f"| {way} | {rate:.1f} | {bound:.1f} | {rate / bound:.0%} | {own} |")


if __name__ == "__main__":
    main()
