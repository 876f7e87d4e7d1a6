"""Where photographs to learn from come from: folders, tar shards, CIFAR. Each is an iterator of `Found`."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from colorcli.color.lab import Pixels
from colorcli.errors import PhotoError, UnavailableError, UsageError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".ppm", ".avif", ".jp2"}
CIFAR = ("cifar10", "cifar100")


@dataclass(frozen=True)
class Found:
    """One photograph as it was found: a file, its bytes, or RGB pixels (H, W, 3) uint8."""

    name: str
    category: str
    content: Path | bytes | Pixels


def find(source: str) -> Iterator[Found]:
    """All photographs of one source, in a fixed order."""
    if source.partition(":")[0] in CIFAR:
        return _cifar(source)
    path = Path(source)
    if path.is_dir():
        return _folder(path)
    if path.is_file() and tarfile.is_tarfile(path):
        return _shard(path)
    raise UsageError(
        f"{source} is not a source of photographs",
        "Give a folder, a tar file of images, or cifar10[:CLASS,...] or cifar100[:CLASS,...].",
    )


def fingerprint(source: str) -> str:
    """What changes when the content of a source does: names, sizes and times, not the bytes."""
    path = Path(source)
    if path.is_dir():
        stats = [(str(file.relative_to(path)), file.stat()) for file in _files(path)]
        return repr([(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats])
    if path.is_file():
        return repr((path.name, path.stat().st_size, path.stat().st_mtime_ns))
    return source


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())


def _folder(folder: Path) -> Iterator[Found]:
    for file in _files(folder):
        name = file.relative_to(folder)
        category = name.parts[0] if len(name.parts) > 1 else folder.name
        yield Found(str(name), category, file)


def _shard(shard: Path) -> Iterator[Found]:
    try:
        with tarfile.open(shard) as tar:
            for member in tar:
                name = PurePosixPath(member.name)
                content = tar.extractfile(member)
                if content is not None and name.suffix.lower() in SUFFIXES:
                    category = name.parts[0] if len(name.parts) > 1 else shard.stem
                    yield Found(member.name, category, content.read())
    except (tarfile.TarError, EOFError) as error:
        raise PhotoError(f"{shard} is a damaged tar file: {error}") from error


CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def _cifar(source: str) -> Iterator[Found]:
    """Both halves of CIFAR; cifar10's classes by name, cifar100's by number (keras.datasets has no names)."""
    dataset, _, wanted = source.partition(":")
    names = CIFAR10_CLASSES if dataset == "cifar10" else tuple(str(number) for number in range(100))
    classes = set(wanted.split(",")) if wanted else set(names)
    if unknown := classes - set(names):
        raise UsageError(
            f"{dataset} has no class {', '.join(sorted(unknown))}", f"Classes: {', '.join(names)}."
        )
    for half, (pixels, labels) in zip(("train", "test"), _load_cifar(dataset), strict=True):
        for index, label in enumerate(labels[:, 0]):
            if names[label] in classes:
                yield Found(f"{dataset}/{half}-{index}", names[label], pixels[index])


def _load_cifar(dataset: str) -> tuple[tuple[Pixels, NDArray[np.int64]], ...]:
    import keras

    try:
        loaded: tuple[tuple[Pixels, NDArray[np.int64]], ...] = getattr(keras.datasets, dataset).load_data()
    except Exception as error:  # keras.utils.get_file raises bare Exception where there is no network
        raise UnavailableError(
            f"{dataset} could not be downloaded: {error}",
            "Keras looks for the unpacked archive in ~/.keras/datasets first.",
        ) from error
    return loaded
