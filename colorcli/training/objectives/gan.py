"""A critic learns to tell true colour from ours, and the generator to pass: vivid where a mean is dull.

The generator answers as `network.decoder` says. The critic sees patches of 34 x 34 output pixels (L, ab)."""

import keras
from keras import KerasTensor, layers, ops

from colorcli.errors import UsageError
from colorcli.training import objectives
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder, lower_maps
from colorcli.training.network.layers import leaky_relu, scaled
from colorcli.training.network.perception import feature_distance
from colorcli.training.objectives import AdversarialObjective, Objective, distance_l1, shrink

CRITIC = ((64, 2), (128, 2), (256, 1))  # channels and stride


class Gan(AdversarialObjective):
    """L1 distance, the critic's verdict (least squares), and the distance of encoder features."""

    maps_of = staticmethod(lower_maps)

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__("gan", objectives.build(network.decoder, network))
        self.adversarial, self.feature_weight = network.adversarial, network.feature_weight
        self.critic = build_critic(network.width)
        if network.feature_weight:
            self.encoder = lower_maps(build_encoder(network.encoder))
            self.encoder.trainable = False

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth, ab, grey = shrink(truth, raw), self.decode(raw), shrink(lightness, raw)
        loss = distance_l1(ab, truth)
        loss += self.adversarial * ops.mean((self.fixed_verdict(_normalised(grey, ab)) - 1) ** 2)
        if self.encoder is not None:
            loss += self.feature_weight * feature_distance(self.encoder, lightness, ab, truth)
        return loss + self._critic_loss(grey, truth, ops.stop_gradient(ab))

    def _critic_loss(self, grey: KerasTensor, truth: KerasTensor, ab: KerasTensor) -> KerasTensor:
        """Zero for a critic that says 1 to the truth and 0 to ours."""
        right = self.critic(_normalised(grey, truth))
        wrong = self.critic(_normalised(grey, ab))
        return (ops.mean((right - 1) ** 2) + ops.mean(wrong**2)) / 2


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
