"""Colour as two histograms a place, one of a and one of b, compared with those of the truth around it.

`kl` asks for the right likelihoods bin by bin; `emd`, the earth mover's distance, asks how far colour would
have to be moved, so that a near miss costs little. Colour is the expectation of each histogram."""

import numpy as np
from keras import KerasTensor, ops

from colorcli.errors import UsageError
from colorcli.training.config import NetworkConfig
from colorcli.training.objectives import Objective, stride_of

BINS = 32
FARTHEST = 110.0  # ab units: middle of the last bin
CENTRES = np.linspace(-FARTHEST, FARTHEST, BINS, dtype=np.float32)
WIDTH = float(CENTRES[1] - CENTRES[0])


class Histogram(Objective):
    """Mean distance of the predicted histograms from the local ones of the truth."""

    channels = 2 * BINS

    def __init__(self, cost: str) -> None:
        super().__init__(name="histogram", dtype="float32")
        self.cost = {"emd": earth_mover, "kl": divergence}[cost]

    def loss(self, lightness: KerasTensor, truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
        return ops.mean(self.cost(local_histograms(truth, raw), by_channel(raw)))

    def decode(self, raw: KerasTensor, temperature: KerasTensor | None = None) -> KerasTensor:
        return ops.sum(ops.softmax(by_channel(raw)) * CENTRES, axis=-1)


def by_channel(raw: KerasTensor) -> KerasTensor:
    """(N, h, w, 2 x BINS) -> (N, h, w, 2, BINS)."""
    return ops.reshape(raw, (*ops.shape(raw)[:3], 2, BINS))


def local_histograms(truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
    """Shares (N, h, w, 2, BINS) of the true a and b around each output pixel; a value counts in two bins."""
    stride = stride_of(truth, raw)
    step = 2 if stride % 2 == 0 else stride  # to count pixels of half the stride is enough, and far cheaper
    colours = ops.average_pool(truth, stride // step, padding="same") if stride > step else truth
    colours = ops.clip(colours, -FARTHEST, FARTHEST)[..., None]
    counts = ops.relu(1 - ops.abs(colours - CENTRES) / WIDTH)
    counts = ops.reshape(counts, (*ops.shape(counts)[:3], 2 * BINS))
    window = 2 * step + step % 2  # centred, and half a step into the neighbours
    return by_channel(ops.average_pool(counts, window, strides=step, padding="same"))


def divergence(truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
    """Kullback and Leibler's divergence of the truth from softmax(raw), a number a histogram."""
    return ops.sum(truth * (ops.log(ops.maximum(truth, 1e-7)) - ops.log_softmax(raw)), axis=-1)


def earth_mover(truth: KerasTensor, raw: KerasTensor) -> KerasTensor:
    """By how many bins, in the mean, softmax(raw) must be moved to become the truth."""
    return ops.sum(ops.abs(ops.cumsum(truth - ops.softmax(raw), axis=-1)), axis=-1)


def build(network: NetworkConfig) -> Objective:
    """Histograms compared by the configured cost."""
    if network.cost not in ("emd", "kl"):
        raise UsageError(f"histogram has no cost {network.cost}", "There are emd, kl.")
    return Histogram(network.cost)
