"""A network and its objective as the one Keras model that `fit` trains."""

import keras
from keras import KerasTensor

from colorcli.training import architectures, objectives
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import (
    build_encoder,
    grey_image,
    load_encoder_weights,
)
from colorcli.training.network.layers import measure_statistics
from colorcli.training.objectives import Objective


class Colorization(keras.Model):
    """L (N, H, W, 1) in, the network's raw numbers out; the loss is the objective's."""

    replicas = 1  # that share a batch: `fit` adds their losses up

    def __init__(self, network: keras.Model, objective: Objective) -> None:
        super().__init__(name="colorization", dtype="float32")  # bfloat16 would round L
        self.network = network
        self.objective = objective

    def build(self, lightness_shape: tuple[int | None, ...]) -> None:
        """Both parts come built; said so, lest JAX's `fit` tries to build them on shapes of its own."""
        self.objective.built = True

    def call(self, lightness: KerasTensor, training: bool = False) -> KerasTensor:
        return self.network(lightness, training=training)

    def compute_loss(
        self,
        x: KerasTensor,
        y: KerasTensor,
        y_pred: KerasTensor,
        sample_weight: KerasTensor | None = None,
        training: bool = True,
    ) -> KerasTensor:
        return self.objective.loss(x, y, y_pred) / self.replicas

    @property
    def encoder(self) -> keras.Model | None:
        """The network's pretrained part, if its design has one."""
        return next((layer for layer in self.network.layers if layer.name == "encoder"), None)

    def load_encoder(self, name: str, weights: str) -> None:
        """Put pretrained weights into the network's encoder, if it has one."""
        if self.encoder is not None:
            load_encoder_weights(self.encoder, name, weights)

    def load_critic_encoder(self, name: str, weights: str) -> None:
        """Put pretrained weights into what the objective looks through, if it does."""
        if self.objective.encoder is not None:
            whole = build_encoder(name)
            load_encoder_weights(whole, name, weights)
            self.objective.encoder.set_weights(self.objective.maps_of(whole).get_weights())

    def measure_statistics(self, lightness: KerasTensor, decoder: bool) -> None:
        """Of L (N, H, W, 1), where what will learn has learnt before: the encoder, perhaps the rest."""
        if self.encoder is not None:
            measure_statistics(self.encoder, grey_image(lightness))
        if decoder:
            measure_statistics(self.network, lightness)

    def colour(self, lightness: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        """ab (N, h, w, 2) of L (N, H, W, 1)."""
        return self.objective.decode(self.network(lightness, training=False), temperature)


def build(network: NetworkConfig) -> Colorization:
    """The model that a configuration describes, with fresh weights."""
    objective = objectives.build(network.objective, network)
    design = architectures.get(network.architecture)
    model = Colorization(design.build(network, objective.channels), objective)
    model.build((None, None, None, 1))
    return model
