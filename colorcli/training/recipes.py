"""Recipes to start from: our ladder, and what others trained, each by name; and what an architecture brings.

baseline   the plain network, mean squared error, whole photographs: what everything else has to beat
general    the same network made to generalise: crops, flips, damage, averaged weights, gradient clipping
final      an Inception v3 that has seen ImageNet, colour as classes: the default

Those of others have their authors' crops and rates, constant, and nothing that was not theirs:

plain      strided convolutions, ab / 128, mean squared error, Adam at 3e-4: for CIFAR and landscapes
histogram  an encoder and decoder that answer with colour histograms, at 224 pixels
unet       seven blocks down and seven up, L1 distance, at 256 pixels: for faces and scenes
fusion     portraits: told by an Inception-ResNet-v2, trained to classify, what is in them, at 224 pixels
gan        the same U-Net against a critic: its second step, after `unet`
"""

from dataclasses import replace
from typing import Any

from colorcli.errors import UsageError
from colorcli.training import architectures
from colorcli.training.config import Damage, NetworkConfig, TrainConfig

_UNDAMAGED = Damage(noise=False, blur=False, fading=False, curve=False, jpeg=False)
_BARE = TrainConfig(sources=(), warmup=0, ema=0.0, clip=0.0, flip=False, scale=1.0, damage=_UNDAMAGED)
_THEIRS = replace(_BARE, schedule="constant")


def _of(config: TrainConfig, architecture: str, objective: str = "") -> TrainConfig:
    """With a design; without an objective it has its authors'."""
    return replace(config, network=NetworkConfig(architecture=architecture, objective=objective))


JOINT_RATE = 6e-4  # of a decoder whose encoder learns with it

CRITIC: dict[str, Any] = {"decoded": 0.6, "feature_weight": 1.0}  # weights of what it adds to the classes
CRITIC_FIRST = 125  # steps that its critic learns alone

RECIPES = {
    "baseline": _of(_BARE, "baseline"),
    "general": _of(TrainConfig(sources=()), "baseline"),
    "final": _of(TrainConfig(sources=()), "inception-unet"),
    "plain": _of(_THEIRS, "baseline"),
    "histogram": _of(_THEIRS, "histogram"),
    "unet": _of(_THEIRS, "unet"),
    "fusion": _of(_THEIRS, "fusion"),
    "gan": _of(_THEIRS, "unet", "gan"),
}


def defaults(recipe: str, architecture: str | None = None) -> TrainConfig:
    """A recipe, with another architecture in it where one is named, and with what its authors gave it."""
    if recipe not in RECIPES:
        raise UsageError(f"there is no recipe {recipe}", f"There are {', '.join(RECIPES)}.")
    base = RECIPES[recipe]
    name = architecture or base.network.architecture
    design = architectures.get(name).RECIPE
    network = replace(
        base.network,
        architecture=name,
        encoder=design.encoder,
        objective=base.network.objective or design.objective,
        decoder=design.objective,
        loss=design.loss,
    )
    return replace(
        base,
        network=network,
        crop=design.crop,
        learning_rate=design.learning_rate,
        validation=design.validation,
    )
