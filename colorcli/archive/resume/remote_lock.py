"""A lock on a folder of results that is on a server: an object with a sign of life in it.

Servers have no locks that end with a process. So whoever holds this one renews it, and it counts for
nothing once it was not renewed for a while, by the clock of the server. On one machine a second lock, of the
operating system, tells at once whether the process that holds it is alive.
"""

import json
import os
import socket
import tempfile
from contextlib import suppress
from hashlib import sha256
from io import FileIO
from pathlib import Path
from uuid import uuid4

from colorcli.archive.storage.location import UNKNOWN_TIME, Location
from colorcli.errors import UsageError
from colorcli.file_lock import try_to_lock
from colorcli.files import identity

RENEW_EVERY = 10.0  # seconds
EXPIRES_AFTER = 60.0  # seconds without a sign of life


class RemoteLock:
    """The lock, taken; a UsageError where another run has it."""

    def __init__(self, folder: Location, journal: Location) -> None:
        self._folder = folder
        self._object = journal / "lock"
        self._clock = journal / f"clock-{uuid4().hex[:16]}"
        self._path = _local_path(folder)
        self._local = _open_local(self._path)
        self._ours = b""  # what the object says while the lock is ours
        try:
            self._take()
        except BaseException:
            if self._local:
                self._local.close()
            raise

    def renew(self) -> None:
        """Give a sign of life; a UsageError where another run has taken over meanwhile."""
        if self._content() != self._ours:
            raise UsageError(
                f"another colorcli has taken over {self._folder}",
                f"it does so after {EXPIRES_AFTER:.0f} seconds without a sign of life; let it finish",
            )
        self._object.write(self._ours)

    def release(self) -> None:
        if self._content() == self._ours:
            self._object.remove()
        if self._local:
            with suppress(OSError):  # Windows removes no file that is open
                self._path.unlink()
            self._local.close()

    def _take(self) -> None:
        alone = self._lock_here()
        self._ours = _words(self._local)
        other = self._content()
        if not alone or (other and not self._is_over(other)):
            raise UsageError(
                f"another colorcli is at work in {self._folder}{_whose(other)}",
                f"wait until it has finished; one that was killed elsewhere counts as such for "
                f"{EXPIRES_AFTER:.0f} seconds",
            )
        with suppress(FileExistsError):  # somebody was faster, or this very request was made twice
            self._object.write(self._ours, new=not other)
        self.renew()

    def _lock_here(self) -> bool:
        """Whether nobody else of this machine has it, as far as one can tell; then the file is locked.

        A file that its holder removed before we locked it stands for nothing any more.
        """
        while self._local and try_to_lock(self._local):
            if identity(self._path) == _identity_of(self._local):
                return True
            self._local.close()
            self._local = _open_local(self._path)
        return self._local is None

    def _is_over(self, other: bytes) -> bool:
        """Whether the run that wrote it has ended: it was here, or its last sign of life is old."""
        if self._local and _said(other, "file") == _name_of(self._local):
            return True  # for the lock of that file is ours now
        self._clock.write(b"")
        try:
            now, then = self._clock.stat().st_mtime_ns, self._object.stat().st_mtime_ns
        except FileNotFoundError:
            return True
        finally:
            self._clock.remove()
        return UNKNOWN_TIME not in (now, then) and now - then > EXPIRES_AFTER * 1e9

    def _content(self) -> bytes:
        try:
            return self._object.read()
        except FileNotFoundError:
            return b""


def _local_path(folder: Location) -> Path:
    """The name of a file of this machine that stands for the folder."""
    digest = sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"colorcli-{digest}.lock"


def _open_local(path: Path) -> FileIO | None:
    """That file; None where it cannot be opened."""
    try:
        return FileIO(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "r+")
    except OSError:
        return None


def _name_of(file: FileIO) -> str:
    """An identifier of the file, unique among machines."""
    device, inode = _identity_of(file)
    return f"{socket.gethostname()}:{device}:{inode}"


def _words(local: FileIO | None) -> bytes:
    """Who has the lock."""
    words = {
        "run": uuid4().hex,
        "host": socket.gethostname(),
        "process": os.getpid(),
        "file": local and _name_of(local),
    }
    return json.dumps(words).encode()


def _identity_of(file: FileIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino


def _said(content: bytes, key: str) -> object:
    try:
        values = json.loads(content)
    except ValueError:
        return None
    return values.get(key) if isinstance(values, dict) else None


def _whose(other: bytes) -> str:
    host, process = _said(other, "host"), _said(other, "process")
    return f" (process {process} on {host})" if host else ""
