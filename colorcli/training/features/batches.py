"""Batches of an epoch made of records: each is computed when first wanted, and kept where there is room.

There are `variants` of each photograph: its crops of the first epochs, kept while these last; a later epoch
takes the variant whose turn it is. A file is a batch of such a first epoch. So what is kept, and what a batch
is made of, follows from configuration and photographs alone, and a run that was interrupted meets the same
numbers again.
"""

import hashlib
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from colorcli.color.lab import Floats
from colorcli.training import architectures
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.data.batches import Batches
from colorcli.training.data.cache import L_SCALE
from colorcli.training.data.photographs import Photographs, Rows
from colorcli.training.features.disk_limit import limited_folder
from colorcli.training.features.quantized import (
    CHECK,
    LAYOUT,
    Records,
    Scale,
    load_scales,
    record_type,
    save_scales,
)
from colorcli.training.features.store import FeatureStore

_LOG = logging.getLogger("colorcli")
MEASURED = 2  # batches that the scales are measured on
FOLDER = "features"  # of the cache
GB = 1_000_000_000

Fed = tuple[tuple[Any, ...], Floats]  # L and maps as codes, ab


@contextmanager
def open_features(
    prefix: keras.Model, photographs: Photographs, config: TrainConfig
) -> Iterator["KeptFeatures"]:
    """What the prefix sees of the photographs: kept beside them while the block lasts, and for later."""
    maker = FeatureMaker(prefix, photographs, config)
    home = photographs.cache.folder.parent / FOLDER
    limit = round(config.features_limit * GB)
    with limited_folder(home, maker.key(), maker.wanted, limit) as (folder, room):
        maker.scales = load_scales(folder)
        if len(maker.scales) != len(prefix.outputs):
            maker.scales = maker.measured_scales()
            save_scales(folder, maker.scales)
        store = FeatureStore(folder, maker.record, maker.rows, room)
        _tell(store, maker)
        yield KeptFeatures(maker, store)


def _tell(store: FeatureStore, maker: "FeatureMaker") -> None:
    kept = min(1.0, store.capacity / maker.files_in_all)
    size = kept * maker.wanted / GB
    _LOG.info(f"features of the frozen layers are kept in {store.folder}: {size:.2g} GB when complete")
    if kept < 1:
        _LOG.warning(f"--features-limit leaves room for {kept:.0%} of the features; the rest is not kept")


