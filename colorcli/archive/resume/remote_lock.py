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

RENEW_EVERY = 10.0  # seconds
EXPIRES_AFTER = 60.0  # seconds without a sign of life


class RemoteLock:
    """The lock, taken; a UsageError where another run has it."""

    def __init__(self, folder: Location, journal: Location) -> None:
        self._folder = folder
        self._object = journal / "lock"
        self._clock = journal / f"clock-{uuid4().hex[:16]}"
        self._local = _open_local(folder)
        self._ours = json.dumps(
            {
                "run": uuid4().hex,
                "host": socket.gethostname(),
                "process": os.getpid(),
                "file": self._local and _name_of(self._local),
            }
        ).encode()
        try:
            self._take()
        except BaseException:
            self._let_go()
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
        self._let_go()

    def _let_go(self) -> None:
        """Release the operating system's lock on this machine."""
        if self._local:
            self._local.close()

    def _take(self) -> None:
        alone = self._local is None or try_to_lock(self._local)
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


def _open_local(folder: Location) -> FileIO | None:
    """A file of this machine that stands for the folder; None where it cannot be opened."""
    digest = sha256(str(folder).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"colorcli-{digest}.lock"
    try:
        return FileIO(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600), "r+")
    except OSError:
        return None


def _name_of(file: FileIO) -> str:
    """An identifier of the file, unique among machines."""
    status = os.fstat(file.fileno())
    return f"{socket.gethostname()}:{status.st_dev}:{status.st_ino}"


def _said(content: bytes, key: str) -> object:
    try:
        values = json.loads(content)
    except ValueError:
        return None
    return values.get(key) if isinstance(values, dict) else None


def _whose(other: bytes) -> str:
    host, process = _said(other, "host"), _said(other, "process")
    return f" (process {process} on {host})" if host else ""
