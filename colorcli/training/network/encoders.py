"""Encoders that others trained on ImageNet: lightness in, features at strides 2, 4, 8, 16 and 32 out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import KerasTensor, layers

from colorcli.errors import UnavailableError, UsageError
from colorcli.inference.model import DEFAULT_NAME as SHIPPED
from colorcli.inference.model import find_model
from colorcli.pretrained.weights import read_inception
from colorcli.training.network.layers import BatchNorm, give_norm, scaled_lightness
from colorcli.training.network.onnx_weights import load_exported_encoder

STRIDES = (2, 4, 8, 16, 32)
CRITIC_MAPS = ("mixed0", "mixed2", "mixed4", "mixed7")  # of Inception v3


def inception_v3() -> keras.Model:
    """Inception v3 with every 'valid' convolution padded, so that its features sit at exact strides.

    (N, H, W, 3) -> 64 at H/2, 192 at H/4, mixed2 288 at H/8, mixed7 768 at H/16, mixed10 2048 at H/32
    """
    stock = keras.applications.InceptionV3(include_top=False, weights=None, input_shape=(None, None, 3))
    padded = _padded(stock)
    stem = [layer.output for layer in _in_order(padded, "activation")]
    mixed = [padded.get_layer(name).output for name in ("mixed2", "mixed7", "mixed10")]
    return keras.Model(padded.input, [stem[2], stem[4], *mixed], name="encoder")


def inception_resnet_v2() -> keras.Model:
    """Inception-ResNet-v2, padded likewise.

    (N, H, W, 3) -> 64 at H/2, 192 at H/4, 320 at H/8, 1088 at H/16, 1536 at H/32
    """
    stock = keras.applications.InceptionResNetV2(include_top=False, weights=None, input_shape=(None, None, 3))
    padded = _padded(stock)
    stem = [layer.output for layer in _in_order(padded, "activation")]
    deep = [padded.get_layer(name).output for name in ("block35_10_ac", "block17_20_ac", "conv_7b_ac")]
    return keras.Model(padded.input, [stem[2], stem[4], *deep], name="encoder")


def tiny() -> keras.Model:
    """A stand-in of five small convolutions, for tests and for trying things out."""
    image = keras.Input((None, None, 3))
    features, outputs = image, []
    for number, channels in enumerate((8, 8, 12, 16, 16), start=1):
        features = layers.Conv2D(
            channels, 3, strides=2, padding="same", activation="relu", name=f"conv2d_{number}"
        )(features)
        outputs.append(features)
    return keras.Model(image, outputs, name="encoder")


@dataclass(frozen=True)
class Encoder:
    """How an encoder is built, and its stock twin in keras.applications that can download weights."""

    build: Callable[[], keras.Model]
    application: str = ""


ENCODERS = {
    "inception-resnet-v2": Encoder(inception_resnet_v2, "InceptionResNetV2"),
    "inception-v3": Encoder(inception_v3, "InceptionV3"),
    "tiny": Encoder(tiny),
}


def build_encoder(name: str) -> keras.Model:
    """An encoder without weights, called 'encoder' inside the network that it becomes part of."""
    return ENCODERS[name].build()


def encode(encoder: keras.Model, lightness: KerasTensor) -> list[KerasTensor]:
    """Features of L (N, H, W, 1) 0..100."""
    features: list[KerasTensor] = encoder(grey_image(lightness))
    return features


def grey_image(lightness: KerasTensor) -> KerasTensor:
    """L (N, H, W, 1) 0..100 as the image (N, H, W, 3), -1..1, that an encoder has learnt to see."""
    grey = scaled_lightness(lightness)
    return layers.Concatenate()([grey, grey, grey])


def load_encoder_weights(encoder: keras.Model, name: str, weights: str) -> None:
    """As `--encoder-weights` says: out of a model of ours, downloaded, none, or out of a file."""
    if weights == "none":
        return
    if weights == "imagenet":
        _download(encoder, ENCODERS[name].application)
        return
    path = find_model(weights) if weights == SHIPPED else Path(weights)
    if not path.is_file():
        raise UsageError(
            f"encoder weights {weights} are not a file",
            "Give colorcli, imagenet, none, an .onnx model, or a file from `colorcli weights`.",
        )
    try:
        if path.suffix == ".onnx":
            load_exported_encoder(path, encoder)
        elif path.suffix == ".npz":
            _load_npz(encoder, path)
        else:
            _load_keras_file(encoder, ENCODERS[name].application, path)
    except (ValueError, OSError) as error:
        raise UsageError(f"the weights in {path} do not fit {name}: {error}") from error


def lower_maps(encoder: keras.Model) -> keras.Model:
    """The part of an encoder that ends at stride 8: it sees edges and textures, and knows no objects yet."""
    return keras.Model(encoder.input, encoder.outputs[:3], name="lower_encoder")


def critic_maps(encoder: keras.Model) -> keras.Model:
    """The part of an encoder that a critic looks through: textures and parts of objects."""
    names = [layer.name for layer in encoder.layers]
    known = [encoder.get_layer(name).output for name in CRITIC_MAPS if name in names]
    return keras.Model(encoder.input, known or encoder.outputs[1:4], name="critic_encoder")


def unfreeze(encoder: keras.Model, first: str, pretrained: bool) -> None:
    """Let an encoder without weights learn whole; a pretrained one from the block `first` on, or not at all.

    What is frozen normalises by the statistics that it came with, what learns by those of the batch.
    """
    first_layer = _first_layer(encoder, first)
    learns = first_layer if pretrained else 0
    for index, layer in enumerate(encoder.layers):
        layer.trainable = index >= learns


def _first_layer(encoder: keras.Model, block: str) -> int:
    """The index of a block's first layer: it follows the last one that everything passes through."""
    if block in ("", "all"):
        return 0 if block else len(encoder.layers)
    names = [layer.name for layer in encoder.layers]
    if block not in names:
        raise UsageError(f"the encoder has no block {block}", "Inception v3 has mixed0 to mixed10, and all.")
    return max(index for index in _bottlenecks(encoder) if index < names.index(block)) + 1


