"""The photographs of a run, decoded and divided, and the notes in its folder of which part each is in."""

import logging
import math
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np

from colorcli.training.cache import PhotoCache, open_cache
from colorcli.training.config import TrainConfig
from colorcli.training.dataset import Photographs
from colorcli.training.selection import Selection
from colorcli.training.split import (
    LEARNT_NAME,
    VALIDATION_NAME,
    inside,
    one_of,
    read_names,
    write_names,
)

CACHE_MARGIN = 1.25  # the cache keeps short sides of this many crops, so that a crop can be a part of it
CACHE_STEP = 64  # pixels: crops of nearly the same size share a cache

_LOG = logging.getLogger("colorcli")
Told = Callable[[int, int], None]  # how many photographs are kept and skipped so far
Gathered = tuple[Photographs, Collection[str]]  # and the names of those that were learnt from before


def gather_new(config: TrainConfig, cache_home: Path, on_photo: Told) -> Gathered:
    """The photographs of a new run; it is not judged by what the run that it starts from has learnt."""
    cache = _opened(config, cache_home, on_photo)
    folder = _folder_to_judge_by(config)
    if folder:
        judged = _opened_to_judge(config, folder, cache_home, on_photo)
        photographs = Photographs.of(cache, inside(cache.names, config.sources, folder), judged)
    else:
        photographs = Photographs.divided(cache, config.validation)
    _tell_if_small(cache, config.crop)
    learnt = read_names(Path(config.start) / LEARNT_NAME) if config.start else []
    fair = photographs.without(learnt)
    if lost := len(photographs.validation) - len(fair.validation):
        _LOG.warning(f"{lost} photographs are not judged by: {config.start} has learnt from them")
    return fair, learnt


def gather_again(config: TrainConfig, run: Path, cache_home: Path, on_photo: Told) -> Gathered:
    """Those of a run that goes on: what was held back stays so."""
    if not (run / VALIDATION_NAME).exists():  # killed before it noted anything
        return gather_new(config, cache_home, on_photo)
    cache = _opened(config, cache_home, on_photo)
    learnt, held = read_names(run / LEARNT_NAME), read_names(run / VALIDATION_NAME)
    if folder := _folder_to_judge_by(config):
        judged = _opened_to_judge(config, folder, cache_home, on_photo)
        photographs = Photographs.of(cache, inside(cache.names, config.sources, folder), judged)
        return photographs.without(set(judged.names) - set(held)), learnt
    return Photographs.of(cache, one_of(cache.names, held)), learnt


def note_parts(run: Path, photographs: Photographs, learnt: Collection[str]) -> None:
    """Write down what is held back, and what was learnt from, by this run or one before it."""
    write_names(run / LEARNT_NAME, [*learnt, *photographs.learnt_names])
    write_names(run / VALIDATION_NAME, photographs.held_names)


def _opened(config: TrainConfig, home: Path, on_photo: Told) -> PhotoCache:
    selection = Selection(config.categories, config.category_from, config.limit)
    return open_cache(config.sources, config.categories, _side(config), home, on_photo, selection)


def _opened_to_judge(config: TrainConfig, folder: Path, home: Path, on_photo: Told) -> PhotoCache:
    selection = Selection(category_from=config.category_from)
    return open_cache((str(folder),), (), _side(config), home, on_photo, selection)


def _side(config: TrainConfig) -> int:
    return math.ceil(config.crop * CACHE_MARGIN / CACHE_STEP) * CACHE_STEP


def _folder_to_judge_by(config: TrainConfig) -> Path | None:
    path = Path(config.validation) if isinstance(config.validation, str) else None
    return path if path and path.is_dir() else None


def _tell_if_small(cache: PhotoCache, crop: int) -> None:
    side = int(np.median([min(entry.height, entry.width) for entry in cache.entries]))
    if side < crop:
        _LOG.warning(
            f"half of the photographs have at most {side} pixels, enlarged to crops of {crop}: see --crop"
        )
