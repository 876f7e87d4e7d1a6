"""The bare start of the ladder: a plain convolutional network, strides down, upsampling up.

    L (H, W) -> 64
      H/2  64 -> 128
      H/4  128 -> 256
      H/8  256 -> dropout -> 512 -> 256 -> 128 -> dropout
      H/4  -x2- 64
      H/2  -x2- 32 -> head 3x3

Every kernel is 3x3 and nothing pools. Its authors doubled the answer once more by repeating pixels, which the
mean squared error cannot tell from answering at H/2 against the mean of four pixels; so that is left out.
"""

import keras
from keras import layers

from colorcli.training.architectures import Recipe
from colorcli.training.config import NetworkConfig
from colorcli.training.network.layers import (
    CropToStride,
    PadToMultiple,
    conv_relu,
    head,
    scaled,
    scaled_lightness,
)

RECIPE = Recipe(stride=2, objective="regression", loss="mse", crop=128, learning_rate=3e-4)
DOWN = (64, 128, 256)  # channels at H, H/2 and H/4; the stride that follows keeps them
BOTTOM = (512, 256, 128)
UP = (64, 32)
DROPOUT = 0.2


def build(network: NetworkConfig, channels: int) -> keras.Model:
    """L (N, H, W, 1) -> (N, ceil(H/2), ceil(W/2), channels)."""
    lightness = keras.Input((None, None, 1), name="lightness")
    features = scaled_lightness(PadToMultiple(8)(lightness))
    for wide in DOWN:
        features = conv_relu(features, scaled(wide, network.width))
        features = conv_relu(features, scaled(wide, network.width), strides=2)
    features = layers.Dropout(DROPOUT)(features)
    for wide in BOTTOM:
        features = conv_relu(features, scaled(wide, network.width))
    features = layers.Dropout(DROPOUT)(features)
    for wide in UP:
        features = conv_relu(layers.UpSampling2D()(features), scaled(wide, network.width))
    answer = head(features, channels, kernel=3)
    return keras.Model(lightness, CropToStride(RECIPE.stride)(answer, lightness))