def _bottlenecks(encoder: keras.Model) -> Iterator[int]:
    """Indices of the layers whose output is all that the later ones read."""
    index_of = {layer: index for index, layer in enumerate(encoder.layers)}
    reach = 0  # the last layer that reads what comes from above
    for index, layer in enumerate(encoder.layers):
        if reach <= index:
            yield index
        readers = [index_of[node.operation] for node in layer._outbound_nodes if node.operation in index_of]
        reach = max([reach, *readers])


def _download(encoder: keras.Model, application: str) -> None:
    if not application:
        raise UsageError("this encoder has no ImageNet weights to download", "Give --encoder-weights none.")
    try:
        stock = getattr(keras.applications, application)(include_top=False, weights="imagenet")
    except Exception as error:  # keras.utils.get_file raises bare Exception where there is no network
        raise UnavailableError(
            f"the ImageNet weights of {application} could not be downloaded: {error}",
            "Offline: --encoder-weights colorcli (Inception v3), or a file that `colorcli weights` makes.",
        ) from error
    _copy(stock, encoder)


def _load_keras_file(encoder: keras.Model, application: str, path: Path) -> None:
    if not application:
        encoder.load_weights(path)
        return
    stock = getattr(keras.applications, application)(include_top=False, weights=None)
    stock.load_weights(path)
    _copy(stock, encoder)


def _copy(stock: keras.Model, encoder: keras.Model) -> None:
    """The weights of a stock network into its padded twin, whose normalisation has a scale besides."""
    for theirs, ours in zip(stock.layers, encoder.layers, strict=True):
        if isinstance(ours, BatchNorm):
            give_norm(ours, *theirs.get_weights())
        else:
            ours.set_weights(theirs.get_weights())


def _load_npz(encoder: keras.Model, path: Path) -> None:
    tensors = read_inception(path)
    convolutions = _in_order(encoder, "conv2d")
    norms = _in_order(encoder, "batch_normalization")
    if not len(tensors) == len(convolutions) == len(norms):
        raise ValueError(f"{len(tensors)} convolutions in the file, {len(convolutions)} in the encoder")
    for tensor, convolution, norm in zip(tensors, convolutions, norms, strict=True):
        convolution.set_weights([tensor.kernel])
        give_norm(norm, tensor.beta, tensor.mean, tensor.variance)


def _padded(stock: keras.Model) -> keras.Model:
    """The same layers under the same names, but 'same' for 'valid' padding, and our `BatchNorm`."""

    def clone(layer: layers.Layer) -> layers.Layer:
        if isinstance(layer, layers.BatchNormalization):
            return BatchNorm(epsilon=layer.epsilon, name=layer.name)
        config = layer.get_config()
        if config.get("padding") == "valid":
            config["padding"] = "same"
        return type(layer).from_config(config)

    return keras.models.clone_model(stock, clone_function=clone)


def _in_order(model: keras.Model, kind: str) -> list[layers.Layer]:
    """Layers with automatic names of a kind (conv2d, conv2d_1), in the order of their creation."""
    numbers = {}
    for layer in model.layers:
        if found := re.fullmatch(rf"{kind}(?:_(\d+))?", layer.name):
            numbers[layer] = int(found[1] or 0)
    return sorted(numbers, key=lambda layer: numbers[layer])
