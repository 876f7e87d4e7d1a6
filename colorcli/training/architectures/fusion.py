"""An encoder and decoder on L, told at the bottom what a pretrained network sees in the whole photograph.

    L (H, W) ---------------------------> pretrained encoder
      H/2  64 -> 128                          |
      H/4  128 -> 256                         | mean over the grid
      H/8  256 -> 512 -> 512 -> 256           |
             | 1x1 256  <------ 1x1 256 ------+
             128
      H/4  -x2- 64 -> 64
      H/2  -x2- 32 -> head 3x3

To tile the embedding over the grid, concatenate it and mix both by a 1x1 convolution is to add its own 1x1
convolution everywhere: the same numbers, and the grid may have any size. As in `baseline`, a last doubling of
pixels is left out.
"""

import keras
from keras import KerasTensor, layers

from colorcli.training.architectures import Recipe
from colorcli.training.config import NetworkConfig
from colorcli.training.network.encoders import build_encoder, encode
from colorcli.training.network.layers import (
    CropToStride,
    PadToMultiple,
    conv_relu,
    head,
    scaled,
    scaled_lightness,
)

RECIPE = Recipe(stride=2, objective="regression", loss="mse", encoder="inception-resnet-v2", crop=224)
DOWN = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1), (512, 1), (256, 1))  # channels, stride
MIXED = 256


def build(network: NetworkConfig, channels: int) -> keras.Model:
    """L (N, H, W, 1) -> (N, ceil(H/2), ceil(W/2), channels)."""
    lightness = keras.Input((None, None, 1), name="lightness")
    padded = PadToMultiple(8)(lightness)
    features = scaled_lightness(padded)
    for wide, strides in DOWN:
        features = conv_relu(features, scaled(wide, network.width), strides)
    *_, deepest = encode(build_encoder(network.encoder), padded)
    features = _fused(features, deepest, scaled(MIXED, network.width))
    features = conv_relu(features, scaled(128, network.width))
    features = layers.UpSampling2D()(features)
    for _ in range(2):
        features = conv_relu(features, scaled(64, network.width))
    features = conv_relu(layers.UpSampling2D()(features), scaled(32, network.width))
    answer = head(features, channels, kernel=3)
    return keras.Model(lightness, CropToStride(RECIPE.stride)(answer, lightness))


def _fused(features: KerasTensor, deepest: KerasTensor, channels: int) -> KerasTensor:
    """Features (N, h, w, C) mixed with the mean of the deepest encoder features (N, h', w', E)."""
    embedding = layers.GlobalAveragePooling2D(keepdims=True)(deepest)
    embedding = layers.Conv2D(channels, 1, use_bias=False)(embedding)
    return layers.ReLU()(layers.Add()([layers.Conv2D(channels, 1)(features), embedding]))
