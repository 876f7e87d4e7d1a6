"""Photographs that are in the network at the same time go through it together: what a GPU wants."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import numpy as np

from colorcli.color.lab import Floats
from colorcli.errors import ColorcliError, OutOfMemoryError

LARGEST = 64  # photographs in a call; beyond that nothing is gained, and memory is lost
ENOUGH = 1.05  # a larger group has to be faster by this factor

Predict = Callable[[Floats, float | None], Floats]


@dataclass(eq=False)
class _Request:
    lightness: Floats  # (1, H, W, 1)
    temperature: float | None
    ab: Floats | None = None  # (1, h, w, 2), the answer
    error: ColorcliError | None = None  # or why there is none

    @property
    def kind(self) -> tuple[object, ...]:
        """Only requests of a kind can share a call."""
        return (*self.lightness.shape, self.temperature)

    @property
    def answered(self) -> bool:
        return self.ab is not None or self.error is not None


class Grouping:
    """Calls a network for many threads; what waits while a call runs shares the next one.

    Nobody waits for a group to fill: whoever has its turn takes along those of its size that wait.
    """

    def __init__(self, predict: Predict, size: int) -> None:
        self.size = size  # photographs in one call at most; halved when memory runs out
        self._predict = predict
        self._waiting: list[_Request] = []
        self._guard = Lock()  # of the list
        self._turn = Lock()  # of the network

    def predict(self, lightness: Floats, temperature: float | None = None) -> Floats:
        """ab (1, h, w, 2) of L (1, H, W, 1)."""
        request = _Request(lightness, temperature)
        with self._guard:
            self._waiting.append(request)
        with self._turn:
            if not request.answered:
                self._answer(self._group(request))
        if request.ab is None:
            assert request.error is not None  # one of the two there is
            raise request.error
        return request.ab

    @property
    def waiting(self) -> int:
        """Photographs whose turn has not come."""
        return len(self._waiting)

    def _group(self, first: _Request) -> list[_Request]:
        """`first` and those of its kind that wait, as many as go into one call."""
        with self._guard:
            others = [one for one in self._waiting if one is not first and one.kind == first.kind]
            group = [first, *others[: self.size - 1]]
            self._waiting = [one for one in self._waiting if one not in group]
        return group

    def _answer(self, group: list[_Request]) -> None:
        try:
            stack = np.concatenate([one.lightness for one in group])
            answers = self._predict(stack, group[0].temperature)
        except OutOfMemoryError as error:
            if len(group) == 1:
                group[0].error = error
                return
            half = len(group) // 2
            self.size = min(self.size, half)
            self._answer(group[:half])
            self._answer(group[half:])
        except ColorcliError as error:
            for one in group:
                one.error = error
        else:
            for index, one in enumerate(group):
                one.ab = answers[index : index + 1]


def best_size(predict: Predict, render_size: int) -> int:
    """How many photographs a call should take, by a short trial: the smallest number near the best."""
    size, rate = 1, 0.0
    for trial in (1 << power for power in range(LARGEST.bit_length())):
        lightness = np.full((trial, render_size, render_size, 1), 50, np.float32)
        try:
            predict(lightness, None)  # the first call of a size sets things up
            started = time.perf_counter()
            predict(lightness, None)
        except OutOfMemoryError:
            break
        new = trial / (time.perf_counter() - started)
        if new < rate * ENOUGH:
            break
        size, rate = trial, new
    return size
