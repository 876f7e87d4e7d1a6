"""A critic learns to tell true colour from ours, and the generator to pass: vivid where a mean is dull.

The generator speaks as `network.decoder` says, so that this can be a short stage after any other objective.
The critic judges patches of 34 x 34 output pixels of (L, ab). One sum is minimised by one optimizer; each of
its parts reaches only whom it should: the generator is judged by a critic whose weights are constants, the
critic learns from colours that are constants."""

import keras
from keras import KerasTensor, layers, ops

from colorcli.errors import UsageError
from colorcli.training import objectives
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder, lower_maps
from colorcli.training.network.layers import scaled
from colorcli.training.network.perception import feature_distance
from colorcli.training.objectives import Objective, shrink

CRITIC = ((64, 2), (128, 2), (256, 1))  # channels and stride
SLOPE = 0.2  # of LeakyReLU below zero
UNIT = 10.0  # ab units of L1 distance that count as 1


class Adversarial(Objective):
    """L1 distance, the critic's verdict (least squares), and the distance of encoder features."""

    maps_of = staticmethod(lower_maps)

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__(name="gan", dtype="float32")
        self.decoder = objectives.build(network.decoder, network)
        self.channels, self.temperature = self.decoder.channels, self.decoder.temperature
        self.adversarial, self.feature = network.adversarial, network.feature
        self.critic = build_critic(network.width)
        if network.feature:
            self.encoder = lower_maps(build_encoder(network.encoder))
            self.encoder.trainable = False

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth, ab, grey = shrink(truth, raw), self.decode(raw), shrink(lightness, raw)
        loss = ops.mean(ops.abs(ab - truth)) / UNIT
        loss += self.adversarial * ops.mean((self._fixed_verdict(grey, ab) - 1) ** 2)
        if self.encoder is not None:
            loss += self.feature * feature_distance(self.encoder, lightness, ab, truth)
        return loss + self._critic_loss(grey, truth, ops.stop_gradient(ab))

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        return self.decoder.decode(raw, temperature)

    def _critic_loss(self, grey: KerasTensor, truth: KerasTensor, ab: KerasTensor) -> KerasTensor:
        """Zero for a critic that says 1 to the truth and 0 to ours."""
        right = self.critic(_normalised(grey, truth))
        wrong = self.critic(_normalised(grey, ab))
        return (ops.mean((right - 1) ** 2) + ops.mean(wrong**2)) / 2

    def _fixed_verdict(self, grey: KerasTensor, ab: KerasTensor) -> KerasTensor:
        """The critic's verdict (N, h', w', 1), from which the critic itself learns nothing."""
        weights = [ops.stop_gradient(variable.value) for variable in self.critic.trainable_variables]
        return self.critic.stateless_call(weights, [], _normalised(grey, ab))[0]


def build_critic(width: float) -> keras.Model:
    """PatchGAN without normalisation: Lab (N, h, w, 3), about -1..1, to verdicts (N, ~h/4, ~w/4, 1)."""
    features = image = keras.Input((None, None, 3))
    for wide, strides in CRITIC:
        features = layers.Conv2D(scaled(wide, width), 4, strides, padding="same")(features)
        features = layers.LeakyReLU(SLOPE)(features)
    return keras.Model(image, layers.Conv2D(1, 4, padding="same", dtype="float32")(features), name="critic")


def _normalised(grey: KerasTensor, ab: KerasTensor) -> KerasTensor:
    return ops.concatenate([grey / 50 - 1, ab / 64], axis=-1)


def build(network: NetworkConfig) -> Objective:
    """The adversarial objective around the configured decoder."""
    if network.decoder == "gan":
        raise UsageError("the generator of gan cannot speak gan", "Give the objective that it had before.")
    if network.feature and network.encoder == "none":
        raise UsageError(
            "a feature loss needs an encoder to look through",
            "Give --encoder, or leave the feature loss out.",
        )
    return Adversarial(network)
