"""Which photographs are held back to judge a run by, and the lists of names in its folder that say so."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from colorcli.errors import UsageError, cause_of
from colorcli.training.run_folder.files import whole_run_file

VALIDATION_NAME = "validation.txt"  # held back by this run
LEARNT_NAME = "learnt.txt"  # learnt from by this run, or by one that it starts from

Names = Sequence[str]
Held = NDArray[np.bool_]  # of each photograph, whether it is held back


def held_back(names: Names, validation: float | str) -> Held:
    """By a share, a number, or the path of a list of names.

    A name decides alone, so that no photograph changes sides between runs.
    """
    if isinstance(validation, str):
        return _listed(names, Path(validation))
    digests = np.array([_digest(name) for name in names])
    if validation < 1:
        return np.asarray(digests < validation * 2**32)
    count = min(round(validation), len(names))
    return np.asarray(digests <= np.sort(digests)[count - 1])


def parse_validation(text: str) -> float | str:
    """What a user means: a share or number, or a path, which has to be there."""
    try:
        number = float(text)
    except ValueError:
        if not Path(text).exists():
            raise UsageError(
                f"--validation {text} is neither a number nor a file nor a folder",
                "Give a share such as 0.1, a number of photographs, a list of their names, or their folder.",
            ) from None
        return text
    if not 0 <= number < 1 and not (number >= 1 and number.is_integer()):
        raise UsageError(f"--validation {text} is neither a share nor a number of photographs")
    return number


def inside(names: Names, sources: Iterable[str], folder: Path) -> Held:
    """Which of these photographs lie in a folder that a source contains."""
    folder = folder.resolve()
    roots = [Path(source).resolve() for source in sources if Path(source).is_dir()]
    within = [folder.relative_to(root) for root in roots if folder.is_relative_to(root)]
    around = any(root.is_relative_to(folder) for root in roots)
    return np.array(
        [around or any(Path(name).is_relative_to(part) for part in within) for name in names], bool
    )


def read_names(path: Path) -> list[str]:
    """A line a name; empty where there is no such file."""
    return _read(path) if path.is_file() else []


def write_names(path: Path, names: Iterable[str]) -> None:
    """Sorted, each once."""
    lines = "".join(f"{name}\n" for name in sorted(set(names)))
    with whole_run_file(path) as part:
        part.write_text(lines, encoding="utf-8", errors="surrogateescape")


def one_of(names: Names, some: Collection[str]) -> Held:
    """Which of the names are among `some`."""
    some = frozenset(some)
    return np.array([name in some for name in names], bool)


def _digest(name: str) -> int:
    return int(hashlib.sha256(name.encode(errors="surrogateescape")).hexdigest()[:8], 16)


def _listed(names: Names, path: Path) -> Held:
    """Lines are names inside their source, or paths that end with them."""
    lines = [Path(line).parts for line in _read(path)]
    held = one_of(names, {str(Path(*parts[first:])) for parts in lines for first in range(len(parts))})
    if not held.any():
        raise UsageError(
            f"none of the {len(lines)} names in {path} is a photograph of the sources",
            "A name is a path inside its source, such as cats/1.jpg.",
        )
    return held


def _read(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError as error:
        raise UsageError(f"{path}: {cause_of(error)}") from error
    return [line for line in lines if line.strip()]
