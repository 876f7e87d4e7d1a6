"""A critic learns to tell true colour from ours, and the generator to pass: vivid where a mean is dull.

The generator answers as `network.decoder` says. The critic sees patches of 34 x 34 output pixels (L, ab)."""

import keras
from keras import KerasTensor, layers, ops

from colorcli.errors import UsageError
from colorcli.training import objectives
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import lower_maps
from colorcli.training.network.layers import leaky_relu, scaled
from colorcli.training.network.perception import feature_distance
from colorcli.training.objectives import (
    LEAST_SQUARES,
    AdversarialObjective,
    Objective,
    distance_l1,
    shrink,
)

CRITIC = ((64, 2), (128, 2), (256, 1))  # channels and stride


class Gan(AdversarialObjective):
    """L1 distance, the critic's verdict (least squares), and the distance of encoder features."""

    game = LEAST_SQUARES
    maps_of = staticmethod(lower_maps)

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__("gan", objectives.build(network.decoder, network), network)
        self.critic = build_critic(network.width)
        if network.feature_weight:
            self.look_through(network.encoder)

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth, ab, grey = shrink(truth, raw), self.decode(raw), shrink(lightness, raw)
        ours, critics = self.play(_normalised(grey, truth), _normalised(grey, ab))
        loss = distance_l1(ab, truth) + self.adversarial * ours
        if self.encoder is not None:
            loss += self.feature_weight * feature_distance(self.encoder, lightness, ab, truth)
        return loss + critics


def build_critic(width: float) -> keras.Model:
    """PatchGAN without normalisation: Lab (N, h, w, 3), about -1..1, to verdicts (N, ~h/4, ~w/4, 1)."""
    features = image = keras.Input((None, None, 3))
    for wide, strides in CRITIC:
        features = layers.Conv2D(scaled(wide, width), 4, strides, padding="same")(features)
        features = leaky_relu(features)
    return keras.Model(image, layers.Conv2D(1, 4, padding="same", dtype="float32")(features), name="critic")


def _normalised(grey: KerasTensor, ab: KerasTensor) -> KerasTensor:
    return ops.concatenate([grey / 50 - 1, ab / 64], axis=-1)


def build(network: NetworkConfig) -> Objective:
    """The adversarial objective around the configured decoder."""
    if network.decoder == "gan":
        raise UsageError("the generator of gan cannot speak gan", "Give the objective that it had before.")
    if network.feature_weight and network.encoder == "none":
        raise UsageError(
            "a feature loss needs an encoder to look through",
            "Give --encoder, or leave the feature loss out.",
        )
    return Gan(network)
