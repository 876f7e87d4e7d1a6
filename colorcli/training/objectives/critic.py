"""Colour classes made livelier by a critic that looks at the coloured picture through a pretrained network.

The picture is seen at half size by a frozen encoder; small heads on its maps learn to tell true colour from
ours (hinge loss), and the same maps say how far our picture is from the true one (feature matching), which
keeps the critic's wishes sane. The classes and an L1 distance hold the colour where it was.
"""

from collections.abc import Sequence

import keras
from keras import KerasTensor, layers, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import critic_maps
from colorcli.training.network.layers import SpectralConv, leaky_relu
from colorcli.training.network.perception import distance_of_maps, painted
from colorcli.training.objectives import HINGE, AdversarialObjective, Objective, distance_l1, shrink
from colorcli.training.objectives.classification import Classification

WIDE = 96  # channels of a head
SMALLER = 2  # times: the picture that is looked at


class Critic(AdversarialObjective):
    """Class loss, L1 distance, feature matching, and the verdict of a critic that learns beside."""

    game = HINGE
    beta_1 = 0.5  # a critic moves: what gradients were ten steps ago misleads
    maps_of = staticmethod(critic_maps)

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__("critic", Classification(network), network)
        self.classes, self.decoded = network.classes, network.decoded
        self.look_through(network.encoder)
        self.critic = build_critic([output.shape[-1] for output in self.encoder.outputs])

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth, ab = shrink(truth, raw), self.decode(raw)
        small = ops.average_pool(lightness, SMALLER, SMALLER, padding="same")
        wanted, found = self.maps(small, truth), self.maps(small, ab)
        ours, critics = self.play(levelled(wanted, wanted), levelled(found, wanted))
        return (
            self.classes * self.decoder.surprise(truth, raw)
            + self.decoded * distance_l1(ab, truth)
            + self.feature_weight * distance_of_maps(found, wanted)
            + self.adversarial * ours
            + critics
        )

    def maps(self, lightness: KerasTensor, ab: KerasTensor) -> list[KerasTensor]:
        """What the encoder sees in the picture of L (N, H, W, 1) with ab (N, h, w, 2)."""
        maps: list[KerasTensor] = self.encoder(painted(lightness, ab), training=False)
        return [ops.cast(seen, "float32") for seen in maps]


def build_critic(channels: Sequence[int]) -> keras.Model:
    """A head a map (N, h, w, channels); their verdicts side by side (N, places)."""
    maps = [keras.Input((None, None, count)) for count in channels]
    verdicts = []
    for features in maps:
        for wide, kernel in ((WIDE, 1), (WIDE, 3)):
            features = leaky_relu(SpectralConv(wide, kernel)(features))
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