class FeatureMaker:
    """Turns crops into records."""

    def __init__(self, prefix: keras.Model, photographs: Photographs, config: TrainConfig) -> None:
        self.prefix, self.photographs, self.config = prefix, photographs, config
        self.variants = [Batches(photographs, config, epoch) for epoch in range(config.variants)]
        self.rows = min(config.batch_size, len(photographs.train))  # of a batch
        self.files = -(-len(photographs.train) // config.batch_size)  # batches that hold all photographs once
        self.stride = _truth_stride(config.network)
        truth = -(-config.crop // self.stride)
        shapes = _listed(prefix.compute_output_shape((1, config.crop, config.crop, 1)))
        self.record = record_type(config.crop, truth, [shape[1:] for shape in shapes])
        self.scales: list[Scale] = []
        self.lock = threading.Lock()

    @property
    def files_in_all(self) -> int:
        """Of all variants."""
        return self.config.variants * self.files

    @property
    def wanted(self) -> int:
        """Bytes of all variants."""
        return self.files_in_all * self.rows * self.record.itemsize

    def key(self) -> str:
        """A digest of everything that decides what a file holds."""
        config = self.config
        crops = (config.crop, config.scale, config.flip, config.damage, config.seed, config.batch_size)
        computed = (keras.backend.backend(), keras.config.dtype_policy().name, config.network.encoder)
        photographs = self.photographs.cache.folder.name
        digest = hashlib.sha256(repr((LAYOUT, self.record, crops, computed, photographs)).encode())
        digest.update(self.photographs.train.tobytes())
        for weight in self.prefix.get_weights():
            digest.update(weight.tobytes())
        return digest.hexdigest()[:16]

    def measured_scales(self) -> list[Scale]:
        """From the first crops."""
        numbers = range(min(MEASURED, self.files))
        maps = [self._maps(self.variants[0].batch(number)[0]) for number in numbers]
        return [Scale.measured(np.concatenate(parts)) for parts in zip(*maps, strict=True)]

    def batch(self, variant: int, number: int) -> Records:
        """The records of a batch of a variant's own epoch."""
        return self.records(*self.variants[variant].batch(number))

    def records(self, lightness: Floats, ab: Floats) -> Records:
        """Those of crops L (N, S, S, 1) and ab (N, S, S, 2)."""
        records = np.zeros(len(lightness), self.record)
        records["lightness"] = np.rint(lightness * L_SCALE)
        pooled = ops.average_pool(ab, self.stride, self.stride, padding="same")
        records["ab"] = ops.convert_to_numpy(pooled)
        for index, (scale, maps) in enumerate(zip(self.scales, self._maps(lightness), strict=True)):
            records[f"map{index}"] = scale.pack(maps)
        return records

    def _maps(self, lightness: Floats) -> list[Floats]:
        with self.lock:  # each takes all cores
            return [np.asarray(maps, np.float32) for maps in _listed(self.prefix.predict_on_batch(lightness))]


def _truth_stride(network: NetworkConfig) -> int:
    """How many pixels, each way, a kept ab stands for: as the loss wants it."""
    counts_pixels = network.objective == "histogram"
    return 1 if counts_pixels else architectures.get(network.architecture).RECIPE.stride


def _listed(answer: Any) -> list[Any]:
    """A model's answers, also where there is but one."""
    return answer if isinstance(answer, list) else [answer]


class KeptFeatures:
    """Records of crops, each computed once where there is room to keep it."""

    def __init__(self, maker: FeatureMaker, store: FeatureStore) -> None:
        self.maker, self.store, self.scales = maker, store, maker.scales
        count = len(maker.photographs.cache)
        self.places = [_inverse(crops.order, count) for crops in maker.variants]

    def batch(self, crops: Batches, number: int) -> Records:
        """The records that stand for a batch of an epoch."""
        variant = crops.epoch % len(self.places)
        if crops.epoch == variant:
            return self._first_use(variant, number)
        kept = [self._kept(variant, self.places[variant][row]) for row in crops.rows(number)]
        missing = [index for index, record in enumerate(kept) if record is None]
        if missing:
            lightness, ab = crops.batch(number)
            made = iter(self.maker.records(lightness[missing], ab[missing]))
            kept = [next(made) if record is None else record for record in kept]
        return np.array(kept, self.store.record)

    def _first_use(self, variant: int, number: int) -> Records:
        """A batch of a variant's own epoch, which is a file."""
        file = variant * self.maker.files + number
        records = self.store.read(file)
        return self._made(file) if records is None else records

    def _kept(self, variant: int, place: int) -> np.void | None:
        """The record at a place of a variant's own epoch, if there is room for it."""
        number, slot = divmod(int(place), self.maker.config.batch_size)
        file = variant * self.maker.files + number
        record = self.store.read_one(file, slot)
        if record is None and self.store.takes(file):
            self._made(file)
            record = self.store.read_one(file, slot)
        return record

    def _made(self, file: int) -> Records:
        """The records of a file, kept if there is room."""
        records = self.maker.batch(*divmod(file, self.maker.files))
        self.store.write(file, records)
        return records


def _inverse(order: Rows, count: int) -> Rows:
    """At which place each of so many rows comes."""
    places = np.zeros(count, np.intp)
    places[order] = np.arange(len(order))
    return places


class FeatureBatches(keras.utils.PyDataset):
    """One epoch, as `Batches` is, in codes."""

    def __init__(self, crops: Batches, features: KeptFeatures) -> None:
        super().__init__(workers=crops.workers, max_queue_size=crops.max_queue_size)
        self.crops, self.features = crops, features

    @property
    def whole(self) -> int:
        """Batches of the whole epoch."""
        return self.crops.whole

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, index: int) -> Fed:
        records = self.features.batch(self.crops, self.crops.number(index))
        codes = [records[name] for name in records.dtype.names or () if name not in ("ab", CHECK)]
        return tuple(codes), records["ab"].astype(np.float32)
