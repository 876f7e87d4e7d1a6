"""Writing a file whole or not at all."""

import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from colorcli.errors import PhotoError, UsageError, cause_of

TEMPORARY_PREFIX = ".colorcli-"  # a short name of its own: the target's may already be 255 bytes long
PERMISSIONS = 0o777  # without set-user-id and its kin
NO_HARD_LINKS = {  # what file systems without them say; EINVAL is Windows on FAT
    errno.EPERM,
    errno.ENOTSUP,
    errno.ENOSYS,
    errno.EACCES,
    errno.EMLINK,
    errno.EINVAL,
}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Size, time and checksum of a file."""

    size: int  # bytes
    mtime_ns: int
    sha256: str


def fingerprint(path: Path) -> Fingerprint | None:
    """That of the file as it is now; None where it is not a plain file that can be read.

    Anything else is not even opened: a pipe waits for its writer, and loses what was in it.
    """
    try:
        if not S_ISREG(path.stat().st_mode):
            return None
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
    return Fingerprint(status.st_size, status.st_mtime_ns, digest)


@contextmanager
def whole_file(
    target: Path, overwrite: bool, mode: int | None = None, scratch: Path | None = None
) -> Iterator[Path]:
    """Gives a temporary path beside `target` to write to; it takes the target's name only when all went well.

    `mode`: the permissions of the finished file; None leaves them to the umask. `scratch`: a folder on the
    same disk for the temporary file. An existing target is an error without `overwrite`, also one that
    appeared meanwhile. A PhotoError says what is wrong without naming the file.
    """
    part = (scratch or target.parent) / f"{TEMPORARY_PREFIX}{os.getpid()}-{secrets.token_hex(8)}.part"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _create(part, mode)
    except OSError as error:
        raise _refusal(error) from error
    try:
        yield part
        _flush_to_disk(part)
        if mode is not None:
            part.chmod(mode)
        _publish(part, target, overwrite)
    except OSError as error:
        raise _refusal(error) from error
    finally:
        part.unlink(missing_ok=True)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise before long work for a file that may not be written; `whole_file` tells at its end."""
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already", "Use --overwrite to replace it.")


def sweep(folders: Iterable[Path], ours_only: bool) -> None:
    """Remove what unfinished writes left in `folders`: those of this process, or those of all."""
    prefix = f"{TEMPORARY_PREFIX}{os.getpid()}-" if ours_only else TEMPORARY_PREFIX
    for folder in set(folders):
        for part in folder.glob(f"{prefix}*.part"):
            part.unlink(missing_ok=True)


def write_through(stream: BinaryIO, data: bytes) -> None:
    """All of `data` into a pipe or device, past every buffer, so that an error shows here and now."""
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[stream.write(rest) :]
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _refusal(error) from error


def write_into(path: Path, data: bytes) -> None:
    """All of `data` into the pipe or device of that name."""
    try:
        device = FileIO(path, "w")
    except OSError as error:
        raise _refusal(error) from error
    with device:
        write_through(device, data)


def _refusal(error: OSError) -> PhotoError:
    hint = "use --overwrite to replace it" if isinstance(error, FileExistsError) else ""
    return PhotoError(f"it could not be written: {cause_of(error)}", hint)


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode, which are the same under every name of a file; None where there is no file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def mode_of(path: Path) -> int:
    """Type and permission bits as `stat` has them; 0 where there is nothing or no way to it."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def _create(part: Path, mode: int | None) -> None:
    # Owner-writable until finished, also where the photograph itself is read-only.
    wanted = 0o666 if mode is None else mode | 0o600
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, wanted))


def _flush_to_disk(part: Path) -> None:
    descriptor = os.open(part, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(part: Path, target: Path, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
        return
    try:
        os.link(part, target)  # unlike a rename, a link never replaces a file that appeared meanwhile
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
        part.rename(target)
