"""Where a photograph is, or its result goes: a path of this machine, a URL, a member of a tar archive.

A `Url` has what the plan of a run needs of a `Path`, so that most of it need not know which one it has.
"""

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from io import BufferedReader, FileIO, RawIOBase
from pathlib import Path, PurePath, PurePosixPath
from stat import S_IFREG
from tempfile import TemporaryDirectory
from typing import Any

from colorcli import files
from colorcli.archive.storage import remote
from colorcli.archive.storage.redact import HIDDEN, user_of
from colorcli.archive.storage.remote import UNKNOWN_TIME, RemoteEntry, Status
from colorcli.errors import PhotoError, cause_of
from colorcli.files import Fingerprint

_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_AHEAD = 1 << 18  # bytes read at once of a file that is read in order


@dataclass(frozen=True, slots=True)
class Url:
    """A file or a folder on a server. As text it has no credentials."""

    address: str = field(repr=False)  # as the user wrote it, without the / at the end
    known: Status | None = field(default=None, compare=False, repr=False)  # from the list of its folder

    @property
    def _before_query(self) -> str:
        return self.address.partition("?")[0] if self.address.startswith("http") else self.address

    @property
    def name(self) -> str:
        return self._before_query.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        return PurePosixPath(self.name).suffix

    @property
    def parent(self) -> "Url":
        return Url(self._before_query.rpartition("/")[0])

    @property
    def path(self) -> str:
        """What follows the protocol and the credentials."""
        return self._before_query.partition("://")[2].removeprefix(f"{self._user}@")

    @property
    def _user(self) -> str:
        return user_of(self._before_query)

    def with_name(self, name: str) -> "Url":
        return self.parent / name

    def __truediv__(self, below: str | PurePath) -> "Url":
        path = below.as_posix() if isinstance(below, PurePath) else below
        return self if path in ("", ".") else Url(f"{self.address}/{path}")

    def __str__(self) -> str:
        protocol = self.address.partition("://")[0]
        user = f"{HIDDEN}@" if self._user else ""
        query = "" if self._before_query == self.address else f"?{HIDDEN}"
        return f"{protocol}://{user}{self.path}{query}"

    def __repr__(self) -> str:
        return f"Url({str(self)!r})"

    def stat(self) -> Status:
        """As when its folder was listed, else as it is now; a FileNotFoundError where there is nothing."""
        return self.known or remote.status(self.address)

    def entries(self) -> list[RemoteEntry]:
        return remote.entries(self.address)

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        return remote.read(self.address, start, end)

    def write(self, content: bytes | Path, new: bool = False) -> None:
        """Whole or not at all; see `remote.write`."""
        remote.write(self.address, content, new)

    def open(self) -> BufferedReader:
        """For reading in order, with leaps."""
        return BufferedReader(_Stream(self), _AHEAD)


Place = Path | Url  # what the user can name


