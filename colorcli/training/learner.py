"""The model of a run: built and compiled from its configuration, and given its first weights."""

import keras

from colorcli.training.colorization import Colorization, build
from colorcli.training.config import TrainConfig
from colorcli.training.devices import Devices, set_precision
from colorcli.training.network.encoders import unfreeze
from colorcli.training.optimizer import Adam
from colorcli.training.start import check_designs, design_of, load_start


def build_learner(config: TrainConfig, devices: Devices) -> Colorization:
    """The model with random weights, its optimizer's state in place."""
    set_precision(config.precision)
    keras.utils.set_random_seed(config.seed)
    with devices.scope():
        learner = build(config.network)
        learner.replicas = devices.replicas
        encoder, pretrained = learner.encoder, config.pretrained
        if encoder is not None:
            unfreeze(encoder, config.unfreeze, pretrained)
        slow = encoder.trainable_variables if encoder is not None and pretrained else ()
        critic = learner.objective.critic
        optimizer = Adam(
            config, slow, critic.trainable_variables if critic is not None else (), learner.objective.beta_1
        )
        # XLA makes TensorFlow slower here; JAX is nothing without it.
        learner.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
        optimizer.build(learner.trainable_variables)
    return learner


def give_first_weights(learner: Colorization, config: TrainConfig) -> None:
    """All of those to start from, or the encoder's alone."""
    if not config.start:
        learner.load_encoder(config.network.encoder, config.encoder_weights)
    else:
        check_designs(config.network, design_of(config.start), config.start)
        load_start(config.start, learner)
    learner.load_critic_encoder(config.network.encoder, config.critic_weights or config.encoder_weights)
