"""Two networks become one: the mean of their weights, which often keeps the best of both.

Batch normalisation is folded into the convolution before it first. Its statistics belong to one network's
weights; those of two networks have no mean that means anything.
"""

import keras
import numpy as np
from keras import ops

from colorcli.training.network.layers import BatchNorm, norm_behind, norm_weights


def blend(network: keras.Model, other: keras.Model, share: float) -> None:
    """Move the weights towards those of another network of the same design, by a share of the way."""
    _fold(network)
    _fold(other)
    for ours, theirs in zip(network.weights, other.weights, strict=True):
        ours.assign((1 - share) * ours + share * theirs)


def _fold(network: keras.Model) -> None:
    """Leave of each normalisation only its offset, without changing what the network answers."""
    for layer in network.layers:
        if isinstance(layer, keras.Model):
            _fold(layer)
        norm = norm_behind(layer) if hasattr(layer, "kernel") else None
        if norm is not None:
            _fold_into(layer, norm)


def _fold_into(layer: keras.layers.Layer, norm: BatchNorm) -> None:
    gamma, beta, mean, variance = (ops.convert_to_numpy(weight) for weight in norm_weights(norm))
    scale = gamma / np.sqrt(variance + norm.epsilon)
    bias = ops.convert_to_numpy(layer.bias) if layer.use_bias else np.zeros_like(mean)
    # The one kind of layer whose kernel has its outputs last but one.
    transposed = isinstance(layer, keras.layers.Conv2DTranspose)
    layer.kernel.assign(layer.kernel * (scale[:, None] if transposed else scale))
    if layer.use_bias:
        layer.bias.assign(np.zeros_like(bias))
    norm.become_offset(beta + scale * (bias - mean))
