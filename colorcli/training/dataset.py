"""Batches of (L, ab) crops from a cache: the same for every backend, the same again for the same seed."""

import hashlib
from dataclasses import dataclass

import cv2
import keras
import numpy as np

from colorcli.errors import UsageError
from colorcli.training.cache import AB_ZERO, L_SCALE, PhotoCache
from colorcli.training.config import TrainConfig
from colorcli.training.damage import harm

Batch = tuple[np.ndarray, np.ndarray]  # L (N, S, S, 1) 0..100 and ab (N, S, S, 2), both float32


@dataclass(frozen=True)
class Split:
    """Rows of the cache to learn from, and rows to judge by."""

    train: np.ndarray
    validation: np.ndarray


def split(cache: PhotoCache, share: float) -> Split:
    """A photograph's side is decided by its name alone, so that it never changes sides between runs."""
    draws = [int(hashlib.sha256(entry.name.encode()).hexdigest()[:8], 16) / 2**32 for entry in cache.entries]
    held = np.asarray(draws) < share
    if held.all():
        raise UsageError(
            f"{len(cache)} photographs leave none to learn from",
            "Give more photographs, or a smaller --validation.",
        )
    rows = np.arange(len(cache))
    return Split(rows[~held], rows[held])


class Batches(keras.utils.PyDataset):
    """One epoch: which photographs, crops, flips and damage follows from (seed, epoch, batch) alone."""

    def __init__(self, cache: PhotoCache, rows: np.ndarray, config: TrainConfig, epoch: int, first: int = 0):
        """`first` batches of the epoch are left out: they were done before an interruption."""
        super().__init__(workers=2, max_queue_size=8)
        self.cache, self.config, self.epoch, self.first = cache, config, epoch, first
        self.order = np.random.default_rng((config.seed, epoch)).permutation(rows)

    @property
    def whole(self) -> int:
        """Batches of the whole epoch; a last, smaller one only if there is no other."""
        return max(1, len(self.order) // self.config.batch_size)

    def __len__(self) -> int:
        return self.whole - self.first

    def __getitem__(self, index: int) -> Batch:
        index += self.first
        size = self.config.batch_size
        rng = np.random.default_rng((self.config.seed, self.epoch, index))
        rows = self.order[index * size : (index + 1) * size]
        return stack([self._crop(self.cache.photo(row), rng) for row in rows])

    def _crop(self, photo: np.ndarray, rng: np.random.Generator) -> Batch:
        photo = random_crop(photo, self.config, rng)
        lightness, ab = unpack(photo)
        return harm(lightness, self.config.damage, rng), ab


class FixedBatches(keras.utils.PyDataset):
    """Central crops, undamaged and always the same: what validation looks at."""

    def __init__(self, cache: PhotoCache, rows: np.ndarray, crop: int, batch_size: int) -> None:
        super().__init__(workers=2, max_queue_size=4)
        self.cache, self.rows, self.crop, self.batch_size = cache, rows, crop, batch_size

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, index: int) -> Batch:
        rows = self.rows[index * self.batch_size : (index + 1) * self.batch_size]
        return stack([unpack(central_crop(self.cache.photo(row), self.crop)) for row in rows])


def stack(crops: list[Batch]) -> Batch:
    """Crops of one size as a batch."""
    lightness, ab = zip(*crops, strict=True)
    return np.stack(lightness)[..., None], np.stack(ab)


def unpack(photo: np.ndarray) -> Batch:
    """8-bit Lab (H, W, 3) to L (H, W) and ab (H, W, 2), float32."""
    values = photo.astype(np.float32)
    return values[..., 0] / L_SCALE, values[..., 1:] - AB_ZERO


def random_crop(photo: np.ndarray, config: TrainConfig, rng: np.random.Generator) -> np.ndarray:
    """A random square of at least `scale` of the short side, as `crop` pixels, flipped half the time."""
    height, width = photo.shape[:2]
    short = min(height, width)
    side = max(1, round(short * rng.uniform(config.scale, 1)))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    photo = resized(photo[top : top + side, left : left + side], config.crop)
    return photo[:, ::-1] if config.flip and rng.random() < 0.5 else photo


def central_crop(photo: np.ndarray, crop: int) -> np.ndarray:
    """The largest square in the middle, as `crop` pixels."""
    height, width = photo.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resized(photo[top : top + side, left : left + side], crop)


def resized(square: np.ndarray, side: int) -> np.ndarray:
    """A square of `side` pixels: averaged when smaller, interpolated when larger."""
    kind = cv2.INTER_AREA if square.shape[0] > side else cv2.INTER_LINEAR
    return cv2.resize(square, (side, side), interpolation=kind)

