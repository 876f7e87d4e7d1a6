"""What `fit` gets in a run: crops, or kept features where a part of the network is frozen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import keras
from keras import KerasTensor, ops

from colorcli.training.colorization import Colorization
from colorcli.training.config import TrainConfig
from colorcli.training.data.batches import Batches
from colorcli.training.data.cache import L_SCALE
from colorcli.training.data.photographs import Photographs
from colorcli.training.devices import Devices
from colorcli.training.features.batches import FeatureBatches, open_features
from colorcli.training.features.quantized import Scale
from colorcli.training.features.split_network import split_network


@dataclass(frozen=True)
class TrainingInput:
    """The model that `fit` trains, and its batches."""

    learner: Colorization
    batches: Callable[..., Batches | FeatureBatches]  # epoch and first batch to those of an epoch


@contextmanager
def open_training_input(
    learner: Colorization, photographs: Photographs, config: TrainConfig, devices: Devices
) -> Iterator[TrainingInput]:
    """Features where a part of the encoder is frozen, else crops."""
    crops = partial(Batches, photographs, config, portion=devices.portion)
    split = None
    if config.features and devices.portion.of == 1:
        split = split_network(learner.network, learner.encoder, config.network.encoder)
    if split is None:
        yield TrainingInput(learner, crops)
        return
    with open_features(split.prefix, photographs, config) as features:
        with devices.scope():
            trained = TrainedPart(learner, split.rest, features.scales)
        yield TrainingInput(trained, lambda epoch, first=0: FeatureBatches(crops(epoch, first), features))


class TrainedPart(Colorization):
    """What is behind the frozen layers; weights, loss and optimizer are those of the whole."""

    def __init__(self, whole: Colorization, rest: keras.Model, scales: list[Scale]) -> None:
        super().__init__(whole.network, whole.objective)
        self.replicas, self.scales = whole.replicas, scales
        self.rest = rest  # after the network, so that its weights keep their order
        self.built = True
        self.compile(optimizer=whole.optimizer, jit_compile=whole.jit_compile)

    def call(self, codes: tuple[KerasTensor, ...], training: bool = False) -> KerasTensor:
        """Raw numbers of L and maps, both as codes."""
        maps = [scale.unpack(code) for scale, code in zip(self.scales, codes[1:], strict=True)]
        return self.rest([_lightness(codes[0]), *maps], training=training)

    def compute_loss(
        self,
        x: tuple[KerasTensor, ...],
        y: KerasTensor,
        y_pred: KerasTensor,
        sample_weight: KerasTensor | None = None,
        training: bool = True,
    ) -> KerasTensor:
        return super().compute_loss(_lightness(x[0]), y, y_pred)


def _lightness(codes: KerasTensor) -> KerasTensor:
    return ops.cast(codes, "float32") / L_SCALE
