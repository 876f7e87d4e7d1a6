"""Calls that share a call of the network get what each would have got alone."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.color.lab import Floats, Pixels
from colorcli.errors import ModelError, OutOfMemoryError
from colorcli.inference.batching import Grouping, best_size
from colorcli.inference.model import Model


class Network:
    """The real model, but with a memory for `most` photographs, and a note of the size of each call."""

    def __init__(self, model: Model, most: int = 1000) -> None:
        self.model = model
        self.most = most
        self.calls: list[int] = []
        self.open = Event()

    def predict(self, lightness: Floats, temperature: float | None = None) -> Floats:
        self.open.wait()
        self.calls.append(len(lightness))
        if len(lightness) > self.most:
            raise OutOfMemoryError("not enough memory")
        return self.model.predict(lightness, temperature)


@pytest.fixture
def model(tiny_model: Path) -> Model:
    return Model.open(tiny_model, "cpu", 1)


def photographs(count: int) -> list[Pixels]:
    noise = np.random.default_rng(0)
    return [noise.integers(0, 255, ((40, 60), (60, 40))[index % 2], np.uint8) for index in range(count)]


def test_the_same_pixels_as_alone(tiny_model: Path) -> None:
    pixels = photographs(24)
    alone = Colorizer(tiny_model, "cpu", 1)
    together = Colorizer(tiny_model, "cpu", 1, batch_size=4)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(together.colorize, pixels))
    assert all(
        np.array_equal(alone.colorize(one), result) for one, result in zip(pixels, results, strict=True)
    )


def group_of(count: int, network: Network, size: int) -> list[Floats]:
    """The answers to one request, and to `count` more that all wait when it is served."""
    stack = np.random.default_rng(0).uniform(0, 100, (count + 1, 1, 32, 64, 1)).astype(np.float32)
    grouping = Grouping(network.predict, size)
    with ThreadPoolExecutor(count + 1) as pool:
        asked = [pool.submit(grouping.predict, lightness) for lightness in stack]
        while grouping.waiting < count:
            time.sleep(0.001)
        network.open.set()
        return [one.result() for one in asked]


def test_what_waits_goes_together(model: Model) -> None:
    network = Network(model)
    group_of(8, network, size=6)
    assert network.calls == [1, 6, 2]


def test_memory_that_runs_out_halves_the_group(model: Model) -> None:
    network = Network(model, most=2)
    expected = group_of(8, Network(model), size=1)
    assert all(map(np.array_equal, group_of(8, network, size=8), expected))
    assert network.calls == [1, 8, 4, 2, 2, 4, 2, 2]


def test_memory_that_is_never_enough_is_the_error_of_each(model: Model) -> None:
    network = Network(model, most=0)
    with pytest.raises(OutOfMemoryError):
        group_of(4, network, size=4)
    assert network.calls.count(1) == 5


def test_an_error_of_the_model_reaches_everybody(tiny_model: Path) -> None:
    def broken(lightness: Floats, temperature: float | None) -> Floats:
        raise ModelError("broken")

    with ThreadPoolExecutor(4) as pool:
        asked = [
            pool.submit(Grouping(broken, 4).predict, np.zeros((1, 32, 32, 1), np.float32)) for _ in range(4)
        ]
    assert all(isinstance(one.exception(), ModelError) for one in asked)


def test_the_trial_stays_within_memory(model: Model) -> None:
    network = Network(model, most=2)
    network.open.set()
    assert best_size(network.predict, 64) <= 2
