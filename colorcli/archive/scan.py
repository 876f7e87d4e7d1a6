"""Which photographs a folder or a list of names means, and the place of each in the tree of results."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from colorcli.archive.storage.extensions import is_film, is_sidecar, is_tar, known_extension
from colorcli.archive.storage.location import Entry, Location, Problem
from colorcli.errors import PhotoError, UsageError, cause_of


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What is taken from a folder. Patterns are of the shell; one with a / is held against the whole path."""

    recursive: bool = False
    include: Sequence[str] = ()  # none: all photographs
    exclude: Sequence[str] = ()
    shards: bool = False  # tar archives too; otherwise only those that a pattern asks for

    def takes(self, path: str) -> bool:
        """Whether a photograph at this path, from the folder given on, is wanted."""
        wanted = _matches(path, self.include) if self.include else not is_tar(path) or self.shards
        return wanted and not _matches(path, self.exclude)

    def enters(self, path: str) -> bool:
        return not _matches(path, self.exclude)


@dataclass
class Walk:
    """Looks through a folder: plain files with the extension of an image format, sorted, none hidden.

    Links to files are followed, links to folders are not: so there are no loops, and nothing comes twice.
    """

    root: Location
    selection: Selection
    avoid: object = None  # a folder, by its identity, that is not entered: that of the results
    links: list[str] = field(default_factory=list)  # to folders, not followed
    problems: list[Problem] = field(default_factory=list)  # folders below the root that cannot be listed
    films: bool = False  # whether any was met so far; they are not taken
    left_out: bool = False  # whether there are folders that a recursive walk would have entered
    sidecars: dict[str, Location] = field(default_factory=dict)  # files of hints met so far, by their paths

    def __iter__(self) -> Iterator[tuple[Location, str]]:
        """The photographs, each with its path from the root on."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            entries = self._entries(folder)
            paths = [(f"{folder}/{entry.name}".lstrip("/"), entry) for entry in entries]
            self.sidecars |= {path: entry.location for path, entry in paths if is_sidecar(path)}
            self.films |= any(is_film(path) and self.selection.takes(path) for path, _ in paths)
            yield from (
                (entry.location, path) for path, entry in paths if entry.is_file() and self._takes(path)
            )
            waiting += [path for path, entry in reversed(paths) if self._enters(path, entry)]

    def _takes(self, path: str) -> bool:
        return (bool(known_extension(Path(path))) or is_tar(path)) and self.selection.takes(path)

    def _enters(self, path: str, entry: Entry) -> bool:
        if not entry.is_dir() or not self.selection.enters(path):
            return False
        if entry.is_symlink():
            if self.selection.recursive:
                self.links.append(str(entry.location))
            return False
        if self.avoid is not None and entry.location.identity() == self.avoid:
            return False
        self.left_out |= not self.selection.recursive
        return self.selection.recursive

    def _entries(self, folder: str) -> list[Entry]:
        """What is in a folder, but what is hidden, and empty names, which only object stores have."""
        place = self.root / folder
        try:
            return [entry for entry in place.entries() if entry.name[:1] not in ("", ".")]
        except (OSError, PhotoError) as error:
            cause = cause_of(error) if isinstance(error, OSError) else error.message
            problem = Problem.of(place, f"cannot be listed: {cause}")
            if not folder:
                raise problem.error from error
            self.problems.append(problem)
            return []


def read_list(source: str, end: bytes) -> list[str]:
    """The names in a file, or with "-" on stdin, each followed by `end`."""
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise PhotoError(f"{source}: the list cannot be read: {cause_of(error)}") from error
    lines = content.split(end)
    if end == b"\n":
        if b"\0" in content:
            raise UsageError(f"{source}: the names in the list end with NUL, not with lines", "add -0")
        lines = [line.removesuffix(b"\r") for line in lines]
    return [os.fsdecode(line) for line in lines if line]


def _matches(path: str, patterns: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns)
