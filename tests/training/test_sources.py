"""Folders, tar files and CIFAR as sources of photographs."""

import io
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pytest

from colorcli import images
from colorcli.errors import PhotoError, UsageError
from colorcli.training.data.cifar import CLASSES
from colorcli.training.data.sources import Label, by_folder, by_name, by_table, find, fingerprint

from .helpers import colourful, write, write_photographs


def write_tar(path: Path, folder: Path) -> Path:
    with tarfile.open(path, "w") as tar:
        tar.add(folder, arcname=".")
    return path


def test_sub_folders_are_categories(tmp_path: Path) -> None:
    write_photographs(tmp_path / "photos", 4)
    write(tmp_path / "photos" / "loose.png", colourful(9))
    (tmp_path / "photos" / "notes.txt").write_text("no photograph")
    found = [(photo.name, photo.category) for photo in find(str(tmp_path / "photos"))]
    assert found == [
        ("cat/01.png", "cat"),
        ("cat/03.png", "cat"),
        ("dog/00.png", "dog"),
        ("dog/02.png", "dog"),
        ("loose.png", "photos"),
    ]


def test_a_tar_file_holds_what_its_folder_holds(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 4)
    shard = write_tar(tmp_path / "shard.tar", folder)
    inside = {Path(photo.name).name: photo for photo in find(str(shard))}
    for photo in find(str(folder)):
        twin = inside[Path(photo.name).name]
        assert twin.category == photo.category
        assert (
            images.decode(twin.content).pages[0].pixels == images.decode(photo.content).pages[0].pixels
        ).all()


def test_a_tar_file_that_ends_early_is_an_error(tmp_path: Path) -> None:
    shard = write_tar(tmp_path / "shard.tar", write_photographs(tmp_path / "photos", 4))
    shard.write_bytes(shard.read_bytes()[:3000])
    with pytest.raises(PhotoError, match=r"shard\.tar is a damaged tar file"):
        list(find(str(shard)))


def test_anything_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("no tar")
    for source in ("nowhere", str(tmp_path / "text.txt")):
        with pytest.raises(UsageError, match="not a source of photographs"):
            find(source)


def test_cifar_knows_its_classes() -> None:
    with pytest.raises(UsageError, match="no class unicorn") as caught:
        next(find("cifar10:dog,unicorn"))
    assert "ship" in caught.value.hint


def test_the_fingerprint_changes_with_the_content(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 2)
    before = fingerprint(str(folder))
    assert fingerprint(str(folder)) == before
    (folder / "cat" / "01.png").write_bytes(io.BytesIO(b"shorter").getvalue())
    assert fingerprint(str(folder)) != before


@pytest.mark.parametrize(
    ("name", "label", "category"),
    [
        ("cat/1.jpg", by_folder, "cat"),
        ("train/cat/1.jpg", by_folder, "cat"),
        ("test/1.jpg", by_folder, "photos"),
        ("coast_art1.jpg", by_name, "coast"),
        ("any/coast1.jpg", by_name, "coast"),
        ("coast.jpg", by_name, "photos"),
        ("1_coast.jpg", by_name, "photos"),
    ],
)
def test_what_tells_a_category(name: str, label: Label, category: str, tmp_path: Path) -> None:
    write(tmp_path / "photos" / Path(name).with_suffix(".png"), colourful(1))
    assert [photo.category for photo in find(str(tmp_path / "photos"), label)] == [category]


def test_a_table_tells_categories(tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "photos", 3)
    (tmp_path / "table.csv").write_text("file,category\ncat/01.png,beach\n02.png,town\n")
    label = by_table(tmp_path / "table.csv")
    assert [photo.category for photo in find(str(folder), label)] == ["beach", "photos", "town"]
    (tmp_path / "table.csv").write_text("name,kind\na,b\n")
    with pytest.raises(UsageError, match="no table of categories"):
        by_table(tmp_path / "table.csv")


CIFAR10_BATCHES = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


def write_cifar10(folder: Path) -> Path:
    """The unpacked folder, of two photographs a batch: a car (1) and a ship (8)."""
    folder.mkdir()
    for number, name in enumerate(CIFAR10_BATCHES):
        data = np.stack(
            [colourful(2 * number + index, 32)[:, :32].transpose(2, 0, 1).ravel() for index in (0, 1)]
        )
        (folder / name).write_bytes(pickle.dumps({b"data": data, b"labels": [1, 8]}, protocol=2))
    return folder


def test_cifar_from_where_it_lies(tmp_path: Path) -> None:
    folder = write_cifar10(tmp_path / "cifar-10-batches-py")
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as tar:
        tar.add(folder, folder.name)
    for source in (folder, tmp_path / "cifar-10-python.tar.gz"):
        found = list(find(str(source)))
        assert [photo.category for photo in found] == ["automobile", "ship"] * 6
        assert np.array_equal(found[3].content, colourful(3, 32)[:, :32])


def test_a_pickle_that_is_a_program_is_not_run(tmp_path: Path) -> None:
    class Program:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    folder = write_cifar10(tmp_path / "cifar-10-batches-py")
    (folder / "data_batch_1").write_bytes(pickle.dumps({b"data": Program(), b"labels": [1]}))
    with pytest.raises(PhotoError, match="no copy of cifar10"):
        list(find(str(folder)))
    assert not (tmp_path / "ran").exists()


def test_cifar100_has_a_hundred_names() -> None:
    assert len(set(CLASSES["cifar100"])) == 100
    assert CLASSES["cifar100"] == tuple(sorted(CLASSES["cifar100"]))
