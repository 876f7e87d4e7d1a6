"""Narrow networks and four little photographs, so that what takes hours takes a moment."""

import keras
import numpy as np

from colorcli.training import architectures, objectives
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig

STEPS = (-50.0, -25.0, 0.0, 25.0, 50.0)
PALETTE = tuple((a, b, 0.04) for a in STEPS for b in STEPS)
HUES = ((50, 25), (-25, 50), (-50, 0), (25, -50))  # a, b: what the photographs show
Pair = tuple[str, str]  # an architecture and an objective


def tiny_network(architecture: str, objective: str, decoder: str = "regression") -> NetworkConfig:
    """A fifth of the channels, and a stand-in for the pretrained encoder."""
    loss = architectures.get(architecture).RECIPE.loss
    return NetworkConfig(
        architecture,
        objective,
        decoder,
        width=0.2,
        encoder="tiny",
        palette=PALETTE,
        loss=loss,
        feature_weight=0.1,
        classes=1,
    )


def tiny_model(architecture: str, objective: str, decoder: str = "regression") -> Colorization:
    """The model of it, always with the same weights."""
    keras.utils.set_random_seed(1)
    return build(tiny_network(architecture, objective, decoder))


def pairs() -> list[Pair]:
    """Every architecture with every objective."""
    return [(design, objective) for design in architectures.names() for objective in objectives.names()]


def is_telling(pair: Pair) -> bool:
    """Whether it shows something new: an architecture as its authors had it, an objective at its plainest."""
    return pair[0] == "baseline" or pair[1] == architectures.get(pair[0]).RECIPE.objective


def tiny_photographs(side: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """L (4, side, side, 1) and ab of four bright discs, each of its own hue on a dark ground of another."""
    y, x = np.mgrid[:side, :side] / side
    disc = (np.hypot(x - 0.5, y - 0.5) < 0.35)[..., None]
    numbers = range(len(HUES))
    lightness = [np.where(disc, 60, 10) + 8 * number + 10 * x[..., None] for number in numbers]
    ab = [np.where(disc, HUES[number], HUES[number - 1]) for number in numbers]
    return np.float32(lightness), np.float32(ab)
