"""Files and folders on servers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, RawIOBase
from pathlib import Path, PurePath, PurePosixPath
from stat import S_IFDIR
from tempfile import TemporaryDirectory
from typing import Any

from colorcli.archive.storage import remote
from colorcli.archive.storage.location import Location, ReadIntoMemory, Status
from colorcli.archive.storage.redact import HIDDEN, user_of

_AHEAD = 1 << 18  # bytes read at once of a file that is read in order


@dataclass(frozen=True, slots=True)
class Url(ReadIntoMemory):
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

    @property
    def file(self) -> Location:
        return self

    def stat(self) -> Status:
        """As when its folder was listed, else as it is now; a FileNotFoundError where there is nothing."""
        return self.known or remote.status(self.address)

    def identity(self) -> object:
        return str(self)

    def full_name(self) -> str:
        return str(self)

    def entries(self) -> "list[RemoteEntry]":
        found = [RemoteEntry(self, *one) for one in remote.entries(self.address)]
        return sorted(found, key=lambda entry: entry.name)

    def sizes_below(self) -> dict[str, int]:
        return remote.sizes_below(self.address)

    def relative(self, path: str) -> str:
        return path.removeprefix(f"{self}/")

    def tree_path(self) -> Path:
        return Path(os.path.normpath(f"/{self.path}")[1:])

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        return remote.read(self.address, start, end)

    def stream(self) -> BufferedReader:
        return BufferedReader(_Stream(self), _AHEAD)

    def write(self, content: bytes | Path, new: bool = False) -> None:
        remote.write(self.address, content, new)

    @contextmanager
    def writing(self) -> Iterator[Path]:
        with TemporaryDirectory(prefix="colorcli-") as folder:
            part = Path(folder) / "part"
            yield part
            self.write(part)

    def is_there(self) -> bool:
        try:
            return self.stat().st_mode != 0
        except OSError:
            return False

    def remove(self) -> None:
        remote.remove(self.address)

    def remove_if_empty(self) -> None:
        remote.remove_if_empty(self.address)


@dataclass(frozen=True, slots=True)
class RemoteEntry:
    """A file or folder in a folder, as the server lists it."""

    folder: Url
    name: str
    status: Status
    link: bool

    @property
    def location(self) -> Url:
        return Url(f"{self.folder.address}/{self.name}", self.status)

    def is_dir(self) -> bool:
        return self.status.st_mode == S_IFDIR

    def is_file(self) -> bool:
        return not self.is_dir()

    def is_symlink(self) -> bool:
        return self.link


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
