"""The folder OUT.parts, where a film's finished parts wait until it is whole: locked, and only ever our own.

Whatever is in it and is not ours by name stops the run before anything is changed. What is removed is
removed by name.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

from colorcli.colorizer import FIRST_PROCESSING
from colorcli.errors import PhotoError, UsageError, about, cause_of
from colorcli.file_lock import try_to_lock
from colorcli.files import TEMPORARY_PREFIX, whole_file
from colorcli.stream import temporal

PART_FRAMES = 250  # a crash costs so many at most; each part begins with a key frame
PLAN = "plan.json"
_LOCK = "colorcli.lock"
_OURS = re.compile(
    rf"{PLAN}|{_LOCK}|parts\.txt|trial\.[a-z0-9]+|\d{{6,}}\.(nut|npz)|"
    rf"{re.escape(TEMPORARY_PREFIX)}\d+-[0-9a-f]+\.part"
)
_OTHER_HINT = "move it away, or choose another name for the film"


class Parts:
    """The folder, ours alone until its context ends."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def finished(self) -> list[Path]:
        """The parts that are done, from the first on, without a gap."""
        found: list[Path] = []
        while (part := self._path(len(found), "nut")).exists():
            found.append(part)
        return found

    def memory(self) -> temporal.Memory | None:
        """What the last frame of the finished parts left to the next one."""
        path = self._path(len(self.finished) - 1, "npz")
        return temporal.Memory.load(path) if path.exists() else None

    @contextmanager
    def next_part(self) -> Iterator[Path]:
        """Gives a path for the part that follows; it counts as finished when all went well."""
        with ExitStack() as whole:
            with about(str(self.folder)):
                part = whole.enter_context(whole_file(self._path(len(self.finished), "nut"), True))
            yield part
            with about(str(self.folder)):
                whole.close()

    def keep_memory(self, memory: temporal.Memory | None) -> None:
        """Of the part that is about to be finished; that of the one before is needed until then."""
        number = len(self.finished)
        self._path(number - 2, "npz").unlink(missing_ok=True)
        if memory:
            with about(str(self.folder)), whole_file(self._path(number, "npz"), True) as part:
                memory.save(part)

    def begin(self, plan: Mapping[str, Any]) -> str:
        """Removes the parts of another plan; gives what was different in it, if there was one."""
        noted = _noted(self.folder)
        wanted = json.loads(json.dumps(plan))
        for path in self.folder.glob(f"{TEMPORARY_PREFIX}*.part"):
            path.unlink()
        begun = bool(self.finished)
        if noted == wanted and self._goes_on(plan):
            return ""
        self._clear()
        with about(str(self.folder)), whole_file(self.folder / PLAN, True) as part:
            part.write_text(json.dumps(plan), "utf-8")
        changed = [name for name in wanted if not noted or noted.get(name) != wanted[name]]
        return ", ".join(changed) if begun else ""

    def _goes_on(self, plan: Mapping[str, Any]) -> bool:
        """Whether all is there that the next part needs."""
        carried = plan["settings"]["temporal"] and self.finished
        return not carried or self._path(len(self.finished) - 1, "npz").exists()

    def clear(self) -> None:
        """Removes what is ours, the plan last: without it nobody would know the rest."""
        self._clear()
        (self.folder / PLAN).unlink(missing_ok=True)

    def _clear(self) -> None:
        for path in self.folder.iterdir():
            if _OURS.fullmatch(path.name) and path.name not in (PLAN, _LOCK):
                path.unlink()

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"{number:06}.{ending}"


@contextmanager
def open_parts(target: Path) -> Iterator[Parts]:
    """Locks OUT.parts, and removes it at the end if no finished part is in it."""
    folder = target.with_name(f"{target.name}.parts")
    with _locked(folder, target) as lock:
        parts = Parts(folder)
        try:
            yield parts
        finally:
            if not parts.finished:
                with suppress(OSError):  # a disk that has gone away
                    parts.clear()
                    _remove(folder, lock)


@contextmanager
def _locked(folder: Path, target: Path) -> Iterator[FileIO]:
    try:
        lock = _lock(folder)
        while lock and not _is_there(lock, folder / _LOCK):  # its owner had just finished, and removed it
            lock.close()
            lock = _lock(folder)
    except OSError as error:
        raise PhotoError(f"{folder}: it cannot be used: {cause_of(error)}") from error
    if lock is None:
        raise UsageError(f"another colorcli is at work on {target}", "wait until it has finished")
    with lock:
        yield lock


def _lock(folder: Path) -> FileIO | None:
    """The lock, taken; None where another run has it."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder}, where parts of the film would be kept, is no folder", _OTHER_HINT)
    folder.mkdir(parents=True, exist_ok=True)
    _refuse_others(folder)
    file = FileIO(folder / _LOCK, "a+")
    try:
        if try_to_lock(file):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _is_there(lock: FileIO, path: Path) -> bool:
    """Whether the file that was locked is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _refuse_others(folder: Path) -> None:
    """A folder of somebody else's is left as it is: one with other files, or with parts of no plan."""
    names = sorted(path.name for path in folder.iterdir())
    other = next((name for name in names if not _OURS.fullmatch(name)), None)
    if other is None and _noted(folder) is None and not (folder / PLAN).exists():
        other = next((name for name in names if name[0].isdigit()), None)
    if other is not None:
        raise UsageError(f"{folder} is not colorcli's: {other} is in it", _OTHER_HINT)


def _noted(folder: Path) -> dict[str, Any] | None:
    """The plan that its parts were made by; None where there is none, or an empty one of a full disk.

    One without a number is older than the numbers, one without references older than these.
    """
    try:
        text = (folder / PLAN).read_text("utf-8")
        plan = json.loads(text) if text else None
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError):
        plan = ()
    if plan is None:
        return None
    if not isinstance(plan, dict) or "source" not in plan:
        raise UsageError(f"{folder / PLAN} is not colorcli's", _OTHER_HINT)
    return {"processing": FIRST_PROCESSING, "references": [], "keyframes": []} | plan


def _remove(folder: Path, lock: FileIO) -> None:
    if sys.platform == "win32":
        lock.close()  # there an open file cannot be removed; one that another run has opened neither
    (folder / _LOCK).unlink(missing_ok=True)
    folder.rmdir()
