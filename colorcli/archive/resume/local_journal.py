"""The journal of a folder of results: one line of JSON a finished photograph, and a lock on the folder."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from threading import Lock

from colorcli.archive.jobs import json_line
from colorcli.archive.storage.location import Location
from colorcli.errors import PhotoError, UsageError, cause_of
from colorcli.file_lock import try_to_lock

NAME = "colorcli-journal.jsonl"
SEGMENTS = "colorcli-journal"  # the folder that a server has for it: it has no files that grow
_SEGMENT = re.compile(r"\d{8}-[0-9a-f]{8}\.jsonl")
_STEP = 1 << 16  # bytes read at once when the end of the last whole line is looked for


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line of a journal and how many bytes of the file end with it."""

    values: Mapping[str, object]
    end: int


class LocalJournal:
    """An open, locked journal: lines are appended, each at once and whole, from any thread."""

    def __init__(self, folder: Path, file: FileIO) -> None:
        self.path = folder / NAME
        self._file = file
        self._turn = Lock()

    def append(self, values: Mapping[str, object]) -> None:
        """Add a line; plain ASCII, so that names that are not UTF-8 survive as escapes."""
        line = json_line(values)
        try:
            with self._turn:
                written = self._file.write(line)
                if written != len(line):
                    self._file.write(line[written:])
        except OSError as error:
            raise PhotoError(f"{self.path}: it could not be written: {cause_of(error)}") from error

    def secure(self) -> None:
        """Have the disk keep what was appended, also in a power cut."""
        os.fsync(self._file.fileno())

    @property
    def size(self) -> int:
        """Bytes of all lines."""
        return os.fstat(self._file.fileno()).st_size


@contextmanager
def open_local_journal(folder: Path) -> Iterator[LocalJournal]:
    """Makes `folder` if need be, locks it for this process and mends a journal that was cut off."""
    path = folder / NAME
    refuse_other_than_file(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = FileIO(path, "a+")
    except OSError as error:
        raise PhotoError(f"{path}: it cannot be opened: {cause_of(error)}") from error
    with file:
        if not try_to_lock(file):
            raise UsageError(
                f"another colorcli is at work in {folder}",
                "wait until it has finished, or give another folder",
            )
        _cut_off_rest(file)
        journal = LocalJournal(folder, file)
        yield journal
        journal.secure()


def read_journal(folder: Location) -> Iterator[JournalLine]:
    """The lines so far; none where there is no journal. What a power failure made of a line is left out."""
    end = 0
    for line in _lines(folder):
        end += len(line)
        try:
            values = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError):
            continue
        if isinstance(values, dict) and _is_sound(values):
            yield JournalLine(values, end)


def _is_sound(values: Mapping[str, object]) -> bool:
    """Whether its paths can be paths and its size one, or are not there."""
    size = values.get("size")
    paths = (values.get(key) for key in ("name", "input", "output"))
    return all(path is None or _is_path(path) for path in paths) and (
        size is None
        or (isinstance(size, list) and len(size) == 2 and all(isinstance(side, int) for side in size))
    )


def _is_path(value: object) -> bool:
    try:
        return isinstance(value, str) and b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


def refuse_other_than_file(path: Path) -> None:
    """A pipe would be waited for, and what a link leads to is not ours to cut."""
    if os.path.lexists(path) and not S_ISREG(path.lstat().st_mode):
        raise PhotoError(f"{path}: it is not a plain file", "remove it, or give another folder of results")


def segments(folder: Location) -> list[tuple[str, int]]:
    """The pieces of a journal on a server in their order: names and bytes."""
    try:
        found = (folder / SEGMENTS).entries()
    except FileNotFoundError:
        return []
    return [(one.name, one.location.stat().st_size) for one in found if _SEGMENT.fullmatch(one.name)]


def _lines(folder: Location) -> Iterator[bytes]:
    if not (path := folder.local_path):
        for name, _ in segments(folder):
            yield from (folder / SEGMENTS / name).read().splitlines(keepends=True)
        return
    refuse_other_than_file(path / NAME)
    try:
        file = (path / NAME).open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from file


def _cut_off_rest(file: FileIO) -> None:
    """Remove what follows the last end of a line: somebody was killed while writing it."""
    end = size = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - _STEP)
        file.seek(start)
        position = file.read(end - start).rfind(b"\n")
        if position >= 0:
            end = start + position + 1
            break
        end = start
    if end < size:
        file.truncate(end)
