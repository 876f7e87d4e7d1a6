"""A VGG-like encoder that answers with colour histograms: what each place could be, not one colour.

    L (H, W), 224 x 224 in training
             64 ->  64 /2
      H/2   128 -> 128 /2
      H/4   256 -> 256 -> 256 /2
      H/8   512 -> 512 -> 512 /2
      H/16  512 -> 512 -> 512
      H/8   -x2- 256
      H/4   -x2- 128 -> head

Strides in place of VGG's pooling, and batch normalisation, so that it learns without having seen ImageNet.
"""

import keras
from keras import layers

from colorcli.training.architectures import Recipe
from colorcli.training.config import NetworkConfig
from colorcli.training.network.layers import (
    CropToStride,
    PadToMultiple,
    conv_norm_relu,
    head,
    scaled,
    scaled_lightness,
)

RECIPE = Recipe(stride=4, objective="histogram", crop=224, render_size=224)
DOWN = (
    (64, 2),
    (128, 2),
    (256, 3),
    (512, 3),
)  # channels and number of the convolutions; the last one strides
BOTTOM = (512, 512, 512)
UP = (256, 128)


def build(network: NetworkConfig, channels: int) -> keras.Model:
    """L (N, H, W, 1) -> (N, ceil(H/4), ceil(W/4), channels)."""
    lightness = keras.Input((None, None, 1), name="lightness")
    features = scaled_lightness(PadToMultiple(2 ** len(DOWN))(lightness))
    for wide, depth in DOWN:
        for index in range(depth):
            strides = 2 if index == depth - 1 else 1
            features = conv_norm_relu(features, scaled(wide, network.width), strides=strides)
    for wide in BOTTOM:
        features = conv_norm_relu(features, scaled(wide, network.width))
    for wide in UP:
        features = conv_norm_relu(layers.UpSampling2D()(features), scaled(wide, network.width))
    return keras.Model(lightness, CropToStride(RECIPE.stride)(head(features, channels), lightness))
