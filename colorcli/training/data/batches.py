"""Batches of (L, ab) crops from a cache: the same for every backend, the same again for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import keras
import numpy as np

from colorcli.color.lab import Floats
from colorcli.inference.device import usable_cores
from colorcli.training.config import TrainConfig
from colorcli.training.data.cache import AB_ZERO, L_SCALE, Packed
from colorcli.training.data.damage import degrade
from colorcli.training.data.photographs import Photographs, Rows

MOST_WORKERS = 16  # threads that prepare batches, unless more are asked for
AHEAD = 4  # batches that each of them may prepare before they are needed

Batch = tuple[Floats, Floats]  # L (N, S, S, 1) 0..100 and ab (N, S, S, 2)
Crop = tuple[Floats, Floats]  # L (S, S) and ab (S, S, 2)


@dataclass(frozen=True)
class Portion:
    """This machine's share of an epoch's batches: every `of`-th from `rank` on."""

    rank: int = 0
    of: int = 1


class Batches(keras.utils.PyDataset):
    """One epoch: which photographs, crops, flips and damage follows from (seed, epoch, batch) alone."""

    def __init__(
        self,
        photographs: Photographs,
        config: TrainConfig,
        epoch: int,
        first: int = 0,
        portion: Portion = Portion(),
    ) -> None:
        """`first` batches of the epoch are left out: they were done before an interruption."""
        workers = config.workers or min(usable_cores(), MOST_WORKERS)
        super().__init__(workers=workers, max_queue_size=AHEAD * workers)
        self.cache, self.config, self.epoch, self.first = photographs.cache, config, epoch, first
        self.portion = portion
        self.order = np.random.default_rng((config.seed, epoch)).permutation(photographs.train)

    @property
    def whole(self) -> int:
        """Batches of the whole epoch; a smaller one only if there is no other."""
        return max(1, len(self.order) // (self.config.batch_size * self.portion.of))

    def __len__(self) -> int:
        return self.whole - self.first

    def __getitem__(self, index: int) -> Batch:
        return self.batch(self.number(index))

    def number(self, index: int) -> int:
        """Which batch of the whole epoch this one is."""
        return (self.first + index) * self.portion.of + self.portion.rank

    def batch(self, number: int) -> Batch:
        """A batch of the whole epoch."""
        rng = np.random.default_rng((self.config.seed, self.epoch, number))
        return stack([self._crop(row, rng) for row in self.rows(number)])

    def rows(self, number: int) -> Rows:
        """The photographs of a batch of the whole epoch; behind the last one come the first ones again."""
        size = self.config.batch_size
        rows = np.take(self.order, range(number * size, (number + 1) * size), mode="wrap")
        return rows[: len(self.order)]

    def _crop(self, row: int, rng: np.random.Generator) -> Crop:
        lightness, ab = unpack(random_crop(self.cache.photo(row), self.config, rng))
        return degrade(lightness, self.config.damage, rng), ab


def stack(crops: Sequence[Crop]) -> Batch:
    """Crops of one size as a batch."""
    lightness, ab = zip(*crops, strict=True)
    return np.stack(lightness)[..., None], np.stack(ab)


def unpack(photo: Packed) -> Crop:
    """8-bit Lab (H, W, 3) to L (H, W) and ab (H, W, 2), float32."""
    values = photo.astype(np.float32)
    return values[..., 0] / L_SCALE, values[..., 1:] - AB_ZERO


def random_crop(photo: Packed, config: TrainConfig, rng: np.random.Generator) -> Packed:
    """A random square of at least `scale` of the short side, as `crop` pixels, flipped half the time."""
    height, width = photo.shape[:2]
    short = min(height, width)
    side = max(1, round(short * rng.uniform(config.scale, 1)))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    photo = resized(photo[top : top + side, left : left + side], config.crop)
    return photo[:, ::-1] if config.flip and rng.random() < 0.5 else photo


def central_crop(photo: Packed, crop: int) -> Packed:
    """The largest square in the middle, as `crop` pixels."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resized(photo[top : top + side, left : left + side], crop)


def resized(square: Packed, side: int) -> Packed:
    """A square of `side` pixels: averaged when smaller, interpolated when larger."""
    kind = cv2.INTER_AREA if square.shape[0] > side else cv2.INTER_LINEAR
    result: Packed = cv2.resize(square, (side, side), interpolation=kind)
    return result
