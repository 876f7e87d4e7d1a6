"""Ratios of training inception-unet at its default size, on this machine.

How many photographs a second the input pipeline prepares, over those that the training step uses (goal: at
least 3), and what a step costs over one of a bare Keras loop of the same model on arrays in memory (goal: at
most 1.1). COLORCLI_PHOTOS may name a folder or tar file of photographs; else they are made up.

With --features instead: crops a second without kept features, while they are made, and with them, for the
decoder alone (goal: 2.5 times as many) and with the encoder learning from mixed3 on (1.2 times). --small
tries that out on a network that takes no time.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from colorcli.training.dependencies import require

require("tensorflow", "keras")

import cv2  # noqa: E402  (Keras first, so that it is loaded in silence)
import keras  # noqa: E402
import numpy as np  # noqa: E402

from colorcli.training.colorization import Colorization  # noqa: E402
from colorcli.training.config import NetworkConfig, TrainConfig  # noqa: E402
from colorcli.training.data.batches import Batches  # noqa: E402
from colorcli.training.data.cache import open_cache  # noqa: E402
from colorcli.training.data.palette import find_palette  # noqa: E402
from colorcli.training.data.photographs import Photographs  # noqa: E402
from colorcli.training.devices import Devices  # noqa: E402
from colorcli.training.features.training_input import TrainingInput, open_training_input  # noqa: E402
from colorcli.training.fit_callback import FitCallback, Interrupt  # noqa: E402
from colorcli.training.learner import build_learner  # noqa: E402
from colorcli.training.run_folder.checkpoint import Position  # noqa: E402

PIPELINE_GOAL, STEP_GOAL = 3.0, 1.1
STEPS = 4  # of each loop a round
ROUNDS = 3  # both loops in turns, so that a busy machine slows both alike
MADE_UP = 320  # photographs
KEPT_GOALS = (2.5, 1.2)  # for the decoder alone, and from a block of the encoder on


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
    learner, devices = build_learner(config, Devices()), Devices()

    def run() -> None:
        batches = Batches(photographs, config, 0)
        batches = Batches(photographs, config, 0, first=batches.whole - STEPS)
        begin = Position(batch=batches.first)
        pace = FitCallback(config, begin, batches.whole, time.monotonic(), Interrupt(), lambda progress: None)
        devices.fit(learner, batches, pace)

    return run


def bare(config: TrainConfig, photographs: Photographs) -> Callable[[], None]:
    """STEPS steps of the same model by Keras alone."""
    model: Colorization = build_learner(config, Devices())
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


def fit(inputs: TrainingInput, config: TrainConfig, epoch: int, steps: int) -> None:
    """So many steps at the end of an epoch."""
    whole = inputs.batches(epoch).whole
    begin = Position(epoch=epoch, batch=max(0, whole - steps))
    pace = FitCallback(config, begin, whole, time.monotonic(), Interrupt(), lambda progress: None)
    Devices().fit(inputs.learner, inputs.batches(epoch, begin.batch), pace)


def speeds_of_features(config: TrainConfig, photographs: Photographs) -> tuple[float, float, float]:
    """Crops a second: without features, while they are made, with them."""
    learner, plain = build_learner(config, Devices()), replace(config, features=False)
    with (
        open_training_input(learner, photographs, plain, Devices()) as crops,
        open_training_input(learner, photographs, config, Devices()) as features,
    ):
        whole = features.batches(0).whole
        fit(features, config, 0, 1)  # the first step of each compiles
        fit(crops, plain, 1, 1)
        making = seconds(lambda: fit(features, config, 0, whole)) / (whole - 1)  # one batch was there
        times = [
            [
                seconds(lambda inputs=inputs: fit(inputs, config, 1, STEPS)) / STEPS
                for inputs in (crops, features)
            ]
            for _ in range(ROUNDS)
        ]
    without, kept = (statistics.median(column) for column in zip(*times, strict=True))
    return config.batch_size / without, config.batch_size / making, config.batch_size / kept


def print_features(photographs: Photographs, small: bool) -> None:
    """The speeds of both ways to learn."""
    network = NetworkConfig(palette=find_palette(photographs))
    config, block = TrainConfig(sources=(), network=network, variants=1, features_limit=50), "mixed3"
    if small:
        network = replace(network, encoder="tiny", width=0.05)
        config, block = replace(config, network=network, crop=32, batch_size=32), "conv2d_4"
    for first, goal in zip(("", block), KEPT_GOALS, strict=True):
        without, making, kept = speeds_of_features(replace(config, unfreeze=first), photographs)
        print(f"{f'from {first} on' if first else 'decoder only'}, {keras.config.dtype_policy().name}")
        print(f"  without        {without:7.1f} crops/s")
        print(f"  while made     {making:7.1f} crops/s")
        print(f"  kept           {kept:7.1f} crops/s")
        print(f"  ratio          {kept / without:7.2f}    (goal: at least {goal})")


def print_steps(photographs: Photographs) -> None:
    """What the pipeline and the step cost."""
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="How fast training is.")
    parser.add_argument("--features", action="store_true", help="with and without kept features")
    parser.add_argument("--small", action="store_true", help="with --features: a tiny network")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photographs = photographs_in(Path(folder))
        if options.features:
            print_features(photographs, options.small)
        else:
            print_steps(photographs)


if __name__ == "__main__":
    main()
