"""The photographs of a run, decoded and divided, and the lists in its folder of which part each is in."""

import logging
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from colorcli.errors import PhotoError
from colorcli.training.config import TrainConfig
from colorcli.training.data.cache import OnPhoto, PhotoCache, open_cache
from colorcli.training.data.selection import PhotoSelection
from colorcli.training.data.split import (
    LEARNT_NAME,
    VALIDATION_NAME,
    Held,
    held_back,
    inside,
    one_of,
    read_names,
    write_names,
)

CACHE_MARGIN = 1.25  # the cache keeps short sides of this many crops, so that a crop can be a part of it
CACHE_STEP = 64  # pixels: crops of nearly the same size share a cache

_LOG = logging.getLogger("colorcli")
Rows = NDArray[np.intp]  # of a cache


@dataclass(frozen=True)
class Photographs:
    """What a run learns from, and what it is validated on."""

    cache: PhotoCache
    train: Rows
    validation_cache: PhotoCache  # the same one, but where a folder of its own was given to judge by
    validation: Rows  # of it

    @classmethod
    def divided(cls, cache: PhotoCache, validation: float | str) -> "Photographs":
        """Some are held back, as `held_back` says."""
        return cls.of(cache, held_back(cache.names, validation))

    @classmethod
    def of(cls, cache: PhotoCache, held: Held, validation_cache: PhotoCache | None = None) -> "Photographs":
        """All that are not held back are learnt from; validated on are these, or all of another cache."""
        if held.all():
            raise PhotoError(
                f"validation leaves none of {len(cache)} photographs to learn from",
                "Give more photographs, or a smaller --validation.",
            )
        rows = np.arange(len(cache))
        validation = np.arange(len(validation_cache)) if validation_cache else rows[held]
        return cls(cache, rows[~held], validation_cache or cache, validation)

    @property
    def learnt_names(self) -> list[str]:
        """Of the photographs to learn from."""
        return [self.cache.entries[row].name for row in self.train]

    @property
    def held_names(self) -> list[str]:
        """Of those to judge by."""
        return [self.validation_cache.entries[row].name for row in self.validation]

    def without(self, learnt: Collection[str]) -> "Photographs":
        """Those that were learnt from before are not judged by, but learnt from again."""
        names = one_of(self.held_names, learnt)
        again = self.validation[names] if self.validation_cache is self.cache else self.train[:0]
        return replace(
            self, train=np.sort(np.concatenate((self.train, again))), validation=self.validation[~names]
        )


Gathered = tuple[Photographs, Collection[str]]  # and the names of those that were learnt from before


def photographs_of_new_run(config: TrainConfig, cache_home: Path, on_photo: OnPhoto) -> Gathered:
    """The photographs of a new run; it is not judged by what the run that it starts from has learnt."""
    cache = _opened(config, cache_home, on_photo)
    folder = _validation_folder(config)
    if folder:
        validation_cache = _validation_cache(config, folder, cache_home, on_photo)
        photographs = Photographs.of(cache, inside(cache.names, config.sources, folder), validation_cache)
    else:
        photographs = Photographs.divided(cache, config.validation)
    _warn_if_small(cache, config.crop)
    learnt = read_names(Path(config.start) / LEARNT_NAME) if config.start else []
    fair = photographs.without(learnt)
    if lost := len(photographs.validation) - len(fair.validation):
        _LOG.warning(f"{lost} photographs are not judged by: {config.start} has learnt from them")
    return fair, learnt


def photographs_of_resumed_run(
    config: TrainConfig, run: Path, cache_home: Path, on_photo: OnPhoto
) -> Gathered:
    """Those of a run that goes on: what was held back stays so."""
    if not (run / VALIDATION_NAME).exists():  # killed before it noted anything
        return photographs_of_new_run(config, cache_home, on_photo)
    cache = _opened(config, cache_home, on_photo)
    learnt, held = read_names(run / LEARNT_NAME), read_names(run / VALIDATION_NAME)
    if folder := _validation_folder(config):
        validation_cache = _validation_cache(config, folder, cache_home, on_photo)
        photographs = Photographs.of(cache, inside(cache.names, config.sources, folder), validation_cache)
        return photographs.without(set(validation_cache.names) - set(held)), learnt
    return Photographs.of(cache, one_of(cache.names, held)), learnt


def write_split(run: Path, photographs: Photographs, learnt: Collection[str]) -> None:
    """Write down what is held back, and what was learnt from, by this run or one before it."""
    write_names(run / LEARNT_NAME, [*learnt, *photographs.learnt_names])
    write_names(run / VALIDATION_NAME, photographs.held_names)


def _opened(config: TrainConfig, home: Path, on_photo: OnPhoto) -> PhotoCache:
    selection = PhotoSelection(config.categories, config.category_from, config.limit)
    return open_cache(config.sources, config.categories, _side(config), home, on_photo, selection)


def _validation_cache(config: TrainConfig, folder: Path, home: Path, on_photo: OnPhoto) -> PhotoCache:
    selection = PhotoSelection(category_from=config.category_from)
    return open_cache((str(folder),), (), _side(config), home, on_photo, selection)


def _side(config: TrainConfig) -> int:
    return math.ceil(config.crop * CACHE_MARGIN / CACHE_STEP) * CACHE_STEP


def _validation_folder(config: TrainConfig) -> Path | None:
    path = Path(config.validation) if isinstance(config.validation, str) else None
    return path if path and path.is_dir() else None


def _warn_if_small(cache: PhotoCache, crop: int) -> None:
    side = int(np.median([min(entry.height, entry.width) for entry in cache.entries]))
    if side < crop:
        _LOG.warning(
            f"half of the photographs have at most {side} pixels, enlarged to crops of {crop}: see --crop"
        )
