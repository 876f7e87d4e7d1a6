"""Encoders that others trained on ImageNet: lightness in, features at strides 2, 4, 8, 16 and 32 out."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
from keras import KerasTensor, layers

from colorcli.errors import UsageError
from colorcli.pretrained.weights import read_inception
from colorcli.training.layers import scaled_lightness

STRIDES = (2, 4, 8, 16, 32)


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
    for channels in (8, 8, 12, 16, 16):
        features = layers.Conv2D(channels, 3, strides=2, padding="same", activation="relu")(features)
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
    grey = scaled_lightness(lightness)
    features: list[KerasTensor] = encoder(layers.Concatenate()([grey, grey, grey]))
    return features


def load_encoder_weights(encoder: keras.Model, name: str, weights: str) -> None:
    """`imagenet` (keras.applications downloads), `none`, an .npz of `colorcli weights`, or a Keras file."""
    if weights == "none":
        return
    if weights == "imagenet":
        _download(encoder, ENCODERS[name].application)
        return
    path = Path(weights)
    if not path.is_file():
        raise UsageError(
            f"encoder weights {weights} are not a file",
            "Give imagenet, none, or a file from `colorcli weights`.",
        )
    try:
        if path.suffix == ".npz":
            _load_npz(encoder, path)
        else:
            encoder.load_weights(path)
    except (ValueError, OSError) as error:
        raise UsageError(f"the weights in {path} do not fit {name}: {error}") from error


def build_lower_encoder(name: str) -> keras.Model:
    """The part of an encoder that ends at stride 8: it sees edges and textures, and knows no objects yet."""
    return _lower(build_encoder(name))


def load_lower_encoder_weights(lower: keras.Model, name: str, weights: str) -> None:
    """The same sources as for a whole encoder."""
    whole = build_encoder(name)
    load_encoder_weights(whole, name, weights)
    lower.set_weights(_lower(whole).get_weights())


def _lower(encoder: keras.Model) -> keras.Model:
    return keras.Model(encoder.input, encoder.outputs[:3], name="lower_encoder")


def thaw(encoder: keras.Model, first: str, pretrained: bool) -> None:
    """Let an encoder without weights learn whole; a pretrained one from the layer `first` on, or not at all.

    The batch normalisation of a pretrained one keeps the statistics it came with.
    """
    names = [layer.name for layer in encoder.layers]
    if first and first not in names:
        raise UsageError(f"the encoder has no layer {first}", "Inception v3 has mixed0 to mixed10.")
    learns = names.index(first) if first else len(names)
    for index, layer in enumerate(encoder.layers):
        fixed = index < learns or isinstance(layer, layers.BatchNormalization)
        layer.trainable = not (pretrained and fixed)


def _download(encoder: keras.Model, application: str) -> None:
    if not application:
        raise UsageError("this encoder has no ImageNet weights to download", "Give --encoder-weights none.")
    stock = getattr(keras.applications, application)(include_top=False, weights="imagenet")
    encoder.set_weights(stock.get_weights())


def _load_npz(encoder: keras.Model, path: Path) -> None:
    tensors = read_inception(path)
    convolutions = _in_order(encoder, "conv2d")
    norms = _in_order(encoder, "batch_normalization")
    if not len(tensors) == len(convolutions) == len(norms):
        raise ValueError(f"{len(tensors)} convolutions in the file, {len(convolutions)} in the encoder")
    for tensor, convolution, norm in zip(tensors, convolutions, norms, strict=True):
        convolution.set_weights([tensor.kernel])
        norm.set_weights([tensor.beta, tensor.mean, tensor.variance])


def _padded(stock: keras.Model) -> keras.Model:
    """The same layers under the same names, with 'same' where the stock network has 'valid'."""

    def clone(layer: layers.Layer) -> layers.Layer:
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
