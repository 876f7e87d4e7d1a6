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
    """The fields of `os.stat_result` that every kind of location has."""

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
    """The stat of a remote file or of a member of a tar."""

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
        """Its path on this machine; None where it has none."""

    @property
    def file(self) -> "Location":
        """The file itself, or the tar archive that contains it."""

    def stat(self) -> Stat:
        """Type, size and times; raises FileNotFoundError where there is nothing."""

    def identity(self) -> object:
        """The same under every name of a file; None where there is no file."""

    def full_name(self) -> str:
        """An absolute path, or a URL."""

    def fetch_if_remote(self) -> "Source":
        """Itself if it is on this machine, else a `Fetched` copy in memory."""

    def data(self) -> Path | bytes:
        """A path on this machine or the bytes, as `images.decode` takes them."""

    def fingerprint(self) -> Fingerprint | None:
        """Size, time and sha256 of the file now; None where it cannot be read."""


class Location(Source, Protocol):
    """A file or a folder that the user can name; paths below it are of the same kind."""

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
        """`path`, given as text, relative to this folder."""

    def tree_path(self) -> Path:
        """Its path below a folder of results when it comes from a list; never one that leads above it."""

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        """The bytes from `start` up to `end`."""

    def stream(self) -> BufferedReader:
        """An open file for sequential reading with seeks."""

    def write(self, content: bytes | Path, new: bool = False) -> None:
        """Write it, whole or not at all; with `new` a FileExistsError if something is known to be there."""

    def writing(self) -> AbstractContextManager[Path]:
        """A file on this machine to write to; it takes the place of this one when all went well."""

    def is_there(self) -> bool:
        """Whether anything is there, also a link that leads nowhere."""

    def remove(self) -> None:
        """Remove a file, if it is there."""

    def remove_if_empty(self) -> None:
        """Remove a folder, if it is empty."""


class Entry(Protocol):
    """A file or folder in a folder."""

    @property
    def name(self) -> str: ...

    @property
    def location(self) -> Location: ...

    def is_dir(self) -> bool: ...

    def is_file(self) -> bool:
        """Whether it is a file, or a link that leads nowhere, of which the user wants to hear."""

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


def content(source: Source) -> bytes:
    """The bytes of a source."""
    try:
        data = source.data()
        return data if isinstance(data, bytes) else data.read_bytes()
    except OSError as error:
        raise PhotoError(f"it cannot be read: {cause_of(error)}") from error


class _Readable(Source, Protocol):
    def read(self) -> bytes: ...

    def fetch_if_remote(self) -> Fetched: ...


class ReadIntoMemory:
    """Base of sources that have no path on this machine: whoever wants one gets all of it at once."""

    __slots__ = ()  # there may be millions

    local_path = None

    def data(self: _Readable) -> bytes:
        return self.fetch_if_remote().content

    def fetch_if_remote(self: _Readable) -> Fetched:
        try:
            return Fetched.of(self, self.read())
        except OSError as error:
            raise PhotoError(cause_of(error)) from error

    def fingerprint(self: _Readable) -> Fingerprint | None:
        try:
            return self.fetch_if_remote().fingerprint()
        except PhotoError:
            return None


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be looked into, and why."""

    name: str
    error: PhotoError

    @classmethod
    def of(cls, what: object, error: PhotoError | OSError | str, hint: str = "") -> Self:
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
