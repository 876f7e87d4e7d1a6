"""Colour classes made livelier by a critic that looks at the coloured picture through a pretrained network.

The picture is seen at half size by a frozen encoder; small heads on its maps learn to tell true colour from
ours (hinge loss), and the same maps say how far our picture is from the true one (feature matching), which
keeps the critic's wishes sane. The classes and an L1 distance hold the colour where it was. As in `gan`, one
sum is minimised by one optimizer, and each of its parts reaches only whom it should.
"""

from collections.abc import Sequence

import keras
from keras import KerasTensor, layers, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder, critic_maps
from colorcli.training.network.layers import SpectralConv
from colorcli.training.network.perception import distance_of_maps, painted
from colorcli.training.objectives import Objective, shrink
from colorcli.training.objectives.classification import Classification

WIDE = 96  # channels of a head
SLOPE = 0.2  # of LeakyReLU below zero
UNIT = 10.0  # ab units of L1 distance that count as 1
SMALLER = 2  # times: the picture that is looked at


class Critic(Objective):
    """Class loss, L1 distance, feature matching, and the verdict of a critic that learns beside."""

    beta_1 = 0.5  # a critic moves: what gradients were ten steps ago misleads
    maps_of = staticmethod(critic_maps)

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__(name="critic", dtype="float32")
        self.decoder = Classification(network)
        self.channels, self.temperature = self.decoder.channels, self.decoder.temperature
        self.weights_of = (network.classes, network.decoded, network.feature, network.adversarial)
        self.encoder = critic_maps(build_encoder(network.encoder))
        self.encoder.trainable = False
        self.critic = build_critic([output.shape[-1] for output in self.encoder.outputs])

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth, ab = shrink(truth, raw), self.decode(raw)
        small = ops.average_pool(lightness, SMALLER, SMALLER, padding="same")
        wanted, found = self.maps(small, truth), self.maps(small, ab)
        terms = (
            self.decoder.loss(lightness, truth, raw),
            ops.mean(ops.abs(ab - truth)) / UNIT,
            distance_of_maps(found, wanted),
            -ops.mean(self._fixed_verdict(found, wanted)),
        )
        ours = sum(weight * term for weight, term in zip(self.weights_of, terms, strict=True))
        return ours + self._critic_loss(wanted, [ops.stop_gradient(seen) for seen in found])

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        return self.decoder.decode(raw, temperature)

    def maps(self, lightness: KerasTensor, ab: KerasTensor) -> list[KerasTensor]:
        """What the encoder sees in the picture of L (N, H, W, 1) with ab (N, h, w, 2)."""
        maps: list[KerasTensor] = self.encoder(painted(lightness, ab), training=False)
        return [ops.cast(seen, "float32") for seen in maps]

    def _critic_loss(self, wanted: list[KerasTensor], found: list[KerasTensor]) -> KerasTensor:
        """Zero for a critic that says more than 1 to the truth and less than -1 to ours."""
        right, wrong = self.critic(levelled(wanted, wanted)), self.critic(levelled(found, wanted))
        return ops.mean(ops.relu(1 - right)) + ops.mean(ops.relu(1 + wrong))

    def _fixed_verdict(self, found: list[KerasTensor], wanted: list[KerasTensor]) -> KerasTensor:
        """The critic's verdict (N, places), from which the critic itself learns nothing."""
        weights = [ops.stop_gradient(variable.value) for variable in self.critic.trainable_variables]
        return self.critic.stateless_call(weights, [], levelled(found, wanted))[0]


def build_critic(channels: Sequence[int]) -> keras.Model:
    """A head a map (N, h, w, channels); their verdicts side by side (N, places)."""
    maps = [keras.Input((None, None, count)) for count in channels]
    verdicts = []
    for features in maps:
        for wide, kernel in ((WIDE, 1), (WIDE, 3)):
            features = layers.LeakyReLU(SLOPE)(SpectralConv(wide, kernel)(features))
        verdicts.append(layers.Reshape((-1,))(SpectralConv(1, 1, use_bias=False)(features)))
    return keras.Model(maps, layers.Concatenate(dtype="float32")(verdicts), name="critic")


def levelled(maps: list[KerasTensor], measure: list[KerasTensor]) -> list[KerasTensor]:
    """Each channel about as large as any other: divided by its size in the maps of the truth."""
    sizes = [ops.sqrt(ops.mean(ops.square(seen), axis=(0, 1, 2), keepdims=True)) + 1e-3 for seen in measure]
    return [seen / size for seen, size in zip(maps, sizes, strict=True)]


def build(network: NetworkConfig) -> Objective:
    """The critic around the classes of the network's palette."""
    if network.encoder == "none":
        raise UsageError("a critic needs an encoder to look through", "Give --encoder.")
    return Critic(network)
