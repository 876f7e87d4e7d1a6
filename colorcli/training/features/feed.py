"""What a run is fed with: crops, or features where a part of the network is frozen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import keras
from keras import KerasTensor, ops

from colorcli.training.cache import L_SCALE
from colorcli.training.colorization import Colorization
from colorcli.training.config import TrainConfig
from colorcli.training.dataset import Batches, Photographs
from colorcli.training.features.batches import FeatureBatches, open_features
from colorcli.training.features.codes import Scale
from colorcli.training.features.divided import divide
from colorcli.training.machine import Machine


@dataclass(frozen=True)
class Feed:
    """Who learns, and from what."""

    learner: Colorization
    batches: Callable[..., Batches | FeatureBatches]  # epoch and first batch to those of an epoch


@contextmanager
def open_feed(
    learner: Colorization, photographs: Photographs, config: TrainConfig, machine: Machine
) -> Iterator[Feed]:
    """The feed of a run: features where a part of the encoder is frozen, else crops."""
    crops = partial(Batches, photographs, config, portion=machine.portion)
    divided = None
    if config.features and machine.portion.of == 1:
        divided = divide(learner.network, learner.encoder, config.network.encoder)
    if divided is None:
        yield Feed(learner, crops)
        return
    with open_features(divided.prefix, photographs, config) as features:
        with machine.scope():
            remainder = Remainder(learner, divided.rest, features.scales)
        yield Feed(remainder, lambda epoch, first=0: FeatureBatches(crops(epoch, first), features))


class Remainder(Colorization):
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
