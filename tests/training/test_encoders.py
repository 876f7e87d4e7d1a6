"""Encoders: features at their strides, weights from files, and which layers learn."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras.ops import convert_to_numpy as to_numpy

from colorcli.errors import ModelError, UsageError
from colorcli.training.network.encoders import (
    STRIDES,
    build_encoder,
    encode,
    load_encoder_weights,
    lower_maps,
    unfreeze,
)
from colorcli.training.network.layers import BatchNorm, measure_statistics, norm_weights

LIGHTNESS = np.random.default_rng(0).uniform(0, 100, (1, 64, 96, 1)).astype(np.float32)
CHANNELS = {  # as the docstrings draw them
    "inception-v3": [64, 192, 288, 768, 2048],
    "inception-resnet-v2": [64, 192, 320, 1088, 1536],
}
REAL = [pytest.param(name, marks=pytest.mark.slow) for name in CHANNELS]


@pytest.mark.parametrize("name", ["tiny", *REAL])
def test_features_sit_at_their_strides(name: str) -> None:
    features = encode(build_encoder(name), LIGHTNESS)
    sizes = [feature.shape[1:3] for feature in features]
    assert sizes == [(64 // stride, 96 // stride) for stride in STRIDES]
    if name in CHANNELS:
        assert [feature.shape[3] for feature in features] == CHANNELS[name]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A file with the weights of one tiny encoder."""
    path = tmp_path / "tiny.weights.h5"
    build_encoder("tiny").save_weights(path)
    return path


def test_weights_come_from_a_file(weights: Path) -> None:
    one, other = build_encoder("tiny"), build_encoder("tiny")
    assert not same(one, other)
    for encoder in (one, other):
        load_encoder_weights(encoder, "tiny", str(weights))
    assert same(one, other)


def test_the_lower_part_answers_as_the_whole() -> None:
    whole = build_encoder("tiny")
    for ours, theirs in zip(encode(lower_maps(whole), LIGHTNESS), encode(whole, LIGHTNESS)[:3], strict=True):
        np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs))


def test_without_weights_it_stays_as_it_was_drawn() -> None:
    encoder = build_encoder("tiny")
    before = encoder.get_weights()
    load_encoder_weights(encoder, "tiny", "none")
    assert all(np.array_equal(*pair) for pair in zip(before, encoder.get_weights(), strict=True))


def test_a_stand_in_has_nothing_to_download() -> None:
    with pytest.raises(UsageError, match="no ImageNet weights"):
        load_encoder_weights(build_encoder("tiny"), "tiny", "imagenet")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="are not a file"):
        load_encoder_weights(build_encoder("tiny"), "tiny", str(tmp_path / "nothing.npz"))


def test_a_keras_file_of_another_network_is_said(tmp_path: Path) -> None:
    path = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save_weights(path)
    with pytest.raises(UsageError, match="do not fit tiny"):
        load_encoder_weights(build_encoder("tiny"), "tiny", str(path))


def test_inception_weights_in_another_encoder_are_said(tmp_path: Path) -> None:
    parts = ("kernel", "beta", "mean", "variance")
    tensors = {f"{number:02}/{part}": np.zeros(1, np.float32) for number in range(94) for part in parts}
    np.savez(tmp_path / "inception.npz", **tensors)
    with pytest.raises(UsageError, match="do not fit tiny: 94 convolutions in the file, 5 in the encoder"):
        load_encoder_weights(build_encoder("tiny"), "tiny", str(tmp_path / "inception.npz"))


