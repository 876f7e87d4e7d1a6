"""CIFAR-10 and CIFAR-100, downloaded or from where they lie: 60,000 photographs of 32 pixels each."""

import io
import pickle
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from colorcli.color.lab import Pixels
from colorcli.errors import PhotoError, UnavailableError, UsageError

SIDE = 32  # pixels
ORIGIN = "https://www.cs.toronto.edu/~kriz/{}"
ARCHIVES = {"cifar10": "cifar-10-python.tar.gz", "cifar100": "cifar-100-python.tar.gz"}
FOLDERS = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}
BATCHES = {
    "cifar10": (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"),
    "cifar100": ("train", "test"),
}
_CIFAR100 = """
apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
wardrobe whale willow_tree wolf woman worm
"""
CLASSES = {
    "cifar10": ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"),
    "cifar100": tuple(_CIFAR100.split()),
}
ALIASES = {"car": "automobile", "plane": "airplane", "aeroplane": "airplane"}

Photograph = tuple[str, str, Callable[[], Pixels]]  # name, class, and its RGB pixels (32, 32, 3) on demand


def is_cifar(source: str) -> bool:
    """Whether this is one of the two by name, its archive, or the folder that the archive unpacks to."""
    return source.partition(":")[0] in CLASSES or _kept(Path(source)) is not None


def photographs(source: str) -> Iterator[Photograph]:
    """Both halves, or of `cifar10:dog,ship` the wanted classes."""
    name, _, wanted = source.partition(":")
    if name in CLASSES:
        return _read(name, None, _classes(name, wanted))
    path = Path(source)
    dataset = _kept(path)
    assert dataset
    return _read(dataset, path, set(CLASSES[dataset]))


def _classes(dataset: str, wanted: str) -> set[str]:
    known = CLASSES[dataset]
    named = (word.strip() for word in wanted.split(","))
    classes = {ALIASES.get(word, word) if dataset == "cifar10" else word for word in named if word}
    if unknown := classes - set(known):
        raise UsageError(
            f"{dataset} has no class {', '.join(sorted(unknown))}", f"Classes: {', '.join(known)}."
        )
    return classes or set(known)


def _kept(path: Path) -> str | None:
    """Which of the two lies at this path."""
    for dataset, batches in BATCHES.items():
        if path.is_dir() and all((path / batch).is_file() for batch in batches):
            return dataset
        if path.is_file() and path.name == ARCHIVES[dataset]:
            return dataset
    return None


def _read(dataset: str, path: Path | None, classes: set[str]) -> Iterator[Photograph]:
    path = path or _downloaded(dataset)
    opened = _from_folder if path.is_dir() else _from_archive
    try:
        for batch, file in opened(path, dataset):
            pixels, labels = _unpickled(file)
            for index, label in enumerate(labels):
                if (name := CLASSES[dataset][label]) in classes:
                    yield f"{dataset}/{batch}-{index}", name, pixels[index].copy
    except (OSError, EOFError, tarfile.TarError, pickle.UnpicklingError, LookupError, ValueError) as error:
        raise PhotoError(f"{path} is no copy of {dataset}, or a damaged one: {error}") from error


def _from_folder(folder: Path, dataset: str) -> Iterator[tuple[str, IO[bytes]]]:
    for batch in BATCHES[dataset]:
        with (folder / batch).open("rb") as file:
            yield batch, file


def _from_archive(archive: Path, dataset: str) -> Iterator[tuple[str, IO[bytes]]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            name = PurePosixPath(member.name).name
            if name in BATCHES[dataset] and (file := tar.extractfile(member)):
                yield name, file


def _downloaded(dataset: str) -> Path:
    import keras

    try:
        return Path(keras.utils.get_file(origin=ORIGIN.format(ARCHIVES[dataset]), extract=False))
    except Exception as error:  # keras.utils.get_file raises bare Exception where there is no network
        raise UnavailableError(
            f"{dataset} could not be downloaded: {error}",
            f"Give the path of {ARCHIVES[dataset]}, or of {FOLDERS[dataset]} in it, as the source.",
        ) from error


class _Arrays(pickle.Unpickler):
    """Reads arrays, lists and words; anything else in a pickle could run as a program."""

    ALLOWED = frozenset(
        {
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def _unpickled(file: IO[bytes]) -> tuple[Pixels, list[int]]:
    """Pixels (N, 32, 32, 3) and labels of a batch."""
    values = _Arrays(io.BytesIO(file.read()), encoding="bytes").load()
    labels = values[b"labels"] if b"labels" in values else values[b"fine_labels"]
    pixels = np.asarray(values[b"data"], np.uint8).reshape(-1, 3, SIDE, SIDE).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(pixels), labels
