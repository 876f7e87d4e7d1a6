"""Run folders such as `colorcli train` leaves, without the training."""

from pathlib import Path

import keras
import numpy as np

from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.run_folder.checkpoint import save_weights

PALETTE = tuple(
    (a, b, 0.04) for a in (-40.0, -20.0, 0.0, 20.0, 40.0) for b in (-40.0, -20.0, 0.0, 20.0, 40.0)
)


def make_run(
    run: Path,
    architecture: str = "inception-unet",
    objective: str = "classification",
    width: float = 0.05,
    seed: int = 1,
) -> Colorization:
    """A network that has learnt nothing, but whose every weight counts: its folder is `run`."""
    network = NetworkConfig(architecture, objective, width=width, encoder="tiny", palette=PALETTE)
    run.mkdir()
    TrainConfig(("/somebody/photographs/houses.tar", "cifar10:dog"), network, photographs=1234).save(run)
    keras.utils.set_random_seed(seed)
    model = build(network)
    rng = np.random.default_rng(seed)
    for weight in model.network.weights:
        weight.assign(np.asarray(weight) + rng.uniform(-0.1, 0.1, weight.shape))
    save_weights(run, model.network)
    return model
