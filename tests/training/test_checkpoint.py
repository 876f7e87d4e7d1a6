"""Checkpoints: everything comes back, and only into the network that it was taken from."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

from colorcli.errors import UsageError
from colorcli.training.config import CONFIG_NAME, NetworkConfig, TrainConfig
from colorcli.training.run_folder.checkpoint import (
    CHECKPOINT_NAME,
    Position,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)


def network(width: int = 3, seed: int = 0) -> keras.Model:
    """A compiled network with an optimizer, batch statistics and a random state of its own."""
    keras.utils.set_random_seed(seed)
    layers = [
        keras.layers.Conv2D(width, 3),
        keras.layers.BatchNormalization(),
        keras.layers.Dropout(0.5),
    ]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    model.compile(keras.optimizers.Adam(), "mse", jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    return model


def learn(model: keras.Model) -> None:
    """One step."""
    image = np.random.default_rng(1).random((2, 8, 8, 1), np.float32)
    model.train_on_batch(image, np.zeros((2, 6, 6, model.output_shape[-1]), np.float32))


def state(model: keras.Model) -> list[np.ndarray]:
    return [np.asarray(value) for value in (*model.variables, *model.optimizer.variables)]


def test_everything_comes_back(tmp_path: Path) -> None:
    model, other = network(), network(seed=5)
    learn(model)
    stand = Position(epoch=2, batch=7, step=33, seconds=12.5, loss=0.25)
    save_checkpoint(tmp_path, model, stand)
    assert load_checkpoint(tmp_path, other) == stand
    learn(model)
    learn(other)
    assert all(np.array_equal(one, two) for one, two in zip(state(model), state(other), strict=True))


def test_another_network_is_refused(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, network(), Position())
    with pytest.raises(UsageError, match="is of another network"):
        load_checkpoint(tmp_path, network(width=4))
    save_weights(tmp_path, network())
    with pytest.raises(UsageError, match="is of another network"):
        load_weights(tmp_path, keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3)]))


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / CHECKPOINT_NAME).write_bytes(b"no checkpoint")
    with pytest.raises(UsageError, match=r"checkpoint\.npz cannot be read"):
        load_checkpoint(tmp_path, network())


def test_a_run_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no weights yet"):
        load_weights(tmp_path, network())


def test_config_with_earlier_names_is_read(tmp_path: Path) -> None:
    config = TrainConfig(("photos",), NetworkConfig(feature_weight=0.3))
    config.save(tmp_path)
    path = tmp_path / CONFIG_NAME
    values = json.loads(path.read_text())
    values["network"]["feature"] = values["network"].pop("feature_weight")
    path.write_text(json.dumps(values))
    assert TrainConfig.load(tmp_path) == config
