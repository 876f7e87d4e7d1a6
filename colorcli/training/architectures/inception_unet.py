"""Ours, the default: a U-Net whose encoder is an Inception v3 that has seen ImageNet.

L (H, W) -> 3 channels -> Inception v3, padded
  H/8   288 ----------------- 1x1  64 --+
  H/16  768 ----- 1x1 128 --+           |
  H/32 2048 - 1x1 256       |           |
               + dense 256 of the mean over the grid
              256 -> 256 -x2- 192 -x2-- 96 -> 96 -> head at H/8
"""

import keras
from keras import KerasTensor, layers

from colorcli.training.architectures import Recipe
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder, encode
from colorcli.training.network.layers import CropToStride, PadToMultiple, conv_norm_relu, head, scaled

RECIPE = Recipe(stride=8, objective="classification", encoder="inception-v3")
BOTTOM = 256  # channels
STAGES = (  # channels of the reduced skip, channels and number of the convolutions behind it
    (128, 192, 1),
    (64, 96, 2),
)


def build(network: NetworkConfig, channels: int) -> keras.Model:
    """L (N, H, W, 1) -> (N, ceil(H/8), ceil(W/8), channels)."""
    lightness = keras.Input((None, None, 1), name="lightness")
    padded = PadToMultiple(32)(lightness)
    _, _, *skips, deepest = encode(build_encoder(network.encoder), padded)
    features = _bottom(deepest, scaled(BOTTOM, network.width))
    for skip, (reduced, wide, depth) in zip(reversed(skips), STAGES, strict=True):
        skip = conv_norm_relu(skip, scaled(reduced, network.width), kernel=1)
        features = layers.Concatenate()([layers.UpSampling2D()(features), skip])
        for _ in range(depth):
            features = conv_norm_relu(features, scaled(wide, network.width))
    return keras.Model(lightness, CropToStride(RECIPE.stride)(head(features, channels), lightness))


def _bottom(deepest: KerasTensor, channels: int) -> KerasTensor:
    """The deepest features, with what the picture is about added everywhere."""
    embedding = layers.Dense(channels, activation="relu")(layers.GlobalAveragePooling2D()(deepest))
    features = conv_norm_relu(deepest, channels, kernel=1)
    return conv_norm_relu(layers.Add()([features, layers.Reshape((1, 1, channels))(embedding)]), channels)
