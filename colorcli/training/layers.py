"""Layers and blocks that more than one architecture uses; neutral to the backend, exportable to ONNX."""

import keras
from keras import KerasTensor, ops

MOMENTUM = 0.95  # of batch statistics: Keras' 0.99 has not settled where a run of minutes ends
EXPORTABLE = keras.saving.register_keras_serializable("colorcli")


def scaled(channels: int, width: float) -> int:
    """Channels times a width factor, at least 4."""
    return max(4, round(channels * width))


@EXPORTABLE
class PadToMultiple(keras.layers.Layer):
    """Repeat the last row and column until both sides are multiples of `multiple`: any size, even 1x1."""

    def __init__(self, multiple: int, name: str | None = None) -> None:
        super().__init__(name=name, dtype="float32")  # bfloat16 would round L to half a step
        self.multiple = multiple

    def call(self, image: KerasTensor) -> KerasTensor:
        for axis in (1, 2):
            size = ops.shape(image)[axis]
            padded = (size + self.multiple - 1) // self.multiple * self.multiple
            image = ops.take(image, ops.minimum(ops.arange(padded), size - 1), axis=axis)
        return image

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (
            shape[0],
            *(side and -(-side // self.multiple) * self.multiple for side in shape[1:3]),
            shape[3],
        )


@EXPORTABLE
class CropToStride(keras.layers.Layer):
    """Cut features of a padded image back to ceil(H / stride) x ceil(W / stride) of the image itself."""

    def __init__(self, stride: int, name: str | None = None) -> None:
        super().__init__(name=name, dtype="float32")
        self.stride = stride

    def call(self, features: KerasTensor, image: KerasTensor) -> KerasTensor:
        # Not -(-side // stride): tf2onnx rounds a negative quotient towards zero.
        height, width = ((side + self.stride - 1) // self.stride for side in ops.shape(image)[1:3])
        return features[:, :height, :width]

    def compute_output_shape(
        self, features_shape: tuple[int | None, ...], image_shape: tuple[int | None, ...]
    ) -> tuple[int | None, ...]:
        sides = (side and -(-side // self.stride) for side in image_shape[1:3])
        return (features_shape[0], *sides, features_shape[3])


def scaled_lightness(lightness: KerasTensor) -> KerasTensor:
    """L 0..100 to -1..1."""
    return keras.layers.Rescaling(1 / 50, offset=-1.0, dtype="float32")(lightness)


def conv_relu(features: KerasTensor, channels: int, strides: int = 1) -> KerasTensor:
    """A 3x3 convolution and ReLU."""
    return keras.layers.Conv2D(channels, 3, strides, padding="same", activation="relu")(features)


def norm(features: KerasTensor) -> KerasTensor:
    """Batch normalisation that settles within a hundred steps."""
    return keras.layers.BatchNormalization(momentum=MOMENTUM)(features)


def conv_norm_relu(features: KerasTensor, channels: int, kernel: int = 3, strides: int = 1) -> KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    features = keras.layers.Conv2D(channels, kernel, strides, padding="same", use_bias=False)(features)
    return keras.layers.ReLU()(norm(features))


def head(features: KerasTensor, channels: int, kernel: int = 1) -> KerasTensor:
    """What the objective reads: a linear convolution, float32 whatever the precision of the rest."""
    return keras.layers.Conv2D(channels, kernel, padding="same", dtype="float32", name="head")(features)
