"""Adam with what training here needs: a slower rate for a pretrained encoder, and averaged weights kept apart."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
from keras import KerasTensor, ops

from colorcli.training.config import TrainConfig


class Adam(keras.optimizers.Adam):
    """Adam whose `slow` variables (by path) learn at `slow_rate` of the rate."""

    def __init__(self, config: TrainConfig, slow: set[str]) -> None:
        super().__init__(
            learning_rate=config.learning_rate,
            global_clipnorm=config.clip or None,
            use_ema=config.ema > 0,
            ema_momentum=config.ema or 0.99,
        )
        self.slow, self.slow_rate = slow, config.encoder_rate

    def build(self, variables: list[keras.Variable]) -> None:
        self.factors = [self.slow_rate if variable.path in self.slow else 1.0 for variable in variables]
        super().build(variables)

    def update_step(self, gradient: KerasTensor, variable: keras.Variable, learning_rate: KerasTensor) -> None:
        factor = self.factors[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def finalize_variable_values(self, var_list: list[keras.Variable]) -> None:
        """`fit` would put the averages in place of the weights here; we do that ourselves, and for a while only."""

    @contextmanager
    def averages(self, variables: list[keras.Variable]) -> Iterator[None]:
        """Within the block the variables hold their moving averages."""
        if not self.use_ema:
            yield
            return
        learned = [ops.convert_to_numpy(variable) for variable in variables]
        for variable, average in zip(variables, self._model_variables_moving_average, strict=True):
            variable.assign(average)
        try:
            yield
        finally:
            for variable, value in zip(variables, learned, strict=True):
                variable.assign(value)


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up by steps, then a cosine to zero over the share of the run that is done."""

    peak: float
    warmup: int

    def rate(self, step: int, share: float) -> float:
        """The learning rate of a step, when `share` (0..1) of the run lies behind."""
        return self.peak * min(1.0, (step + 1) / max(1, self.warmup)) * (1 + math.cos(math.pi * min(1, share))) / 2
