"""Folders, tar files and CIFAR as sources of photographs."""

import io
import tarfile
from pathlib import Path

import pytest

from colorcli import images
from colorcli.errors import PhotoError, UsageError
from colorcli.training.sources import find, fingerprint

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
