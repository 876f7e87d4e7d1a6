"""Where a photograph is, or its result goes: what the rest asks of paths, URLs and members of tar archives.

A `Location` is what the user can name: a `LocalPath` or a `Url`. A `Source` is whatever a photograph can be
read from: a location, a `Member` of a tar archive, or a photograph that was `Fetched`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from io import BufferedReader
from pathlib import Path, PurePath
from stat import S_IFREG
from typing import Protocol, Self

from colorcli.errors import PhotoError, cause_of
from colorcli.files import Fingerprint

UNKNOWN_TIME = -1  # of a file whose server keeps none


class Stat(Protocol):
    """Of `os.stat_result`, what every place can tell."""

    @property
    def st_mode(self) -> int: ...

    @property
    def st_size(self) -> int: ...

    @property
    def st_atime_ns(self) -> int: ...

    @property
    def st_mtime_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Status:
    """That of a file that is not on a disk of this machine."""

    st_mode: int  # the type alone
    st_size: int  # bytes
    st_mtime_ns: int

    @property
    def st_atime_ns(self) -> int:
        return self.st_mtime_ns


class Source(Protocol):
    """A photograph, or a tar archive of them. As text it has no credentials."""

    @property
    def local_path(self) -> Path | None:
        """Where programs of this machine find it; None: nowhere."""

    @property
    def file(self) -> "Location":
        """The file that it is, or is in."""

    def stat(self) -> Stat:
        """A FileNotFoundError where there is nothing."""

    def identity(self) -> object:
        """The same under every name of a file; None where there is no file."""

    def full_name(self) -> str:
        """As text that means the same in every folder."""

    def fetch_if_remote(self) -> "Source":
        """The photograph where it can be read at once; what is elsewhere comes into memory."""

    def data(self) -> Path | bytes:
        """What `images.decode` takes."""

    def fingerprint(self) -> Fingerprint | None:
        """That of the file as it is now; None where it cannot be read."""


class Location(Source, Protocol):
    """A file or a folder that the user can name; what is below it is of the same kind."""

    @property
    def name(self) -> str: ...

    @property
    def suffix(self) -> str: ...

    @property
    def parent(self) -> Self: ...

    def with_name(self, name: str) -> Self: ...

    def __truediv__(self, below: str | PurePath) -> Self: ...

    def entries(self) -> "Sequence[Entry]":
        """What is directly in a folder, sorted by name."""

    def sizes_below(self) -> Mapping[str, int] | None:
        """Bytes of every file below a folder, by its path from there on; None: ask for each by itself."""

    def relative(self, path: str) -> str:
        """The part of a path, as text, that follows this folder."""

    def tree_path(self) -> Path:
        """Where it goes below a folder of results: as its name says it, but never above that folder."""

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`."""

    def stream(self) -> BufferedReader:
        """For reading in order, with leaps."""

    def write(self, content: bytes | Path, new: bool = False) -> None:
        """Whole or not at all; with `new` a FileExistsError where something is there, if that can be told."""

    def writing(self) -> AbstractContextManager[Path]:
        """A file on this machine to write to; it takes the place of this one when all went well."""

    def is_there(self) -> bool:
        """Also a link that leads nowhere."""

    def remove(self) -> None:
        """A file, if it is there."""

    def remove_if_empty(self) -> None:
        """A folder."""


class Entry(Protocol):
    """What a folder has."""

    @property
    def name(self) -> str: ...

    @property
    def location(self) -> Location: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool:
        """Or a link that leads nowhere: of that one the user wants to hear."""

    def is_symlink(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Fetched:
    """A photograph that was elsewhere, in memory."""

    source: Source
    content: bytes
    found: Fingerprint

    @classmethod
    def of(cls, source: Source, content: bytes) -> Self:
        return cls(source, content, fingerprint_of(content, source.stat().st_mtime_ns))

    local_path = None

    @property
    def file(self) -> Location:
        return self.source.file

    def __str__(self) -> str:
        return str(self.source)

    def stat(self) -> Status:
        return Status(S_IFREG, self.found.size, self.found.mtime_ns)

    def identity(self) -> object:
        return self.source.identity()

    def full_name(self) -> str:
        return self.source.full_name()

    def fetch_if_remote(self) -> Self:
        return self

    def data(self) -> bytes:
        return self.content

    def fingerprint(self) -> Fingerprint:
        return self.found


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be looked into, and why."""

    name: str
    error: PhotoError

    @classmethod
    def with_(cls, what: object, error: PhotoError | OSError | str, hint: str = "") -> Self:
        """The error with the name of the thing before its message."""
        if isinstance(error, PhotoError):
            return cls(str(what), error.about(str(what)))
        cause = cause_of(error) if isinstance(error, OSError) else error
        return cls(str(what), PhotoError(f"{what}: {cause}", hint))


class FolderContents:
    """The files below a folder of results, looked up one by one or listed all at once."""

    def __init__(self, folder: Location) -> None:
        self._folder = folder
        self._listed = folder.sizes_below()

    @property
    def listed(self) -> Mapping[str, int]:
        """Those that are listed, and their bytes."""
        return self._listed or {}

    def size(self, name: str) -> int:
        """Bytes; -1 where there is nothing."""
        if self._listed is not None:
            return self._listed.get(name, -1)
        try:
            return (self._folder / name).stat().st_size
        except OSError:
            return -1

    def has(self, name: str) -> bool:
        """Whether anything is there."""
        return (self._folder / name).is_there() if self._listed is None else name in self._listed


def fingerprint_of(content: bytes, mtime_ns: int = UNKNOWN_TIME) -> Fingerprint:
    return Fingerprint(len(content), mtime_ns, sha256(content).hexdigest())


def fingerprint_of_fetched(source: Source) -> Fingerprint | None:
    """That of what has to be fetched to be looked at; None where it cannot be."""
    try:
        return source.fetch_if_remote().fingerprint()
    except PhotoError:
        return None


def mode_of(source: Source) -> int:
    """Type and, on this machine, permission bits as `stat` has them; 0 where there is nothing."""
    try:
        return source.stat().st_mode
    except OSError:
        return 0


def local_folders(locations: Iterable[Location | None]) -> Iterator[Path]:
    """Those of their folders that are on this machine."""
    for location in locations:
        if location is not None and (path := location.local_path):
            yield path.parent
