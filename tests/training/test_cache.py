"""The decoded cache: what is kept, what is left out and why, and that it is made once and whole."""

from pathlib import Path

import numpy as np
import pytest

from colorcli.color import lab
from colorcli.errors import PhotoError, UsageError
from colorcli.training.data.batches import unpack
from colorcli.training.data.cache import SKIPPED_NAME, open_cache
from colorcli.training.data.selection import PhotoSelection

from .helpers import colourful, largest_file, toned, write, write_photographs


def test_photographs_of_no_use_are_skipped_counted_and_listed(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 3)
    broken = write(folder / "dog" / "cut.png", colourful(7))
    broken.write_bytes(broken.read_bytes()[:200])
    write(folder / "dog" / "grey.png", colourful(8)[..., 1])
    write(folder / "dog" / "grey-rgb.jpg", np.repeat(colourful(8)[..., 1:2], 3, axis=2))
    write(folder / "dog" / "old.jpg", toned(9))
    write(folder / "dog" / "stamp.png", colourful(10, side=20))
    cache = open_cache((str(folder),), (), 64, tmp_path / "cache")
    assert [entry.name for entry in cache.entries] == ["cat/01.png", "dog/00.png", "dog/02.png"]
    assert cache.skipped() == {"broken": 1, "grey": 2, "sepia": 1, "tiny": 1}
    listed = (cache.folder / SKIPPED_NAME).read_text()
    assert all(name in listed for name in ("dog/cut.png", "dog/grey.png", "dog/old.jpg", "dog/stamp.png"))


def test_it_holds_the_lab_of_each_photograph(tmp_path: Path) -> None:
    pixels = colourful(3)
    write(tmp_path / "photos" / "one.png", pixels)
    cache = open_cache((str(tmp_path / "photos"),), (), 64, tmp_path / "cache")
    lightness, ab = unpack(cache.photo(0))
    true_lightness, true_ab = lab.split(pixels)
    assert np.abs(lightness - true_lightness).max() < 0.21
    assert np.abs(ab - true_ab).max() < 0.51


def test_large_photographs_are_shrunk(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "one.png", colourful(3, side=100))
    cache = open_cache((str(tmp_path / "photos"),), (), 50, tmp_path / "cache")
    assert cache.photo(0).shape == (50, 54, 3)


def test_nothing_is_decoded_twice_unless_it_changed(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 4)
    told: list[tuple[int, int]] = []

    def open_again() -> None:
        open_cache((str(folder),), (), 64, tmp_path / "cache", lambda *counts: told.append(counts))

    open_again()
    assert told == [(1, 0), (2, 0), (3, 0), (4, 0)]
    open_again()
    assert len(told) == 4
    write(folder / "cat" / "05.png", colourful(5))
    open_again()
    assert told[4:] == [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]


def test_categories_are_chosen(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 4)
    cache = open_cache((str(folder),), ("cat",), 64, tmp_path / "cache")
    assert {entry.category for entry in cache.entries} == {"cat"}
    with pytest.raises(UsageError, match="is of the category coats, horse") as caught:
        open_cache((str(folder),), ("cat", "horse", "coats"), 64, tmp_path / "cache")
    assert "cat, dog" in caught.value.hint


def test_grey_photographs_alone_are_an_error_that_says_so(tmp_path: Path) -> None:
    write(tmp_path / "photos" / "grey.png", colourful(8)[..., 1])
    with pytest.raises(PhotoError, match="no photograph to learn from") as caught:
        open_cache((str(tmp_path / "photos"),), (), 64, tmp_path / "cache")
    assert "1 grey" in caught.value.hint


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 8)
    with largest_file(20_000), pytest.raises(PhotoError, match="could not be kept"):
        open_cache((str(folder),), (), 64, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    assert len(open_cache((str(folder),), (), 64, tmp_path / "cache")) == 8


def test_so_many_photographs_of_each_source_evenly_spread(tmp_path: Path) -> None:
    sources = [str(write_photographs(tmp_path / name, count)) for name, count in (("many", 12), ("few", 2))]
    cache = open_cache(tuple(sources), (), 64, tmp_path / "cache", selection=PhotoSelection(limit=4))
    assert [entry.category for entry in cache.entries] == ["cat", "cat", "dog", "dog", "cat", "dog"]
    whole = open_cache(tuple(sources), (), 64, tmp_path / "cache")
    assert len(whole) == 14
