"""The folders that features are kept in, one for each way of making them, below one limit."""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from colorcli.errors import cause_of
from colorcli.file_lock import try_to_lock
from colorcli.files import sweep

_LOG = logging.getLogger("colorcli")
LOCK_NAME = "lock"


@contextmanager
def limited_folder(home: Path, key: str, wanted: int, limit: int) -> Iterator[tuple[Path, int]]:
    """The folder for what is made in the way that the key stands for, and how many bytes there may be in it.

    `wanted` bytes would be best. The folders of other keys go, the oldest first, as far as all of them
    together are to have at most `limit` bytes; those that somebody works with stay. Within the block
    nobody else removes this one.
    """
    folder = home / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / LOCK_NAME).open("ab", buffering=0)
    except OSError as error:
        _LOG.warning(f"{folder}: features are not kept: {cause_of(error)}")
        yield folder, 0
        return
    with lock:
        if try_to_lock(lock):
            sweep([folder], ours_only=False)
            (folder / LOCK_NAME).touch()  # when it was last used
        yield folder, max(0, limit - _left_of_others(folder, limit - wanted))


def _left_of_others(folder: Path, allowed: int) -> int:
    """The bytes in the folders beside this one, after the oldest have gone until they are `allowed`."""
    others = [other for other in folder.parent.iterdir() if other != folder and other.is_dir()]
    sizes = {other: _size(other) for other in others}
    for other in sorted(others, key=_last_used):
        if sum(sizes.values()) <= allowed:
            break
        if _removed(other):
            del sizes[other]
    return sum(sizes.values())


def _size(folder: Path) -> int:
    size = 0
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # its owner may be at work
            size += file.stat().st_size
    return size


def _last_used(folder: Path) -> float:
    lock = folder / LOCK_NAME
    return lock.stat().st_mtime if lock.exists() else 0.0


def _removed(folder: Path) -> bool:
    """Remove a folder unless somebody works with it."""
    with (folder / LOCK_NAME).open("ab", buffering=0) as lock:
        if not try_to_lock(lock):
            return False
        shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
