"""Batches: the right numbers, decided by the seed alone, dealt out without overlap."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from colorcli.errors import PhotoError, UsageError
from colorcli.training.config import Damage, TrainConfig
from colorcli.training.data.batches import MOST_WORKERS, Batch, Batches, Portion
from colorcli.training.data.cache import PhotoCache, open_cache
from colorcli.training.data.photographs import Photographs
from colorcli.training.data.split import parse_validation

from .helpers import small, write_photographs

PATIENCE = 60  # seconds: of a hang, not of the work
UNHARMED = Damage(noise=False, blur=False, fading=False, curve=False, jpeg=False)


@pytest.fixture
def cache(tmp_path: Path) -> PhotoCache:
    return open_cache((str(write_photographs(tmp_path / "photos")),), (), 40, tmp_path / "cache")


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return small(tmp_path / "photos")


def equal(first: Batches, second: Batches) -> bool:
    return len(first) == len(second) and all(
        np.array_equal(one, other)
        for index in range(len(first))
        for one, other in zip(first[index], second[index], strict=True)
    )


def test_shapes_and_ranges(cache: PhotoCache, config: TrainConfig) -> None:
    lightness, ab = Batches(Photographs.divided(cache, 0.2), config, epoch=0)[0]
    assert lightness.shape == (4, 32, 32, 1)
    assert ab.shape == (4, 32, 32, 2)
    assert lightness.dtype == ab.dtype == np.float32
    assert lightness.min() >= 0
    assert lightness.max() <= 100
    assert np.abs(ab).max() > 20


def test_the_seed_decides_everything(cache: PhotoCache, config: TrainConfig) -> None:
    photographs = Photographs.divided(cache, 0.2)
    batches = Batches(photographs, config, epoch=3)
    assert equal(batches, Batches(photographs, config, epoch=3))
    assert not equal(batches, Batches(photographs, config, epoch=4))
    assert not equal(batches, Batches(photographs, replace(config, seed=1), epoch=3))


def test_an_interrupted_epoch_goes_on_where_it_was(cache: PhotoCache, config: TrainConfig) -> None:
    photographs = Photographs.divided(cache, 0.2)
    whole, rest = Batches(photographs, config, 1), Batches(photographs, config, 1, first=2)
    assert len(rest) == len(whole) - 2
    assert np.array_equal(rest[0][0], whole[2][0])


def test_machines_share_an_epoch_without_overlap(cache: PhotoCache, config: TrainConfig) -> None:
    photographs = Photographs.divided(cache, 0)
    alone = Batches(photographs, config, 0)
    shares = [Batches(photographs, config, 0, portion=Portion(rank, 2)) for rank in (0, 1)]
    assert [len(alone), *map(len, shares)] == [5, 2, 2]
    assert np.array_equal(shares[0][1][0], alone[2][0])
    assert np.array_equal(shares[1][1][0], alone[3][0])


def test_so_many_threads_prepare_batches(cache: PhotoCache, config: TrainConfig) -> None:
    """Each waits until three are at work, so that with fewer no batch would ever be ready."""

    class Meeting(Batches):
        together = threading.Barrier(3)

        def __getitem__(self, index: int) -> Batch:
            if threading.current_thread() is not threading.main_thread():
                self.together.wait(PATIENCE)
            return super().__getitem__(index)

    model = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(2, 1)])
    model.compile(loss="mse")
    photographs = Photographs.divided(cache, 0.1)
    batches = Meeting(photographs, replace(config, workers=3, batch_size=3), epoch=0)
    assert len(batches) == 6
    assert np.isfinite(model.evaluate(batches, verbose=0))


def test_unless_told_each_core_prepares_batches(cache: PhotoCache, config: TrainConfig) -> None:
    """As many cores as this process may use: here one, then all."""
    photographs = Photographs.divided(cache, 0)
    cores = os.sched_getaffinity(0)
    assert Batches(photographs, config, 0).workers == min(len(cores), MOST_WORKERS)
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert Batches(photographs, config, 0).workers == 1
    finally:
        os.sched_setaffinity(0, cores)


def test_a_photograph_never_changes_sides(tmp_path: Path) -> None:
    def held_back(count: int) -> set[str]:
        folder = write_photographs(tmp_path / "photos", count)
        cache = open_cache((str(folder),), (), 40, tmp_path / "cache")
        return {cache.entries[row].name for row in Photographs.divided(cache, 0.5).validation}

    few, many = held_back(10), held_back(30)
    assert 0 < len(few) < 10
    assert few < many


def test_one_photograph_is_a_batch_of_one(tmp_path: Path, config: TrainConfig) -> None:
    folder = write_photographs(tmp_path / "one", 1)
    photographs = Photographs.divided(open_cache((str(folder),), (), 40, tmp_path / "cache"), 0)
    batches = Batches(photographs, config, 0)
    assert len(batches) == 1
    assert batches[0][0].shape == (1, 32, 32, 1)


def test_nothing_left_to_learn_from_is_an_error(cache: PhotoCache) -> None:
    with pytest.raises(PhotoError, match="leaves none of 20 photographs"):
        Photographs.divided(cache, 20)


def test_without_augmentation_it_is_the_photograph(cache: PhotoCache, config: TrainConfig) -> None:
    """A crop as large as the photograph is high, from anywhere along its width."""
    plain = replace(config, flip=False, scale=1.0, crop=40, damage=UNHARMED, batch_size=1)
    lightness, ab = Batches(Photographs.divided(cache, 0), plain, 0)[0]
    crops = [
        (cache.photo(row)[:, left : left + 40]).astype(np.float32)
        for row in range(len(cache))
        for left in range(9)
    ]
    assert any(
        np.allclose(lightness[0, ..., 0], crop[..., 0] / 2.55, atol=1e-4)
        and np.array_equal(ab[0], crop[..., 1:] - 128)
        for crop in crops
    )


@pytest.mark.parametrize("count", [1, 7])
def test_so_many_are_held_back(cache: PhotoCache, count: int) -> None:
    photographs = Photographs.divided(cache, count)
    assert len(photographs.held_names) == count
    assert len(photographs.learnt_names) == 20 - count
    assert set(photographs.held_names) <= set(Photographs.divided(cache, count + 1).held_names)


def test_those_of_a_list_are_held_back(cache: PhotoCache, tmp_path: Path) -> None:
    """By their names inside the source, or by whole paths."""
    (tmp_path / "list.txt").write_text(f"cat/03.png\n{tmp_path}/photos/dog/06.png\n\nnowhere.png\n")
    photographs = Photographs.divided(cache, str(tmp_path / "list.txt"))
    assert photographs.held_names == ["cat/03.png", "dog/06.png"]
    (tmp_path / "list.txt").write_text("nowhere.png\n")
    with pytest.raises(UsageError, match="none of the 1 names"):
        Photographs.divided(cache, str(tmp_path / "list.txt"))


@pytest.mark.parametrize("text", ["-1", "1.5", "nan", "nowhere.txt"])
def test_what_is_no_validation(text: str) -> None:
    with pytest.raises(UsageError, match="--validation"):
        parse_validation(text)
