"""What is minimised, and how a network's numbers become colour: a file here is the registration.

A file holds `build(network)`, which returns an `Objective`."""

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import KerasTensor, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder
from colorcli.training.registry import names_in

L1_UNIT = 10.0  # ab units of distance that count as 1


class Objective(keras.layers.Layer):
    """Base of all objectives; a layer, so that one with weights of its own trains them too."""

    channels: int  # that the network's head must emit for a pixel
    temperature: float | None = None  # the default, where decoding has one
    beta_1 = 0.9  # of Adam: how long gradients are averaged
    encoder: Any = None  # a pretrained part that the loss looks through, never exported
    critic: Any = None  # a model that learns to tell the truth from ours, likewise

    @staticmethod
    def maps_of(encoder: keras.Model) -> keras.Model:
        """What the loss looks at of a whole pretrained encoder, where it looks through one."""
        raise NotImplementedError

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        """A scalar from L (N, H, W, 1), true ab (N, H, W, 2) and the network's output (N, h, w, channels)."""
        raise NotImplementedError

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        """The network's output to ab (N, h, w, 2) in CIE units."""
        raise NotImplementedError


class Game(NamedTuple):
    """What the numbers cost that a critic gives to colourings, high where it takes one for the truth."""

    ours: Callable[[KerasTensor], KerasTensor]  # whoever made the colouring: its verdict
    critics: Callable[[KerasTensor, KerasTensor], KerasTensor]  # the critic: its verdicts on truth and ours


LEAST_SQUARES = Game(
    lambda ours: ops.mean((ours - 1) ** 2),
    lambda truth, ours: (ops.mean((truth - 1) ** 2) + ops.mean(ours**2)) / 2,
)
HINGE = Game(
    lambda ours: -ops.mean(ours),
    lambda truth, ours: ops.mean(ops.relu(1 - truth)) + ops.mean(ops.relu(1 + ours)),
)


class AdversarialObjective(Objective):
    """Base of objectives with a critic, a model that learns to tell true colour from ours.

    Colour is decoded as another objective does: this can be a short stage after that one.
    """

    game: Game

    def __init__(self, name: str, decoder: Objective, network: NetworkConfig) -> None:
        super().__init__(name=name, dtype="float32")
        self.decoder = decoder
        self.channels, self.temperature = decoder.channels, decoder.temperature
        self.adversarial, self.feature_weight = network.adversarial, network.feature_weight

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        return self.decoder.decode(raw, temperature)

    def look_through(self, encoder: str) -> None:
        """Take the maps of this pretrained encoder, as constant as the truth."""
        self.encoder = self.maps_of(build_encoder(encoder))
        self.encoder.trainable = False

    def play(self, truth: Any, ours: Any) -> tuple[KerasTensor, KerasTensor]:
        """What the network loses, and what the critic, by what that one sees of the truth and of ours.

        One optimizer minimises one sum, whose parts are kept apart: the network learns from a critic of
        constant weights, the critic from constant colours.
        """
        weights = [ops.stop_gradient(variable.value) for variable in self.critic.trainable_variables]
        verdict = self.critic.stateless_call(weights, [], ours)[0]
        fixed = keras.tree.map_structure(ops.stop_gradient, ours)
        return self.game.ours(verdict), self.game.critics(self.critic(truth), self.critic(fixed))


def distance_l1(ab: KerasTensor, truth: KerasTensor) -> KerasTensor:
    """The mean distance of a and b from the truth, in tens of ab units."""
    return ops.mean(ops.abs(ab - truth)) / L1_UNIT


def shrink(image: KerasTensor, raw: KerasTensor) -> KerasTensor:
    """An image (N, H, W, C) averaged down to the size of the network's output (N, h, w, channels)."""
    stride = stride_of(image, raw)
    return ops.average_pool(image, stride, stride, padding="same") if stride > 1 else image


def stride_of(image: KerasTensor, raw: KerasTensor) -> int:
    """How many pixels of the image, each way, a pixel of the network's output stands for."""
    stride: int = -(-image.shape[1] // raw.shape[1])
    return stride


def names() -> list[str]:
    """All objectives, sorted."""
    return names_in(__name__)


def build(name: str, network: NetworkConfig) -> Objective:
    """The objective of that name for this network."""
    if name not in names():
        raise UsageError(f"there is no objective {name}", f"There are {', '.join(names())}.")
    objective: Objective = importlib.import_module(f"{__name__}.{name}").build(network)
    return objective
