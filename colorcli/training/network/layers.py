"""Layers and blocks that more than one architecture uses; neutral to the backend, exportable to ONNX."""

import keras
import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

STATISTICS_EMA = 0.998  # what statistics keep of themselves in a step: they are averaged as the weights are
EMA_WARMUP = 9  # steps after which an average remembers half of what came before
POWER_STEPS = 12  # towards the largest singular value
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


@EXPORTABLE
class BatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation with long averages of its statistics, which are of use from the first steps on."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        super().build(shape)
        self.age = self.add_weight(name="age", shape=(), initializer="zeros", trainable=False, autocast=False)

    def call(
        self, inputs: KerasTensor, training: bool | None = None, mask: KerasTensor | None = None
    ) -> KerasTensor:
        if training and self.trainable:
            self.age.assign_add(1.0)
        return super().call(inputs, training=training, mask=mask)

    @property
    def momentum(self) -> KerasTensor:
        """What the statistics keep of themselves in a step."""
        return ema_momentum(self.age, STATISTICS_EMA)

    @momentum.setter
    def momentum(self, _: float) -> None:
        """Nothing: Keras would set its constant."""

    def become_offset(self, offset: NDArray[np.float32]) -> None:
        """Add this to each channel and do nothing else, until it learns again."""
        ones = np.ones_like(offset)
        give_norm(self, ones, offset, 0 * ones, (1 - self.epsilon) * ones)


def ema_momentum(age: KerasTensor, longest: float) -> KerasTensor:
    """What an average keeps of itself at an age in steps: little at first, so that short runs learn."""
    return ops.minimum(longest, age / (EMA_WARMUP + age))


def leaky_relu(features: KerasTensor) -> KerasTensor:
    """ReLU that lets a fifth of negative numbers pass: what a critic learns through."""
    return keras.layers.LeakyReLU(0.2)(features)


def norm(features: KerasTensor) -> KerasTensor:
    """Batch normalisation of the channels."""
    return BatchNorm()(features)


def norm_weights(norm: BatchNorm) -> tuple[keras.Variable, ...]:
    """gamma, beta, mean and variance."""
    return norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance


def give_norm(norm: BatchNorm, *values: NDArray[np.float32]) -> None:
    """gamma, beta, mean and variance; or all but gamma, which stays."""
    for weight, value in zip(norm_weights(norm)[-len(values) :], values, strict=True):
        weight.assign(value.astype(np.float32))


def norm_behind(layer: keras.layers.Layer) -> BatchNorm | None:
    """The normalisation that reads a layer's answer, if there is one."""
    readers = [node.operation for node in layer._outbound_nodes]
    return next((reader for reader in readers if isinstance(reader, BatchNorm)), None)


def measure_statistics(model: keras.Model, images: KerasTensor) -> None:
    """Give the layers that learn the statistics of these inputs (N, H, W, C), and keep what they answer.

    From published or exported weights their own statistics are those of other pictures, or none at all, and
    the first step, which normalises by its batch, would throw the answer over.
    """
    norms = [layer for layer in model.layers if isinstance(layer, BatchNorm) and layer.trainable]
    if not norms:
        return
    inputs = keras.Model(model.input, [norm.input for norm in norms])
    for norm, features in zip(norms, inputs.predict(images, batch_size=16, verbose=0), strict=True):
        features = np.float32(features)
        mean, variance = features.mean((0, 1, 2), np.float64), features.var((0, 1, 2), np.float64)
        gamma, beta, old_mean, old_variance = (ops.convert_to_numpy(weight) for weight in norm_weights(norm))
        scale = gamma / np.sqrt(old_variance + norm.epsilon)
        give_norm(
            norm, scale * np.sqrt(variance + norm.epsilon), beta + scale * (mean - old_mean), mean, variance
        )


@EXPORTABLE
class SpectralConv(keras.layers.Conv2D):
    """A convolution whose kernel is divided by its largest singular value: it enlarges no difference."""

    def __init__(
        self, filters: int, kernel_size: int, use_bias: bool = True, name: str | None = None
    ) -> None:
        super().__init__(filters, kernel_size, padding="same", use_bias=use_bias, name=name, dtype="float32")

    def convolution_op(self, inputs: KerasTensor, kernel: KerasTensor) -> KerasTensor:
        matrix = ops.reshape(kernel, (-1, self.filters))
        return super().convolution_op(inputs, kernel / ops.stop_gradient(largest_singular_value(matrix)))


def largest_singular_value(matrix: KerasTensor) -> KerasTensor:
    """Of a matrix (m, n), by power iteration: from below, within a few per cent."""
    square = ops.matmul(ops.transpose(matrix), matrix)
    vector = (
        ops.ones((matrix.shape[1], 1)) + ops.expand_dims(ops.arange(matrix.shape[1], dtype="float32"), 1) % 7
    )
    for _ in range(POWER_STEPS):
        vector = ops.matmul(square, vector)
        vector /= ops.sqrt(ops.sum(vector**2)) + 1e-12
    return ops.sqrt(ops.sum(ops.matmul(matrix, vector) ** 2)) + 1e-12


def conv_norm_relu(features: KerasTensor, channels: int, kernel: int = 3, strides: int = 1) -> KerasTensor:
    """Convolution, batch normalisation, ReLU."""
    features = keras.layers.Conv2D(channels, kernel, strides, padding="same", use_bias=False)(features)
    return keras.layers.ReLU()(norm(features))


def head(features: KerasTensor, channels: int, kernel: int = 1) -> KerasTensor:
    """What the objective reads: a linear convolution, float32 whatever the precision of the rest."""
    return keras.layers.Conv2D(channels, kernel, padding="same", dtype="float32", name="head")(features)
