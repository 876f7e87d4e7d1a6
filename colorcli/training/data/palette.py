"""The colour classes of a set of photographs: the points of an ab grid that really occur, and how often."""

import numpy as np

from colorcli.training.config import NetworkConfig
from colorcli.training.data.cache import AB_ZERO
from colorcli.training.data.photographs import Photographs

GRID = 10  # ab units between two classes
RAREST = 3e-6  # a class needs at least this share of the pixels
LOOKED_AT = 4000  # photographs, evenly spread: more change nothing
STEP = 4  # every so many pixels each way: neighbours repeat each other

Palette = tuple[tuple[float, float, float], ...]  # (a, b, share) of each class


def needs_palette(network: NetworkConfig) -> bool:
    """Whether this network answers with colour classes and has not been told which."""
    return network.has_classes and not network.palette


def find_palette(photographs: Photographs) -> Palette:
    """Count the grid points nearest to the pixels of the photographs to learn from."""
    rows = photographs.train
    counts = np.zeros((256 // GRID + 2,) * 2, np.int64)
    shift = len(counts) // 2
    for row in rows[:: max(1, len(rows) // LOOKED_AT)]:
        ab = photographs.cache.photo(row)[::STEP, ::STEP, 1:].reshape(-1, 2).astype(np.float32) - AB_ZERO
        a, b = (np.rint(ab / GRID).astype(int) + shift).T
        np.add.at(counts, (a, b), 1)
    kept = np.argwhere(counts > counts.sum() * RAREST)
    shares = counts[tuple(kept.T)] / counts.sum()
    return tuple(
        (float(a), float(b), float(share))
        for (a, b), share in zip((kept - shift) * GRID, shares, strict=True)
    )
