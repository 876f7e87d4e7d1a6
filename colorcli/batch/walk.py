"""Which photographs a folder or a list of names means, and the place of each in the tree of results."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from colorcli.errors import PhotoError
from colorcli.files import identity
from colorcli.images import format_of_path
from colorcli.images.source import cause_of

_READ_ONLY_SUFFIXES = (".pgm", ".pbm")  # grey by definition, so no result has them


@dataclass(frozen=True)
class Selection:
    """What is taken from a folder. Patterns are of the shell; one with a / is held against the whole path."""

    recursive: bool = False
    include: tuple[str, ...] = ()  # none: all photographs
    exclude: tuple[str, ...] = ()

    def takes(self, place: str) -> bool:
        """Whether a photograph at this path, from the folder given on, is wanted."""
        return (not self.include or _matches(place, self.include)) and not _matches(place, self.exclude)

    def enters(self, place: str) -> bool:
        return self.recursive and not _matches(place, self.exclude)


@dataclass
class Walk:
    """Looks through a folder: plain files with the extension of an image format, sorted, none hidden.

    Links to files are followed, links to folders are not: so there are no loops, and nothing comes twice.
    """

    root: Path
    selection: Selection
    avoid: tuple[int, int] | None = (
        None  # a folder, by its identity, that is not entered: that of the results
    )
    links: list[str] = field(default_factory=list)  # to folders, not followed
    problems: list[PhotoError] = field(default_factory=list)  # folders below the root that cannot be listed

    def __iter__(self) -> Iterator[str]:
        """The places of the photographs: their paths from the root on."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            entries = self._entries(folder)
            places = [(f"{folder}/{entry.name}".lstrip("/"), entry) for entry in entries]
            yield from (place for place, entry in places if _is_file(entry) and self._takes(place))
            waiting += [place for place, entry in reversed(places) if self._enters(place, entry)]

    def _takes(self, place: str) -> bool:
        return bool(known_extension(Path(place))) and self.selection.takes(place)

    def _enters(self, place: str, entry: "os.DirEntry[str]") -> bool:
        if not _is_folder(entry) or not self.selection.enters(place):
            return False
        if entry.is_symlink():
            self.links.append(entry.path)
            return False
        return self.avoid is None or identity(Path(entry.path)) != self.avoid

    def _entries(self, folder: str) -> "list[os.DirEntry[str]]":
        try:
            with os.scandir(self.root / folder) as entries:
                visible = [entry for entry in entries if not entry.name.startswith(".")]
        except OSError as error:
            problem = PhotoError(f"{self.root / folder}: cannot be listed: {cause_of(error)}")
            if not folder:
                raise problem from error
            self.problems.append(problem)
            return []
        return sorted(visible, key=lambda entry: entry.name)


def read_list(source: str, end: bytes) -> list[str]:
    """The names in a file, or with "-" on stdin, each followed by `end`."""
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise PhotoError(f"{source}: the list cannot be read: {cause_of(error)}") from error
    lines = content.split(end)
    if end == b"\n":
        lines = [line.removesuffix(b"\r") for line in lines]
    return [os.fsdecode(line) for line in lines if line]


def place_of(name: str) -> Path:
    """Where a listed photograph goes below the target: as the list says it, but never above the target."""
    place = Path(os.path.relpath(name))
    if place.parts[:1] == (os.pardir,):
        place = Path(os.path.relpath(name, Path(name).absolute().anchor))
    return place


def known_extension(path: Path) -> str:
    """The extension if an image format has it: of scan.1890 all is name."""
    known = format_of_path(path) or path.suffix.lower() in _READ_ONLY_SUFFIXES
    return path.suffix if known else ""


def _matches(place: str, patterns: tuple[str, ...]) -> bool:
    name = place.rpartition("/")[2]
    return any(fnmatchcase(place if "/" in pattern else name, pattern) for pattern in patterns)


def _is_file(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a plain file, or a link that leads nowhere: of that one the user wants to hear."""
    try:
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    except OSError:  # a link that leads to itself
        return True


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # likewise
        return False
