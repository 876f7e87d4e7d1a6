"""The model of a run: built and compiled from its configuration, and given its first weights."""

from pathlib import Path

import keras

from colorcli.errors import UsageError
from colorcli.inference.model import DEFAULT_NAME, find_model
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.devices import Devices, set_precision
from colorcli.training.network.encoders import unfreeze
from colorcli.training.network.onnx_weights import load_exported, read_design
from colorcli.training.optimizer import Adam
from colorcli.training.run_folder.checkpoint import load_weights


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
        if is_run(config.start):
            load_weights(Path(config.start), learner.network)
        else:
            load_exported(find_model(config.start), learner.network, learner.encoder)
    learner.load_critic_encoder(config.network.encoder, config.critic_weights or config.encoder_weights)


def design_of(start: str) -> NetworkConfig:
    """What the network of a run, or of a model file, looks like."""
    if is_run(start):
        return TrainConfig.load(Path(start)).network
    return read_design(find_model(start))


def is_run(start: str) -> bool:
    """Whether this is a run's folder, and not a model by its name or file."""
    return start != DEFAULT_NAME and not start.endswith(".onnx")


def check_designs(ours: NetworkConfig, theirs: NetworkConfig, start: str) -> None:
    """Weights go only into a network of the same design."""
    for part in ("architecture", "encoder", "width"):
        if getattr(ours, part) != getattr(theirs, part):
            raise UsageError(
                f"{start} has the {part} {getattr(theirs, part)}, not {getattr(ours, part)}",
                "Leave that option out: a run takes the design of the one that it starts from.",
            )
