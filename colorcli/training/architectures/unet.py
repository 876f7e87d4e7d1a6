"""A U-Net of seven blocks down and seven up, whose skips are added.

    L (H, W)                              head at H
      H/2    64 ---------------------- + -> 32
      H/4    128 ------------------- + -> 64
      H/8    256 ---------------- + -> 128
      H/16   512 ------------- + -> 256
      H/32   512 ---------- + -> 512
      H/64   512 ------- + -> 512
      H/128  512 ---------> 512

A block down is a strided convolution, LeakyReLU, batch normalisation and dropout; a block up adds the skip,
then a strided transposed convolution, LeakyReLU and batch normalisation. L is padded to multiples of 128.
"""

import keras
from keras import KerasTensor, layers

from colorcli.training.architectures import Recipe
from colorcli.training.config import NetworkConfig
from colorcli.training.network.layers import (
    CropToStride,
    PadToMultiple,
    head,
    leaky_relu,
    norm,
    scaled,
    scaled_lightness,
)

RECIPE = Recipe(stride=1, objective="regression", loss="l1", crop=256)
DOWN = (64, 128, 256, 512, 512, 512, 512)  # channels
UP = (512, 512, 512, 256, 128, 64, 32)
DROPOUT = 0.1


def build(network: NetworkConfig, channels: int) -> keras.Model:
    """L (N, H, W, 1) -> (N, H, W, channels)."""
    lightness = keras.Input((None, None, 1), name="lightness")
    features = scaled_lightness(PadToMultiple(2 ** len(DOWN))(lightness))
    skips: list[KerasTensor] = []
    for wide in DOWN:
        features = _down(features, scaled(wide, network.width))
        skips.append(features)
    features = skips.pop()
    for wide in UP:
        features = _up(features, scaled(wide, network.width))
        features = layers.Add()([features, skips.pop()]) if skips else features
    return keras.Model(lightness, CropToStride(RECIPE.stride)(head(features, channels), lightness))


def _down(features: KerasTensor, channels: int) -> KerasTensor:
    """(N, h, w, C) -> (N, h/2, w/2, channels)."""
    features = layers.Conv2D(channels, 3, 2, padding="same")(features)
    features = norm(leaky_relu(features))
    return layers.Dropout(DROPOUT)(features)


def _up(features: KerasTensor, channels: int) -> KerasTensor:
    """(N, h, w, C) -> (N, 2h, 2w, channels); a kernel of twice the stride leaves no chequered pattern."""
    features = layers.Conv2DTranspose(channels, 4, 2, padding="same")(features)
    return norm(leaky_relu(features))
