"""Two ratios of training inception-unet at its default size, on this machine.

How many photographs a second the input pipeline prepares, over those that the training step uses (goal: at
least 3), and what a step costs over one of a bare Keras loop of the same model on arrays in memory (goal: at
most 1.1). COLORCLI_PHOTOS may name a folder or tar file of photographs; else they are made up.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from colorcli.training.extra import require

require("tensorflow", "keras")

import cv2  # noqa: E402  (Keras first, so that it is loaded in silence)
import keras  # noqa: E402
import numpy as np  # noqa: E402

from colorcli.training.cache import open_cache  # noqa: E402
from colorcli.training.checkpoint import Position  # noqa: E402
from colorcli.training.colorization import Colorization  # noqa: E402
from colorcli.training.config import NetworkConfig, TrainConfig  # noqa: E402
from colorcli.training.dataset import Batches, Photographs  # noqa: E402
from colorcli.training.learner import build_learner  # noqa: E402
from colorcli.training.machine import Machine  # noqa: E402
from colorcli.training.pace import Interrupt, Pace  # noqa: E402
from colorcli.training.palette import find_palette  # noqa: E402

PIPELINE_GOAL, STEP_GOAL = 3.0, 1.1
STEPS = 4  # of each loop a round
ROUNDS = 3  # both loops in turns, so that a busy machine slows both alike
MADE_UP = 320  # photographs


def photographs_in(folder: Path) -> Photographs:
    """The user's, or soft patches of any colour with grain."""
    source = os.environ.get("COLORCLI_PHOTOS")
    if source is None:
        source = str(folder / "photographs")
        Path(source).mkdir()
        for number in range(MADE_UP):
            rng = np.random.default_rng(number)
            patches = cv2.resize(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8), (400, 300))
            grain = rng.normal(0, 6, patches.shape)
            cv2.imwrite(f"{source}/{number}.jpg", np.clip(patches + grain, 0, 255).astype(np.uint8))
    return Photographs.divided(open_cache((source,), (), 240, folder / "cache"), 0.0)


def speed_of_pipeline(batches: Batches) -> float:
    """Photographs a second, prepared by as many threads as `fit` uses."""
    size = batches.config.batch_size
    with ThreadPoolExecutor(batches.workers) as pool:
        list(pool.map(batches.__getitem__, range(min(2, len(batches)))))
        started = time.perf_counter()
        list(pool.map(batches.__getitem__, range(len(batches))))
    return len(batches) * size / (time.perf_counter() - started)


def ours(config: TrainConfig, photographs: Photographs) -> Callable[[], None]:
    """STEPS steps as `colorcli train` does them: crops, damage, averages, clipping, schedule."""
    learner, machine = build_learner(config, Machine()), Machine()

    def run() -> None:
        batches = Batches(photographs, config, 0)
        batches = Batches(photographs, config, 0, first=batches.whole - STEPS)
        begin = Position(batch=batches.first)
        pace = Pace(config, begin, batches.whole, time.monotonic(), Interrupt(), lambda progress: None)
        machine.fit(learner, batches, pace)

    return run


def bare(config: TrainConfig, photographs: Photographs) -> Callable[[], None]:
    """STEPS steps of the same model by Keras alone."""
    model: Colorization = build_learner(config, Machine())
    model.compile(keras.optimizers.Adam(config.learning_rate), jit_compile=False)
    lightness, ab = Batches(photographs, config, 0)[0]
    many = (np.concatenate([lightness] * STEPS), np.concatenate([ab] * STEPS))

    def run() -> None:
        model.fit(*many, batch_size=config.batch_size, verbose=0, shuffle=False)

    return run


def seconds(work: Callable[[], None]) -> float:
    """Wall time."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        photographs = photographs_in(Path(folder))
        config = TrainConfig(sources=(), network=NetworkConfig(palette=find_palette(photographs)))
        pipeline = speed_of_pipeline(Batches(photographs, config, 0))
        loops = (ours(config, photographs), bare(config, photographs))
        times = [[seconds(loop) for loop in loops] for _ in range(ROUNDS + 1)][1:]  # the first compiles
    mine, keras_alone = (statistics.median(column) / STEPS for column in zip(*times, strict=True))
    step_ratio = statistics.median(one / other for one, other in times)
    used = config.batch_size / mine
    print(f"input pipeline   {pipeline:7.1f} photographs/s")
    print(f"training step    {used:7.1f} photographs/s, {mine:.2f} s a step")
    print(f"ratio            {pipeline / used:7.2f}    (goal: at least {PIPELINE_GOAL})")
    print(f"bare Keras       {keras_alone:7.2f} s a step")
    print(f"ratio            {step_ratio:7.2f}    (goal: at most {STEP_GOAL})")


if __name__ == "__main__":
    main()
