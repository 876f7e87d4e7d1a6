"""How different two colourings look to a network that knows photographs."""

from collections.abc import Sequence

import keras
from keras import KerasTensor, ops

from colorcli.color.lab import TO_RGB

KNEE = 6 / 29  # of a root: below it the cube root of Lab is a straight line
SRGB_KNEE = 0.0031308  # linear light: below it the sRGB curve is one


def lab_to_rgb(lightness: KerasTensor, ab: KerasTensor) -> KerasTensor:
    """L (N, H, W, 1) and ab (N, H, W, 2) to sRGB (N, H, W, 3) in 0..1, clipped; gradients are finite."""
    middle = (lightness + 16) / 116
    roots = ops.concatenate([middle + ab[..., :1] / 500, middle, middle - ab[..., 1:] / 200], axis=-1)
    xyz = ops.where(roots > KNEE, roots**3, 3 * KNEE**2 * (roots - 4 / 29))
    linear = ops.clip(ops.matmul(xyz, TO_RGB.T.astype("float32")), 0, 1)
    curved = 1.055 * ops.maximum(linear, SRGB_KNEE) ** (1 / 2.4) - 0.055
    return ops.where(linear > SRGB_KNEE, curved, 12.92 * linear)


def feature_distance(
    encoder: keras.Model, lightness: KerasTensor, ab: KerasTensor, truth: KerasTensor
) -> KerasTensor:
    """How far the encoder's features of two colourings of L (N, H, W, 1) lie apart, as a share of their size.

    ab and truth (N, h, w, 2) are brought to the size of L. A scalar, the mean of the encoder's outputs.
    """
    found, wanted = (encoder(painted(lightness, colour), training=False) for colour in (ab, truth))
    return distance_of_maps(found, wanted)


def distance_of_maps(found: Sequence[KerasTensor], wanted: Sequence[KerasTensor]) -> KerasTensor:
    """The mean distance of maps from others, as a share of the others' size; the mean of all maps."""
    shares = [
        ops.mean(ops.abs(ours - theirs)) / (ops.mean(ops.abs(theirs)) + 1e-6)
        for ours, theirs in zip(found, wanted, strict=True)
    ]
    return sum(shares) / len(shares)


def painted(lightness: KerasTensor, ab: KerasTensor) -> KerasTensor:
    """The picture (N, H, W, 3) as the encoder wants it, -1..1."""
    return 2 * lab_to_rgb(lightness, ops.image.resize(ab, lightness.shape[1:3])) - 1