@dataclass(frozen=True, slots=True)
class Member:
    """A file in a tar archive."""

    archive: Place
    path: str  # as the archive has it
    start: int  # its first byte
    size: int  # bytes
    mtime_ns: int  # of the archive

    def __str__(self) -> str:
        return f"{self.archive}/{self.path}"

    def stat(self) -> Status:
        return Status(S_IFREG, self.size, self.mtime_ns)

    def read(self) -> bytes:
        if isinstance(self.archive, Url):
            return self.archive.read(self.start, self.start + self.size)
        with FileIO(self.archive) as file:
            file.seek(self.start)
            return file.read(self.size)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A photograph that was elsewhere, in memory."""

    source: Url | Member
    content: bytes
    fingerprint: Fingerprint

    def __str__(self) -> str:
        return str(self.source)

    def stat(self) -> Status:
        return Status(S_IFREG, self.fingerprint.size, self.fingerprint.mtime_ns)


Source = Place | Member | Fetched


def place(text: str) -> Place:
    """The place that the user, or a line of a journal, names."""
    if not _URL.match(text):
        return Path(text)
    if text.lower().startswith("file://"):
        return Path(text[len("file://") :])
    protocol, _, rest = text.partition("://")
    address = f"{protocol.lower()}://{rest.rstrip('/')}"
    remote.check(address)
    return Url(address)


def fetch_if_remote(source: Source) -> Path | Fetched:
    """The photograph where it can be read at once; what is elsewhere is fetched into memory."""
    if isinstance(source, Path | Fetched):
        return source
    try:
        content = source.read()
        mtime_ns = source.stat().st_mtime_ns
    except OSError as error:
        raise PhotoError(cause_of(error)) from error
    return Fetched(source, content, fingerprint_of(content, mtime_ns))


def fingerprint_of(content: bytes, mtime_ns: int = UNKNOWN_TIME) -> Fingerprint:
    return Fingerprint(len(content), mtime_ns, sha256(content).hexdigest())


def fingerprint(source: Source) -> Fingerprint | None:
    """That of the file as it is now; None where it cannot be read."""
    if isinstance(source, Path):
        return files.fingerprint(source)
    try:
        here = fetch_if_remote(source)
    except PhotoError:
        return None
    assert isinstance(here, Fetched)
    return here.fingerprint


def identity(source: Source | None) -> object:
    """The same under every name of a file; None where there is no file."""
    if source is None or isinstance(source, Path):
        return source and files.identity(source)
    return str(source)


def absolute(source: Source) -> str:
    """As text that means the same in every folder."""
    if isinstance(source, Path):
        return str(source.absolute())
    if isinstance(source, Member):
        return f"{absolute(source.archive)}/{source.path}"
    return str(source)


def mode_of(source: Source) -> int:
    """Type and, on this machine, permission bits as `stat` has them; 0 where there is nothing."""
    try:
        return source.stat().st_mode
    except OSError:
        return 0


def below(path: str, folder: Place) -> str:
    """The part of a path, as text, that follows a folder."""
    if isinstance(folder, Path):
        return Path(path).relative_to(folder).as_posix()
    return path.removeprefix(f"{folder}/")


def local_folders(places: Iterable[Place | None]) -> Iterator[Path]:
    """Those of their folders that are on this machine."""
    for place in places:
        if isinstance(place, Path):
            yield place.parent


def exists(place: Place) -> bool:
    """Also a link that leads nowhere."""
    return os.path.lexists(place) if isinstance(place, Path) else mode_of(place) != 0


def remove(place: Place) -> None:
    """A file, if it is there."""
    if isinstance(place, Path):
        place.unlink(missing_ok=True)
    else:
        remote.remove(place.address)


def remove_if_empty(folder: Place) -> None:
    if isinstance(folder, Path):
        with suppress(OSError):
            folder.rmdir()
    else:
        remote.remove_if_empty(folder.address)


@contextmanager
def written(target: Place) -> Iterator[Path]:
    """A file on this machine to write to; it takes the place of the target when all went well."""
    if isinstance(target, Path):
        with files.whole_file(target, overwrite=True) as part:
            yield part
        return
    with TemporaryDirectory(prefix="colorcli-") as folder:
        part = Path(folder) / "part"
        yield part
        target.write(part)


class Contents:
    """The files below a folder of results: each is looked up on this machine, all are listed on a server."""

    def __init__(self, folder: Place) -> None:
        self._folder = folder
        self.listed = {} if isinstance(folder, Path) else remote.sizes_below(folder.address)

    def size(self, name: str) -> int:
        """Bytes; -1 where there is nothing."""
        if isinstance(self._folder, Url):
            return self.listed.get(name, -1)
        try:
            return (self._folder / name).stat().st_size
        except OSError:
            return -1

    def has(self, name: str) -> bool:
        """Whether anything is there."""
        return name in self.listed if isinstance(self._folder, Url) else exists(self._folder / name)


class _Stream(RawIOBase):
    """A remote file as bytes in order; each piece is a request of its own, repeated if need be."""

    def __init__(self, url: Url) -> None:
        super().__init__()
        self._url = url
        self._size = url.stat().st_size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if end <= self._at:
            return 0
        data = self._url.read(self._at, end)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
