"""Colour as two numbers, straight: tanh of the network's output is ab / 128."""

import keras
from keras import KerasTensor, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.objectives import Objective, shrink

RANGE = 128.0  # ab units at tanh = 1
BEND = 0.1  # of ab / 128: below it Huber's loss is quadratic, above it linear

LOSSES: dict[str, keras.losses.Loss] = {
    "huber": keras.losses.Huber(delta=BEND),
    "l1": keras.losses.MeanAbsoluteError(),
    "mse": keras.losses.MeanSquaredError(),
}


class Regression(Objective):
    """The distance of ab / 128 from the truth."""

    channels = 2

    def __init__(self, distance: keras.losses.Loss) -> None:
        super().__init__(name="regression", dtype="float32")
        self.distance = distance

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        # `call`, since a Keras loss called by itself divides by the number of devices, as we do later.
        return ops.mean(self.distance.call(shrink(truth, raw) / RANGE, ops.tanh(raw)))

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        return RANGE * ops.tanh(raw)


def build(network: NetworkConfig) -> Objective:
    """Regression with the configured distance."""
    if network.loss not in LOSSES:
        raise UsageError(f"regression has no loss {network.loss}", f"There are {', '.join(LOSSES)}.")
    return Regression(LOSSES[network.loss])
