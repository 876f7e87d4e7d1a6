"""Where photographs to learn from come from: folders, tar shards, CIFAR; each yields `FoundPhoto`s."""

import csv
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from colorcli.color.lab import Pixels
from colorcli.errors import PhotoError, UsageError, cause_of
from colorcli.training.data import cifar

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".avif", ".jp2"}
HALVES = {
    "train",
    "training",
    "val",
    "valid",
    "validation",
    "test",
    "testing",
}  # folders that name no category

Content = Path | bytes | Pixels
Label = Callable[[PurePosixPath, str], str]  # the category of a name; the second where the name tells none


@dataclass(frozen=True)
class FoundPhoto:
    """One photograph as it was found: a file, its bytes, or RGB pixels (H, W, 3) uint8."""

    name: str
    category: str
    content: Content


@dataclass(frozen=True)
class ListedPhoto:
    """One photograph that is not read yet; `read` works until the next one is listed."""

    name: str
    category: str
    read: Callable[[], Content]


def by_folder(name: PurePosixPath, otherwise: str) -> str:
    """Its first folder that is not just a half of the photographs, such as train/ or test/."""
    folders = (part for part in name.parts[:-1] if part.lower() not in HALVES)
    return next(folders, otherwise)


def by_name(name: PurePosixPath, otherwise: str) -> str:
    """The word that the file's name begins with: coast of coast_art1.jpg."""
    word = re.match(r"[^\W\d_]+(?=[-_\d])", name.name)
    return word[0] if word else otherwise


def by_table(table: Path) -> Label:
    """As a CSV file with the columns `file` and `category` says."""
    try:
        with table.open(newline="", encoding="utf-8") as lines:
            categories = {row["file"]: row["category"] for row in csv.DictReader(lines)}
    except OSError as error:
        raise UsageError(f"{table}: {cause_of(error)}", "Give folder, name or a CSV file.") from error
    except (KeyError, ValueError, csv.Error) as error:
        raise UsageError(
            f"{table} is no table of categories ({error})", "Its columns are file, category."
        ) from error
    return lambda name, otherwise: categories.get(str(name), categories.get(name.name, otherwise))


def find(source: str, label: Label = by_folder) -> Iterator[FoundPhoto]:
    """All photographs of one source, in a fixed order."""
    return (FoundPhoto(listed.name, listed.category, listed.read()) for listed in catalogue(source, label))


def catalogue(source: str, label: Label = by_folder) -> Iterator[ListedPhoto]:
    """The same without reading them."""
    path = Path(source)
    if cifar.is_cifar(source):
        return (ListedPhoto(*photo) for photo in cifar.photographs(source))
    if path.is_dir():
        return _folder(path, label)
    if path.is_file() and tarfile.is_tarfile(path):
        return _shard(path, label)
    raise UsageError(
        f"{source} is not a source of photographs",
        "Give a folder, a tar file of images, cifar10[:CLASS,...] or cifar100[:CLASS,...], or one of their "
        "archives.",
    )


def fingerprint(source: str) -> str:
    """Tells whether a source has changed: by names, sizes and times, not the bytes."""
    path = Path(source)
    if path.is_dir():
        stats = [(str(file.relative_to(path)), file.stat()) for file in _files(path)]
        return repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
    if path.is_file():
        return repr((path.name, path.stat().st_size, path.stat().st_mtime_ns))
    return source


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def _folder(folder: Path, label: Label) -> Iterator[ListedPhoto]:
    for file in _files(folder):
        name = file.relative_to(folder)
        category = label(PurePosixPath(name.as_posix()), folder.name)
        yield ListedPhoto(str(name), category, partial(Path, file))


def _shard(shard: Path, label: Label) -> Iterator[ListedPhoto]:
    try:
        with tarfile.open(shard) as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                if not member.isdir() and name.suffix.lower() in SUFFIXES:
                    category = label(name, shard.stem)
                    yield ListedPhoto(member.name, category, partial(_content, tar, member))
    except (tarfile.TarError, EOFError) as error:
        raise PhotoError(f"{shard} is a damaged tar file: {error}") from error


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""
