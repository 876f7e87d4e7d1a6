"""The journal of a folder of results on a server: pieces that are put every few seconds, and at the end."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Event, Lock, Thread
from uuid import uuid4

from colorcli.archive.jobs import json_line
from colorcli.archive.resume.local_journal import SEGMENTS, segments
from colorcli.archive.resume.remote_lock import RENEW_EVERY, RemoteLock
from colorcli.archive.storage.location import Location
from colorcli.errors import ColorcliError

PUT_EVERY = 5.0  # seconds: what a run that is killed forgets, and does again
_FULL = 1 << 20  # bytes of a piece; then the next one begins


class RemoteJournal:
    """A locked journal: lines are kept here, from any thread, until they are put."""

    def __init__(self, folder: Location) -> None:
        self._folder = folder / SEGMENTS
        self._lock = RemoteLock(folder, self._folder)
        known = segments(folder)
        self.size = sum(size for _, size in known)  # bytes of all lines
        self._number = 1 + max((int(name.partition("-")[0]) for name, _ in known), default=0)
        self._own = uuid4().hex[:8]  # so that no run ever writes over a piece of another
        self._piece = bytearray()
        self._put = 0  # bytes of the piece that the server has
        self._turn, self._putting = Lock(), Lock()
        self._lost: ColorcliError | None = None
        self._ended = Event()
        self._beat = Thread(target=self._live, daemon=True)
        self._beat.start()

    def append(self, values: Mapping[str, object]) -> None:
        """Add a line; raises what kept the lines before it from being put."""
        if self._lost:
            raise self._lost
        line = json_line(values)
        with self._turn:
            self._piece += line
            self.size += len(line)

    def secure(self) -> None:
        """Put what was appended."""
        with self._putting:
            with self._turn:
                piece, number = bytes(self._piece), self._number
            if len(piece) > self._put:
                (self._folder / f"{number:08}-{self._own}.jsonl").write(piece)
                self._put = len(piece)
            if self._put >= _FULL:
                with self._turn:
                    del self._piece[: self._put]
                    self._number += 1
                self._put = 0

    def close(self) -> None:
        self._ended.set()
        self._beat.join()
        self.secure()
        self._lock.release()

    def _live(self) -> None:
        """Puts lines and renews the lock, until the end."""
        renewed = time.monotonic()
        while not self._ended.wait(PUT_EVERY):
            try:
                self.secure()
                if time.monotonic() - renewed >= RENEW_EVERY:
                    self._lock.renew()
                    renewed = time.monotonic()
            except ColorcliError as error:
                self._lost = error
                return


@contextmanager
def open_remote_journal(folder: Location) -> Iterator[RemoteJournal]:
    """Locks `folder`; at the end the journal is whole there, after an error too if the server answers."""
    journal = RemoteJournal(folder)
    try:
        yield journal
    except BaseException:
        with suppress(ColorcliError):
            journal.close()
        raise
    journal.close()
