"""Three recipes to start from, each a step up a ladder, and the defaults that an architecture brings.

baseline  the plain network, mean squared error, whole photographs: what everything else has to beat
general   the same network made to generalise: crops, flips, damage, averaged weights, gradient clipping
final     the encoder that has seen ImageNet, its embedding fused in, colour as classes: the default
"""

from dataclasses import replace

from colorcli.errors import UsageError
from colorcli.training import architectures
from colorcli.training.config import Damage, NetworkConfig, TrainConfig

_PLAIN = NetworkConfig(architecture="baseline", objective="regression", decoder="regression", loss="mse")
_UNHARMED = Damage(noise=False, blur=False, fading=False, curve=False, jpeg=False)

JOINT_RATE = 6e-4  # of a decoder whose encoder learns with it

RECIPES = {
    "baseline": TrainConfig(
        sources=(), network=_PLAIN, warmup=0, ema=0.0, clip=0.0, flip=False, scale=1.0, damage=_UNHARMED
    ),
    "general": TrainConfig(sources=(), network=_PLAIN),
    "final": TrainConfig(sources=()),
}


def defaults(recipe: str, architecture: str | None = None) -> TrainConfig:
    """A recipe, with another architecture in it where one is named, and with what its authors gave it."""
    if recipe not in RECIPES:
        raise UsageError(f"there is no recipe {recipe}", f"There are {', '.join(RECIPES)}.")
    base = RECIPES[recipe]
    name = architecture or base.network.architecture
    design = architectures.get(name).RECIPE
    network = replace(base.network, architecture=name, encoder=design.encoder)
    if architecture:
        network = replace(network, objective=design.objective, decoder=design.objective, loss=design.loss)
    return replace(
        base,
        network=network,
        crop=design.crop,
        learning_rate=design.learning_rate,
        validation=design.validation,
    )