def test_a_file_that_holds_no_weights_is_said(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", something=np.zeros(3))
    with pytest.raises(ModelError, match="not an Inception weights file"):
        load_encoder_weights(build_encoder("tiny"), "tiny", str(tmp_path / "other.npz"))


def test_a_pretrained_encoder_learns_from_a_block_on() -> None:
    encoder = branching_encoder()
    unfreeze(encoder, "", pretrained=True)
    assert encoder.trainable_weights == []
    unfreeze(encoder, "all", pretrained=True)
    assert len(encoder.trainable_weights) == 12
    unfreeze(encoder, "mixed1", pretrained=True)
    learning = {layer.name for layer in encoder.layers if layer.trainable and layer.weights}
    assert learning == {"left1", "left1_norm", "right1", "right1_norm"}
    with pytest.raises(UsageError, match="no block mixed99"):
        unfreeze(encoder, "mixed99", pretrained=True)


def test_an_encoder_without_weights_learns_whole() -> None:
    encoder = branching_encoder()
    unfreeze(encoder, "", pretrained=False)
    assert len(encoder.trainable_weights) == 12


def test_what_learns_normalises_by_its_batch_and_what_is_frozen_does_not() -> None:
    encoder = branching_encoder()
    unfreeze(encoder, "mixed1", pretrained=True)
    before = {layer.name: layer.get_weights() for layer in encoder.layers}
    encoder(PHOTOGRAPHS, training=True)
    moved = {layer.name for layer in encoder.layers if differ(before[layer.name], layer.get_weights())}
    assert moved == {"left1_norm", "right1_norm"}


@pytest.mark.parametrize("first", ["", "mixed1", "all"])
def test_measured_statistics_leave_the_answer_as_it_was(first: str) -> None:
    """And a step that normalises by the same photographs answers nearly the same."""
    encoder = branching_encoder()
    give_published_weights(encoder)
    unfreeze(encoder, first, pretrained=True)
    before = to_numpy(encoder(PHOTOGRAPHS, training=False))
    measure_statistics(encoder, PHOTOGRAPHS)
    assert np.abs(to_numpy(encoder(PHOTOGRAPHS, training=False)) - before).max() < 1e-3
    assert np.abs(to_numpy(encoder(PHOTOGRAPHS, training=True)) - before).max() < 1e-2


def test_statistics_that_were_not_measured_throw_the_answer_over() -> None:
    encoder = branching_encoder()
    give_published_weights(encoder)
    unfreeze(encoder, "mixed1", pretrained=True)
    before = to_numpy(encoder(PHOTOGRAPHS, training=False))
    assert np.abs(to_numpy(encoder(PHOTOGRAPHS, training=True)) - before).max() > 0.5


PHOTOGRAPHS = np.random.default_rng(1).normal(0.2, 0.6, (8, 16, 16, 3)).astype(np.float32)


def branching_encoder() -> keras.Model:
    """Two blocks of two branches each, as Inception has them; nothing in it has seen a photograph."""
    features = image = keras.Input((None, None, 3))
    for number in range(2):
        left, right = (
            BatchNorm(name=f"{side}{number}_norm")(
                keras.layers.Conv2D(4, 3, padding="same", use_bias=False, name=f"{side}{number}")(features)
            )
            for side in ("left", "right")
        )
        features = keras.layers.Concatenate(name=f"mixed{number}")([left, right])
    return keras.Model(image, features, name="encoder")


def differ(before: list[np.ndarray], after: list[np.ndarray]) -> bool:
    return any(not np.array_equal(*pair) for pair in zip(before, after, strict=True))


def give_published_weights(encoder: keras.Model) -> None:
    """Statistics of other pictures, as weights that others trained come with."""
    rng = np.random.default_rng(2)
    for layer in encoder.layers:
        if isinstance(layer, BatchNorm):
            for weight in norm_weights(layer):
                weight.assign(rng.uniform(0.5, 1.5, weight.shape))


@pytest.mark.slow
def test_inception_reads_the_file_of_colorcli_weights(tmp_path: Path) -> None:
    """Each of the 94 convolutions takes its own tensors, in order."""
    encoder = build_encoder("inception-v3")
    stock = keras.applications.InceptionV3(include_top=False, weights=None)
    arrays = {}
    pairs = zip(of_kind(stock, "conv2d"), of_kind(stock, "batch_normalization"), strict=True)
    for number, (convolution, norm) in enumerate(pairs):
        beta, mean, variance = norm.get_weights()
        key = f"{number:02}"
        arrays |= {f"{key}/kernel": convolution.get_weights()[0], f"{key}/beta": beta + number}
        arrays |= {f"{key}/mean": mean, f"{key}/variance": variance}
    np.savez(tmp_path / "inception.npz", **arrays)
    load_encoder_weights(encoder, "inception-v3", str(tmp_path / "inception.npz"))
    loaded = of_kind(encoder, "batch_normalization")
    assert [to_numpy(norm.beta)[0] for norm in loaded] == list(range(94))


def of_kind(model: keras.Model, prefix: str) -> list[keras.layers.Layer]:
    """Layers whose automatic names begin so, in the order of their creation."""
    layers = [layer for layer in model.layers if layer.name.startswith(prefix)]
    return sorted(layers, key=lambda layer: int("0" + layer.name.removeprefix(prefix).strip("_")))


def same(one: keras.Model, other: keras.Model) -> bool:
    return all(np.array_equal(*pair) for pair in zip(one.get_weights(), other.get_weights(), strict=True))
