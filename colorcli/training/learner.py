"""The model of a run: built and compiled from its configuration, and given its first weights."""

from pathlib import Path

import keras

from colorcli.errors import UsageError
from colorcli.training.checkpoint import load_weights
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.encoders import unfreeze
from colorcli.training.machine import Machine
from colorcli.training.optimizer import Adam
from colorcli.training.precision import set_precision


def build_learner(config: TrainConfig, machine: Machine) -> Colorization:
    """The model with random weights, its optimizer's state in place."""
    set_precision(config.precision)
    keras.utils.set_random_seed(config.seed)
    with machine.scope():
        learner = build(config.network)
        learner.replicas = machine.replicas
        encoder, pretrained = learner.encoder, config.encoder_weights != "none"
        if encoder is not None:
            unfreeze(encoder, config.unfreeze, pretrained)
        slow = encoder.trainable_variables if encoder is not None and pretrained else ()
        optimizer = Adam(config, slow)
        # XLA makes TensorFlow slower here; JAX is nothing without it.
        learner.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
        optimizer.build(learner.trainable_variables)
    return learner


def give_first_weights(learner: Colorization, config: TrainConfig) -> None:
    """The encoder's, and those of the run that this one starts from."""
    learner.load_encoders(config.network.encoder, config.encoder_weights)
    if config.start:
        check_designs(config.network, TrainConfig.load(Path(config.start)).network, config.start)
        load_weights(Path(config.start), learner.network)


def check_designs(ours: NetworkConfig, theirs: NetworkConfig, start: str) -> None:
    """Weights go only into a network of the same design."""
    for part in ("architecture", "encoder", "width"):
        if getattr(ours, part) != getattr(theirs, part):
            raise UsageError(
                f"{start} has the {part} {getattr(theirs, part)}, not {getattr(ours, part)}",
                "Leave that option out: a run takes the design of the one that it starts from.",
            )
