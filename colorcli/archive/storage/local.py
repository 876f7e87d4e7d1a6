"""Files and folders of this machine."""

import os
import sys
from contextlib import AbstractContextManager, suppress
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Self

from colorcli import files
from colorcli.archive.storage.location import Location
from colorcli.files import Fingerprint, whole_file

if sys.platform == "win32":
    from pathlib import WindowsPath as SystemPath
else:
    from pathlib import PosixPath as SystemPath


class LocalPath(SystemPath):
    """A `pathlib.Path`, whatever bytes its name has, that can do what every location can."""

    __slots__ = ()  # there may be millions

    @property
    def local_path(self) -> Self:
        return self

    @property
    def file(self) -> Location:
        return self

    def identity(self) -> object:
        return files.identity(self)

    def full_name(self) -> str:
        return str(self.absolute())

    def fetch_if_remote(self) -> Self:
        return self

    def data(self) -> Path:
        return self

    def fingerprint(self) -> Fingerprint | None:
        return files.fingerprint(self)

    def entries(self) -> "list[LocalEntry]":
        with os.scandir(self) as found:
            return sorted((LocalEntry(self, entry) for entry in found), key=lambda entry: entry.name)

    def sizes_below(self) -> None:
        return None

    def relative(self, path: str) -> str:
        return Path(path).relative_to(self).as_posix()

    def tree_path(self) -> Path:
        path, here = Path(os.path.normpath(self.absolute())), Path.cwd()
        return path.relative_to(here if path.is_relative_to(here) else path.anchor)

    def read(self, start: int | None = None, end: int | None = None) -> bytes:
        with FileIO(self) as file:
            file.seek(start or 0)
            return file.readall() if end is None else file.read(end - file.tell())

    def stream(self) -> BufferedReader:
        return self.open("rb")

    def write(self, content: bytes | Path, new: bool = False) -> None:
        with whole_file(self, overwrite=not new) as part:
            part.write_bytes(content if isinstance(content, bytes) else content.read_bytes())

    def writing(self) -> AbstractContextManager[Path]:
        return whole_file(self, overwrite=True)

    def is_there(self) -> bool:
        return os.path.lexists(self)

    def remove(self) -> None:
        self.unlink(missing_ok=True)

    def remove_if_empty(self) -> None:
        with suppress(OSError):
            self.rmdir()


class LocalEntry:
    """A file or folder in a folder, as the system lists it."""

    def __init__(self, folder: LocalPath, entry: "os.DirEntry[str]") -> None:
        self._folder = folder
        self._entry = entry
        self.name = entry.name

    @property
    def location(self) -> LocalPath:
        return self._folder / self.name

    def is_dir(self) -> bool:
        try:
            return self._entry.is_dir()
        except OSError:  # a link that leads to itself
            return False

    def is_file(self) -> bool:
        try:
            return self._entry.is_file() or (self.is_symlink() and not self.location.exists())
        except OSError:  # likewise
            return True

    def is_symlink(self) -> bool:
        return self._entry.is_symlink()
