"""Adam with what training here needs: a slower rate for a pretrained encoder, and averages kept apart."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
from keras import KerasTensor, ops

from colorcli.training.config import TrainConfig
from colorcli.training.layers import ema_momentum

BETA_2 = 0.99  # of the squared gradients: as the statistics of batches move, old ones mislead


class Adam(keras.optimizers.Adam):
    """Adam whose `slow` variables have a rate of their own, `config.encoder_rate`, on the same schedule."""

    def __init__(self, config: TrainConfig, slow: Iterable[keras.Variable]) -> None:
        super().__init__(
            learning_rate=config.learning_rate,
            beta_2=BETA_2,
            global_clipnorm=config.clip or None,
            use_ema=config.ema > 0,
            ema_momentum=config.ema or 0.99,
        )
        self.slow = {id(variable) for variable in slow}
        self.slow_rate = config.encoder_rate / config.learning_rate if config.learning_rate else 1.0

    def build(self, variables: list[keras.Variable]) -> None:
        self.factors = [self.slow_rate if id(variable) in self.slow else 1.0 for variable in variables]
        super().build(variables)

    def update_step(
        self, gradient: KerasTensor, variable: keras.Variable, learning_rate: KerasTensor
    ) -> None:
        factor = self.factors[self._get_variable_index(variable)]
        super().update_step(gradient, variable, learning_rate * factor)

    def _update_model_variables_moving_average(self, trainable_variables: list[keras.Variable]) -> None:
        """As Keras does, but a young average forgets faster."""
        momentum = ema_momentum(ops.cast(self.iterations, "float32"), self.ema_momentum)
        for variable, average in zip(trainable_variables, self._averages, strict=True):
            average.assign(momentum * average + (1 - momentum) * variable)

    def finalize_variable_values(self, var_list: list[keras.Variable]) -> None:
        """Nothing: `fit` would put the averages in place of the weights; `averages` does, for a while."""

    @contextmanager
    def averages(self) -> Iterator[None]:
        """Within the block the trained variables hold their moving averages."""
        if not self.use_ema:
            yield
            return
        variables = self._trainable_variables
        learned = [ops.convert_to_numpy(variable) for variable in variables]
        _fill(variables, [ops.convert_to_numpy(average) for average in self._averages])
        try:
            yield
        finally:
            _fill(variables, learned)

    @property
    def _averages(self) -> list[keras.Variable]:
        averages: list[keras.Variable] = self._model_variables_moving_average
        return averages


def _fill(variables: list[keras.Variable], values: list[KerasTensor]) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


@dataclass(frozen=True)
class Schedule:
    """Linear warm-up by steps, then a cosine to zero over the share of the run that is done."""

    peak: float
    warmup: int

    def rate(self, step: int, share: float) -> float:
        """The learning rate of a step, when `share` (0..1) of the run lies behind."""
        warm = min(1.0, (step + 1) / max(1, self.warmup))
        return self.peak * warm * (1 + math.cos(math.pi * min(1.0, share))) / 2
