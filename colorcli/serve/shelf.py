"""The photographs that the page may open: those of one folder, and those that were dropped on it."""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from colorcli.archive import sidecar
from colorcli.archive.jobs import Job
from colorcli.archive.naming import Naming
from colorcli.archive.plan import Sources, plan
from colorcli.archive.scan import Selection
from colorcli.archive.storage.local import LocalPath
from colorcli.errors import PhotoError, UsageError
from colorcli.guided.files import SUFFIX

MOST_DROPPED = 16  # photographs that are kept; the oldest goes first


@dataclass(frozen=True)
class Photograph:
    """One that the page knows by its `key` alone, so that no path comes from a browser."""

    key: str
    name: str
    path: LocalPath
    job: Job | None  # of `colorcli colorize`; None: it was dropped, and has no place for a result

    @property
    def hints(self) -> LocalPath:
        """The file of hints beside it, be it there or not."""
        return self.path.with_name(self.path.name + SUFFIX)


class Shelf:
    """Gives photographs by their keys; never one that lies outside the folder, by whatever links."""

    def __init__(self, folder: Path | None, dropped: Path, recursive: bool = False) -> None:
        self._folder = folder and LocalPath(folder)
        self._dropped = LocalPath(dropped)
        self._selection = Selection(recursive=recursive)
        self._known: dict[str, Photograph] = {}
        self.look_again()

    def look_again(self) -> list[Photograph]:
        """The photographs of the folder as it is now, by name."""
        found = list(self._found()) if self._folder else []
        here = {one.key: one for one in found}
        self._known = {key: one for key, one in self._known.items() if one.job is None} | here
        return found

    def get(self, key: str) -> Photograph:
        """The photograph, if it still lies where it may be read."""
        if key not in self._known:
            raise PhotoError("this photograph is not here any more", "drop it on the page again")
        photograph = self._known[key]
        if photograph.job:
            for path in (photograph.path, photograph.hints, photograph.job.target):
                self._check(path)
        return photograph

    def drop(self, name: str, content: bytes) -> Photograph:
        """Keep what was dropped, until the server ends or others take its place."""
        key = secrets.token_hex(8)
        path = self._dropped / key
        path.write_bytes(content)
        dropped = [one for one in self._known.values() if one.job is None]
        for old in dropped[: len(dropped) + 1 - MOST_DROPPED]:
            del self._known[old.key]
            old.path.unlink(missing_ok=True)
        self._known[key] = Photograph(key, Path(name).name or "photograph", path, None)
        return self._known[key]

    def _found(self) -> Iterator[Photograph]:
        assert self._folder is not None  # the caller asked
        for job in plan(Sources([str(self._folder)], None, self._selection), Naming()).jobs:
            if isinstance(path := job.source, LocalPath) and self._is_inside(path):
                name = str(path.relative_to(self._folder))
                key = sha256(os.fsencode(name)).hexdigest()[:16]
                yield Photograph(key, name, path, replace(job, hints=None))

    def _is_inside(self, path: LocalPath) -> bool:
        assert self._folder is not None  # as above
        return path.resolve().is_relative_to(self._folder.resolve())

    def _check(self, path: object) -> None:
        if isinstance(path, LocalPath) and not self._is_inside(path):
            raise UsageError(f"{path.name} leads out of the folder", "put the file itself in its place")


def hints_beside(photograph: Photograph) -> LocalPath | None:
    """The file of hints, where there is one."""
    return photograph.hints if photograph.job and sidecar.beside(photograph.path) else None
