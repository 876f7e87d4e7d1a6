"""Colour as one of some 300 classes: the ab bins that occur, spread over the nearest 5, rare ones weighted.

The mean of two likely colours is a dull one; a distribution can say 'red or blue' and mean it. Colour is read
off by the annealed mean: the softmax sharpened by a temperature (1: the mean, near 0: the mode), averaged."""

import numpy as np
from keras import KerasTensor, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.objectives import Objective, distance_l1, shrink

NEIGHBOURS = 5
SPREAD = 5.0  # ab units: sigma of the soft label
HALF = 128  # ab is rounded to -128..127 to look its label up
LARGEST_WEIGHT = 5.0  # times the mean: what a rare colour may count, lest grey things get rare colours


class Classification(Objective):
    """Cross-entropy against soft labels, weighted by rarity; optionally L1 of the decoded colour too."""

    def __init__(self, network: NetworkConfig) -> None:
        super().__init__(name="classification", dtype="float32")
        if len(network.palette) < NEIGHBOURS:
            raise UsageError(f"a palette of {len(network.palette)} colours is too small to learn from")
        palette = np.asarray(network.palette, np.float32)
        self.bins, self.decoded, self.temperature = palette[:, :2], network.decoded, network.temperature
        self.channels = len(self.bins)
        self.nearest, self.shares = soft_labels(self.bins)
        weights = rarity_weights(palette[:, 2], network.rebalance)
        self.importance = weights[self.nearest[:, 0]]

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        truth = shrink(truth, raw)
        loss = self.surprise(truth, raw)
        if self.decoded:
            loss += self.decoded * distance_l1(self.decode(raw), truth)
        return loss

    def surprise(self, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        """The cross-entropy of the classes, where the truth (N, h, w, 2) is as large as the output."""
        code = ops.cast(ops.clip(ops.round(truth) + HALF, 0, 2 * HALF - 1), "int32")
        code = code[..., 0] * 2 * HALF + code[..., 1]
        likely = ops.take_along_axis(raw, ops.take(self.nearest, code, axis=0), axis=-1)
        # The shares add up to 1: this is the cross-entropy, without the logarithm of every class.
        surprise = ops.logsumexp(raw, axis=-1) - ops.sum(
            likely * ops.take(self.shares, code, axis=0), axis=-1
        )
        return ops.mean(surprise * ops.take(self.importance, code, axis=0))

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        sharpened = raw / (self.temperature if temperature is None else temperature)
        return ops.matmul(ops.softmax(sharpened), self.bins)


def soft_labels(bins: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every whole ab (65536): its nearest bins, nearest first, and their shares; both (65536, 5)."""
    steps = np.arange(-HALF, HALF, dtype=np.float32)
    colours = np.stack(np.meshgrid(steps, steps, indexing="ij"), -1).reshape(-1, 2)
    nearest = np.empty((len(colours), NEIGHBOURS), np.int32)
    shares = np.empty((len(colours), NEIGHBOURS), np.float32)
    for part in np.array_split(np.arange(len(colours)), 16):
        distance = ((colours[part, None] - bins) ** 2).sum(-1)
        nearest[part] = np.argsort(distance, axis=1, kind="stable")[:, :NEIGHBOURS]
        distance = np.take_along_axis(distance, nearest[part], 1)
        closeness = np.exp((distance[:, :1] - distance) / (2 * SPREAD**2))
        shares[part] = closeness / closeness.sum(1, keepdims=True)
    return nearest, shares


def rarity_weights(frequency: np.ndarray, rebalance: float) -> np.ndarray:
    """What a class counts, 1 on average: from all alike (0) to the inverse of its frequency (1); capped."""
    frequency = frequency / frequency.sum()
    weights = 1 / (rebalance * frequency + (1 - rebalance) / len(frequency))
    weights /= (frequency * weights).sum()
    return np.minimum(weights, LARGEST_WEIGHT).astype(np.float32)


def build(network: NetworkConfig) -> Objective:
    """Classification over the network's palette."""
    return Classification(network)
