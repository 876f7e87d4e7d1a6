"""The ONNX networks against the same networks written plainly, or in Keras."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from evaluate.helpers import colour_pixels

from colorcli.errors import ModelError
from colorcli.evaluate.features import INCEPTION_AVERAGE, Inception, Lpips
from colorcli.evaluate.metrics import Pixels
from colorcli.pretrained.inception_graph import write_inception_graph
from colorcli.pretrained.lpips_graph import PADDINGS, POOLED, SCALE, SHIFT, STRIDES, write_lpips_graph
from colorcli.pretrained.weights import ConvNorm, PerceptualStage, Tensor

CHANNELS = (3, 8, 12, 16, 12, 8)
SIDES = (11, 5, 3, 3, 3)


@pytest.fixture(scope="module")
def stages() -> list[PerceptualStage]:
    """LPIPS with few channels and random weights."""
    generator = np.random.default_rng(5)
    return [
        PerceptualStage(
            generator.normal(0, 0.2, (side, side, before, after)).astype(np.float32),
            generator.normal(0, 0.1, after).astype(np.float32),
            generator.uniform(0, 1, after).astype(np.float32),
        )
        for side, before, after in zip(SIDES, CHANNELS, CHANNELS[1:], strict=False)
    ]


@pytest.fixture(scope="module")
def lpips(stages: list[PerceptualStage], tmp_path_factory: pytest.TempPathFactory) -> Lpips:
    path = tmp_path_factory.mktemp("lpips") / "lpips.onnx"
    write_lpips_graph(stages, path)
    return Lpips(path, "cpu")


def plain_convolution(image: Tensor, kernel: Tensor, bias: Tensor, stride: int, padding: int) -> Tensor:
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape[:2], axis=(0, 1))
    return np.maximum(np.einsum("yxchw,hwco->yxo", windows[::stride, ::stride], kernel) + bias, 0)


def plain_lpips(stages: list[PerceptualStage], first: Pixels, second: Pixels) -> float:
    maps = [(image / 127.5 - 1 - np.array(SHIFT)) / np.array(SCALE) for image in (first, second)]
    distance = 0.0
    for index, stage in enumerate(stages):
        if index in POOLED:
            windows = [np.lib.stride_tricks.sliding_window_view(m, (3, 3), axis=(0, 1)) for m in maps]
            maps = [window[::2, ::2].max(axis=(-1, -2)) for window in windows]
        maps = [plain_convolution(m, stage.kernel, stage.bias, STRIDES[index], PADDINGS[index]) for m in maps]
        units = [m / (np.linalg.norm(m, axis=-1, keepdims=True) + 1e-10) for m in maps]
        distance += float((((units[0] - units[1]) ** 2) @ stage.head).mean())
    return distance


def test_lpips_is_the_plain_network(stages: list[PerceptualStage], lpips: Lpips) -> None:
    first, second = colour_pixels(72, 64, seed=1), colour_pixels(72, 64, seed=2)
    expected = plain_lpips(stages, first, second)
    assert expected > 0.01
    assert lpips.compare(first, second).distance == pytest.approx(expected, rel=1e-4)


def test_lpips_is_zero_for_equals_and_grows_with_noise(lpips: Lpips) -> None:
    truth = colour_pixels(72, 64)
    noise = np.random.default_rng(0).normal(0, 1, truth.shape)
    noisy = [np.clip(truth + level * noise, 0, 255).astype(np.uint8) for level in (0, 5, 15, 45)]
    distances = [lpips.compare(truth, pixels).distance for pixels in noisy]
    assert distances[0] == 0
    assert distances == sorted(distances)
    assert len(set(distances)) == 4


def test_features_are_of_one_photograph_each_whatever_it_is_compared_with(lpips: Lpips) -> None:
    first, second = colour_pixels(72, 64, seed=1), colour_pixels(72, 64, seed=2)
    compared, alone = lpips.compare(first, second), lpips.compare(second, second)
    assert compared.first.shape == (sum(CHANNELS[1:]),)
    np.testing.assert_allclose(compared.second, alone.first, rtol=1e-4, atol=1e-6)
    assert np.abs(compared.first - compared.second).max() > 0.01


def random_layers(shapes: list[tuple[int, ...]]) -> list[ConvNorm]:
    """Weights that keep the size of the numbers through all 94 layers."""
    generator = np.random.default_rng(8)
    return [
        ConvNorm(
            generator.normal(0, np.sqrt(2 / np.prod(shape[:3])), shape).astype(np.float32),
            generator.normal(0, 0.1, shape[3]).astype(np.float32),
            generator.normal(0, 0.1, shape[3]).astype(np.float32),
            generator.uniform(0.5, 1.5, shape[3]).astype(np.float32),
        )
        for shape in shapes
    ]


def legacy_resize(image: Pixels) -> Tensor:
    """(299, 299, 3): sample i at i * size / 299, between its two neighbours."""

    def mix(values: Tensor) -> Tensor:
        place = np.arange(299) * len(values) / 299
        low = place.astype(int)
        share = (place - low).reshape(-1, 1, 1)
        return values[low] * (1 - share) + values[np.minimum(low + 1, len(values) - 1)] * share

    return mix(mix(image.astype(np.float64)).swapaxes(0, 1)).swapaxes(0, 1)


@pytest.mark.slow
def test_inception_is_that_of_keras_but_for_its_last_pooling(tmp_path: Path) -> None:
    import keras

    network = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(299, 299, 3))

    def in_order(kind: type) -> list[keras.layers.Layer]:
        """Layers of a kind as they were created: Keras numbers them NAME, NAME_1, NAME_2 ..."""
        found = [layer for layer in network.layers if isinstance(layer, kind)]
        return sorted(found, key=lambda layer: (len(layer.name), layer.name))

    convolutions, norms = in_order(keras.layers.Conv2D), in_order(keras.layers.BatchNormalization)
    layers = random_layers([tuple(layer.kernel.shape) for layer in convolutions])
    for convolution, norm, layer in zip(convolutions, norms, layers, strict=True):
        convolution.set_weights([layer.kernel])
        norm.set_weights([layer.beta, layer.mean, layer.variance])
    last = in_order(keras.layers.AveragePooling2D)[-1].name

    def with_maximum(layer: keras.layers.Layer) -> keras.layers.Layer:
        if layer.name == last:
            return keras.layers.MaxPooling2D(3, strides=1, padding="same")
        return type(layer).from_config(layer.get_config())

    published = keras.models.clone_model(network, clone_function=with_maximum)
    published.set_weights(network.get_weights())
    photograph = cv2.resize(colour_pixels(), (256, 256), interpolation=cv2.INTER_LINEAR)
    question = (legacy_resize(photograph)[None] - 128) / 128
    for average, reference in ((False, published), (True, network)):
        path = tmp_path / f"{average}.onnx"
        write_inception_graph(layers, path, average)
        expected = reference.predict(question.astype(np.float32), verbose=0).mean(axis=(1, 2))[0]
        features = Inception(path, "cpu").features(photograph)
        np.testing.assert_allclose(features, expected, atol=1e-4 * np.abs(expected).max())
    assert Inception(path, "cpu").network == INCEPTION_AVERAGE


def test_the_wrong_file_is_refused_by_name(
    stages: list[PerceptualStage], tmp_path: Path, tiny_model: Path
) -> None:
    path = tmp_path / "lpips.onnx"
    write_lpips_graph(stages, path)
    with pytest.raises(ModelError, match="lpips-alexnet"):
        Inception(path, "cpu")
    with pytest.raises(ModelError, match=r"tiny.onnx"):
        Lpips(tiny_model, "cpu")
    (tmp_path / "broken.onnx").write_bytes(path.read_bytes()[:500])
    with pytest.raises(ModelError, match="not a readable"):
        Lpips(tmp_path / "broken.onnx", "cpu")
    with pytest.raises(ModelError, match="No such file"):
        Lpips(tmp_path / "absent.onnx", "cpu")
