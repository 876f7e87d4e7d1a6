"""Adam with what training here needs: a slower rate for a pretrained encoder, and averages kept apart."""

import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras
from keras import KerasTensor, ops

from colorcli.training.config import TrainConfig
from colorcli.training.network.layers import ema_momentum

BETA_2 = 0.99  # of the squared gradients: as the statistics of batches move, old ones mislead


class Adam(keras.optimizers.Adam):
    """Adam with a rate for each part, all on one schedule: an encoder's, a critic's, and everybody else's."""

    def __init__(
        self,
        config: TrainConfig,
        encoder: Iterable[keras.Variable] = (),
        critic: Iterable[keras.Variable] = (),
        beta_1: float = 0.9,
    ) -> None:
        super().__init__(
            learning_rate=config.learning_rate,
            beta_1=beta_1,
            beta_2=BETA_2,
            global_clipnorm=config.clip or None,
            use_ema=config.ema > 0,
            ema_momentum=config.ema or 0.99,
        )
        unit = config.learning_rate or 1.0
        self.critic = {id(variable) for variable in critic}
        self.critic_first = config.critic_first
        self.shares_of = {id(variable): config.encoder_rate / unit for variable in encoder}
        self.shares_of |= dict.fromkeys(self.critic, config.critic_rate / unit)

    def build(self, variables: list[keras.Variable]) -> None:
        self.shares = [self.shares_of.get(id(variable), 1.0) for variable in variables]
        self.waits = [bool(self.critic_first) and id(variable) not in self.critic for variable in variables]
        super().build(variables)

    def update_step(
        self, gradient: KerasTensor, variable: keras.Variable, learning_rate: KerasTensor
    ) -> None:
        index = self._get_variable_index(variable)  # TensorFlow hands over its own variable, not Keras's
        rate = learning_rate * self.shares[index]
        if self.waits[index]:
            rate *= ops.cast(self.iterations >= self.critic_first, "float32")
        super().update_step(gradient, variable, rate)

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
