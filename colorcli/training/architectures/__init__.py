"""Every design by name: a file here is the registration (`inception_unet.py` is `inception-unet`).

A file holds `RECIPE`, what its authors trained it with, and `build(network, channels)`: L (N, H, W, 1), raw
0..100, in; `channels` numbers a pixel at ceil(H / stride) out, which the objective decodes to colour."""

import importlib
from dataclasses import dataclass
from typing import Protocol

import keras

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.registry import names_in


@dataclass(frozen=True)
class Recipe:
    """What an architecture is trained with unless the user says otherwise."""

    stride: int  # of its output
    objective: str
    loss: str = "huber"  # of `regression`
    encoder: str = "none"
    crop: int = 192
    render_size: int = 256  # working size of `colorcli colorize`
    learning_rate: float = 1e-3
    validation: float = 0.1  # share of the photographs


class Architecture(Protocol):
    """A file of this folder."""

    RECIPE: Recipe

    def build(self, network: NetworkConfig, channels: int) -> keras.Model:
        """Build the network."""


def names() -> list[str]:
    """All architectures, sorted."""
    return names_in(__name__)


def get(name: str) -> Architecture:
    """The architecture of that name."""
    if name not in names():
        raise UsageError(f"there is no architecture {name}", f"There are {', '.join(names())}.")
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
