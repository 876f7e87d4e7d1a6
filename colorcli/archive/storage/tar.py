"""Tar archives of photographs: what is in one, and one with the results made of another."""

import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import isfinite
from pathlib import Path, PurePosixPath
from stat import S_IFREG
from typing import IO, BinaryIO, cast

from colorcli import files
from colorcli.archive.storage.extensions import is_sidecar, known_extension
from colorcli.archive.storage.location import Location, Problem, ReadIntoMemory, Status
from colorcli.errors import PhotoError
from colorcli.files import Fingerprint

PARTS = ".parts"  # OUT/NAME.tar.parts has the results until OUT/NAME.tar is written
_DAMAGED = "it is damaged, and nothing can be read from there on"
_BLOCK = 512  # bytes; after the last member come two blocks of zeros
_PIECE = 1 << 20  # bytes: more than headers and names have, and more than is copied at once
_MALFORMED = (tarfile.TarError, ValueError, OverflowError, RecursionError)  # what tarfile says of bad headers


@dataclass(frozen=True, slots=True)
class Member(ReadIntoMemory):
    """A file in a tar archive."""

    archive: Location
    path: str  # as the archive has it
    start: int  # its first byte
    size: int  # bytes
    mtime_ns: int  # of the archive

    @property
    def file(self) -> Location:
        return self.archive

    def __str__(self) -> str:
        return f"{self.archive}/{self.path}"

    def stat(self) -> Status:
        return Status(S_IFREG, self.size, self.mtime_ns)

    def identity(self) -> object:
        return str(self)

    def full_name(self) -> str:
        return f"{self.archive.full_name()}/{self.path}"

    def read(self) -> bytes:
        return self.archive.read(self.start, self.start + self.size)


@dataclass(frozen=True, slots=True)
class Shard:
    """A tar of photographs and the tar that gets their results."""

    source: Location
    target: Location

    @property
    def parts(self) -> Location:
        """Where the results wait for the tar to be written."""
        return self.target.with_name(self.target.name + PARTS)


def members(archive: Location) -> Iterator[Member | Problem]:
    """The photographs in a tar, with the files of hints beside them, and a problem for what is unusable."""
    try:
        status = archive.stat()
        with _opened(archive) as found:
            for info, problem in found:
                if problem:
                    yield Problem.of(f"{archive}/{info.name}", problem)
                elif info.isfile() and (is_photograph(info.name) or is_sidecar(info.name)):
                    yield Member(archive, info.name, info.offset_data, info.size, status.st_mtime_ns)
            if not found.whole:
                yield Problem.of(archive, _DAMAGED, "get a whole copy of it")
    except (PhotoError, OSError) as error:
        yield Problem.of(archive, error)


def is_photograph(path: str) -> bool:
    """As in a folder: what has the extension of an image and is not hidden."""
    hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
    return not hidden and bool(known_extension(Path(path)))


def write_shard(shard: Shard, results: Mapping[str, Location]) -> Fingerprint | None:
    """Write the tar of results: the members in their order, those that are no photographs as they are.

    `results` says where the result of each photograph is; what is not there any more is taken over from the
    tar of results as it was. A photograph without result is left out.
    """
    earlier = {
        member.path: member
        for member in members(shard.target)
        if isinstance(member, Member) and is_photograph(member.path)
    }
    count = 0
    with shard.target.writing() as part:
        with tarfile.open(part, "w") as out, _opened(shard.source) as found:
            for info, problem in found:
                if problem:
                    continue
                if not (info.isfile() and is_photograph(info.name)):
                    out.addfile(_like(info, info.name, info.size), found.tar.extractfile(info))
                elif result := results.get(info.name):
                    name = _renamed(info.name, result.name)
                    content = _content(result, earlier.get(name))
                    out.addfile(_like(info, name, len(content)), BytesIO(content))
                    count += 1
            if count < len(earlier) and not found.whole:
                raise PhotoError(f"kept as it is, for it has more photographs; of {shard.source}: {_DAMAGED}")
        return files.fingerprint(part)


def remove_parts(shard: Shard, results: Iterable[Location]) -> None:
    """Remove the results that the tar has in it now, and the folders that are empty then."""
    folders = set()
    for result in results:
        result.remove()
        while result.parent != shard.parts.parent:
            result = result.parent
            folders.add(result)
    for folder in sorted(folders, key=lambda folder: len(str(folder)), reverse=True):
        folder.remove_if_empty()


@contextmanager
def _opened(archive: Location) -> Iterator["_Contents"]:
    size = archive.stat().st_size
    with archive.stream() as file:
        try:
            tar = tarfile.open(fileobj=cast(IO[bytes], _InPieces(file)), mode="r:")  # noqa: SIM115
        except _MALFORMED as error:
            raise PhotoError(f"it is damaged: {error}") from error
        with tar:
            yield _Contents(tar, size)


class _InPieces:
    """The file of a tar: it is not read at once, however long a header says that a name is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _PIECE:
            raise tarfile.ReadError(f"{size} bytes of header")
        return self._file.read(size)


class _Contents:
    """The members in their order, as far as they can be read, each with what is wrong with it."""

    def __init__(self, tar: tarfile.TarFile, size: int) -> None:
        self.tar = tar
        self._size = size  # of the archive, in bytes
        self.whole = False  # after the last member: whether the end was found

    def __iter__(self) -> Iterator[tuple[tarfile.TarInfo, str]]:
        seen = set()
        while info := self._next():
            problem = _problem(info)
            if not problem and info.isfile():
                path = PurePosixPath(info.name)
                problem = "an earlier member has the same name" if path in seen else ""
                seen.add(path)
            yield info, problem

    def _next(self) -> tarfile.TarInfo | None:
        try:
            info = self.tar.next()
        except _MALFORMED:
            return None
        if info is None:
            self.whole = self._ends()
            return None
        return info if 0 <= info.size <= self._size - info.offset_data else None

    def _ends(self) -> bool:
        assert self.tar.fileobj is not None
        self.tar.fileobj.seek(self.tar.offset)
        return self.tar.fileobj.read(_BLOCK) == bytes(_BLOCK)


def _problem(info: tarfile.TarInfo) -> str:
    """Why a member is not taken: nothing of it could be written below the folder of results."""
    path = PurePosixPath(info.name)
    if path.is_absolute() or ".." in path.parts or "\0" in info.name:
        return "its name leads out of the archive"
    if info.issym() or info.islnk():
        return "it is a link"
    if not info.isdir() and (not info.isfile() or info.sparse is not None):
        return "it is no plain file"
    return ""


def _like(info: tarfile.TarInfo, name: str, size: int) -> tarfile.TarInfo:
    """The header of a member, for other content."""
    new = tarfile.TarInfo(name)
    new.size, new.type = size, info.type
    new.mode, new.mtime = info.mode, info.mtime if isfinite(info.mtime) else 0
    new.uid, new.gid, new.uname, new.gname = info.uid, info.gid, info.uname, info.gname
    return new


def _renamed(path: str, name: str) -> str:
    """The path as it is, but for the end where a result got another extension."""
    folder, slash, _ = path.rpartition("/")
    return f"{folder}{slash}{name}"


def _content(result: Location, earlier: Member | None) -> bytes:
    """A result, or else what the tar of results has of it."""
    try:
        return result.read()
    except FileNotFoundError:
        if earlier is None:
            raise
        return earlier.read()
