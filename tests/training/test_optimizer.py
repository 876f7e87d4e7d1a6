"""Each part of a network learns at its own rate."""

import numpy as np
import pytest

from colorcli.training.config import TrainConfig
from colorcli.training.devices import Devices
from colorcli.training.learner import build_learner

from .tiny_networks import tiny_network, tiny_photographs


@pytest.mark.parametrize(("encoder_rate", "learns"), [(0.0, False), (1e-3, True)])
def test_a_pretrained_encoder_learns_at_its_own_rate(encoder_rate: float, learns: bool) -> None:
    network = tiny_network("inception-unet", "classification")
    config = TrainConfig((), network, start="another", unfreeze="all", encoder_rate=encoder_rate)
    learner = build_learner(config, Devices())
    encoder, decoder = learner.encoder.get_weights(), learner.network.get_layer("head").get_weights()
    learner.train_on_batch(*tiny_photographs())
    assert differ(encoder, learner.encoder.get_weights()) == learns
    assert differ(decoder, learner.network.get_layer("head").get_weights())


def differ(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return any(not np.array_equal(*pair) for pair in zip(before, after, strict=True))
