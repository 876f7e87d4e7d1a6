"""Which photographs a folder or a list of names means, and the place of each in the tree of results."""

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from colorcli.batch.place import Place, Url, identity
from colorcli.batch.remote import Entry
from colorcli.batch.sidecar import is_sidecar
from colorcli.errors import PhotoError
from colorcli.images import format_of_path
from colorcli.images.source import cause_of

TAR = ".tar"
_READ_ONLY_SUFFIXES = (".pgm", ".pbm")  # grey by definition, so no result has them


@dataclass(frozen=True)
class Selection:
    """What is taken from a folder. Patterns are of the shell; one with a / is held against the whole path."""

    recursive: bool = False
    include: tuple[str, ...] = ()  # none: all photographs
    exclude: tuple[str, ...] = ()
    shards: bool = False  # tar archives too; otherwise only those that a pattern asks for

    def takes(self, path: str) -> bool:
        """Whether a photograph at this path, from the folder given on, is wanted."""
        wanted = _matches(path, self.include) if self.include else not is_tar(path) or self.shards
        return wanted and not _matches(path, self.exclude)

    def enters(self, path: str) -> bool:
        return self.recursive and not _matches(path, self.exclude)


@dataclass
class Walk:
    """Looks through a folder: plain files with the extension of an image format, sorted, none hidden.

    Links to files are followed, links to folders are not: so there are no loops, and nothing comes twice.
    """

    root: Place
    selection: Selection
    avoid: object = None  # a folder, by its identity, that is not entered: that of the results
    links: list[str] = field(default_factory=list)  # to folders, not followed
    problems: list[PhotoError] = field(default_factory=list)  # folders below the root that cannot be listed
    sidecars: dict[str, Place] = field(default_factory=dict)  # files of hints met so far, by their paths

    def __iter__(self) -> Iterator[tuple[Place, str]]:
        """The photographs, each with its path from the root on."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            entries = self._entries(folder)
            paths = [(f"{folder}/{entry.name}".lstrip("/"), entry) for entry in entries]
            self.sidecars |= {path: self._found(path, entry) for path, entry in paths if is_sidecar(path)}
            yield from (
                (self._found(path, entry), path)
                for path, entry in paths
                if _is_file(entry) and self._takes(path)
            )
            waiting += [path for path, entry in reversed(paths) if self._enters(path, entry)]

    def _found(self, path: str, entry: "os.DirEntry[str] | Entry") -> Place:
        if isinstance(self.root, Path):
            return self.root / path
        assert isinstance(entry, Entry)
        return Url(f"{self.root.address}/{path}", entry.status)

    def _takes(self, path: str) -> bool:
        return (bool(known_extension(Path(path))) or is_tar(path)) and self.selection.takes(path)

    def _enters(self, path: str, entry: "os.DirEntry[str] | Entry") -> bool:
        if not _is_folder(entry) or not self.selection.enters(path):
            return False
        if entry.is_symlink():
            self.links.append(str(self.root / path))
            return False
        return self.avoid is None or identity(self.root / path) != self.avoid

    def _entries(self, folder: str) -> "list[os.DirEntry[str]] | list[Entry]":
        """Sorted; what is hidden, and what only an object store can have (empty names), is left out."""
        try:
            if isinstance(self.root, Url):
                found = [one for one in (self.root / folder).entries() if one.name[:1] not in ("", ".")]
                return sorted(found, key=lambda entry: entry.name)
            with os.scandir(self.root / folder) as entries:
                visible = [entry for entry in entries if not entry.name.startswith(".")]
        except (OSError, PhotoError) as error:
            cause = cause_of(error) if isinstance(error, OSError) else error.message
            problem = PhotoError(f"{self.root / folder}: cannot be listed: {cause}")
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


def path_below(source: Place) -> Path:
    """Where a listed photograph goes below the target: as the list says it, but never above the target."""
    if isinstance(source, Url):
        return Path(os.path.normpath(f"/{source.path}")[1:])
    path = Path(os.path.relpath(source))
    if path.parts[:1] == (os.pardir,):
        path = Path(os.path.relpath(source, source.absolute().anchor))
    return path


def is_tar(path: str) -> bool:
    return path.lower().endswith(TAR)


def known_extension(path: Path) -> str:
    """The extension if an image format has it: of scan.1890 all is name."""
    known = format_of_path(path) or path.suffix.lower() in _READ_ONLY_SUFFIXES
    return path.suffix if known else ""


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(path if "/" in pattern else name, pattern) for pattern in patterns)


def _is_file(entry: "os.DirEntry[str] | Entry") -> bool:
    """Whether it is a plain file, or a link that leads nowhere: of that one the user wants to hear."""
    try:
        return entry.is_file() or (
            isinstance(entry, os.DirEntry) and entry.is_symlink() and not Path(entry.path).exists()
        )
    except OSError:  # a link that leads to itself
        return True


def _is_folder(entry: "os.DirEntry[str] | Entry") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # likewise
        return False
