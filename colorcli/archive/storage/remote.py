"""What is asked of other machines: one place for retries, for errors, and for what fsspec needs to know."""

import logging
import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from stat import S_IFDIR, S_IFREG
from typing import Any, TypeVar
from uuid import uuid4

from colorcli.archive.storage.location import UNKNOWN_TIME, Status
from colorcli.archive.storage.redact import redact, user_of
from colorcli.errors import PhotoError, UnavailableError, UnreachableError, UsageError, cause_of
from colorcli.files import TEMPORARY_PREFIX

T = TypeVar("T")
Listed = tuple[str, Status, bool]

PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds before a request is made again
_S3 = {"s3", "s3a"}
_OBJECT_STORES = {*_S3, "gs", "gcs", "abfs", "abfss", "az", "oss", "oci", "memory"}  # put is atomic
_TIMES = ("mtime", "LastModified", "last_modified", "updated", "created")  # how servers call it
_FINAL = (FileNotFoundError, FileExistsError, IsADirectoryError, NotADirectoryError)
_REFUSED = {  # how clients call what does not get better by asking again
    "AuthenticationException",
    "BadHostKeyException",
    "NoCredentialsError",
    "NoRegionError",
    "ParamValidationError",
    "PartialCredentialsError",
    "PasswordRequiredException",
}
_GO_ON = "once it answers again, the same command goes on from here"
_INSTALL = "pip install 'colorcli[remote]'"


def check(address: str) -> None:
    """Raise where no package opens such an address, or not with credentials in it."""
    protocol = address.partition("://")[0]
    user = user_of(address)
    if user and f"{user}@" in str(_kind(protocol)._strip_protocol(address)):
        raise UsageError(
            f"{protocol}:// takes no credentials in the address",
            "set them in the environment or in the configuration file of its client",
        )


def status(address: str) -> Status:
    """Type, size and time of a file or folder; a FileNotFoundError where there is none that we may see."""
    try:
        return _ask(address, lambda server, path: _status_of(_uncached(server, path).info(path)))
    except PhotoError as error:
        raise FileNotFoundError from error


def entries(address: str) -> list[Listed]:
    """What is directly in a folder: names, and whether they are links."""

    def ask(server: Any, path: str) -> list[Listed]:
        return [
            _entry(server, info)
            for info in _uncached(server, path).ls(path, detail=True)
            if info["name"].strip("/") != path.strip("/")
        ]

    return _ask(address, ask)


def sizes_below(address: str) -> dict[str, int]:
    """Every file below a folder, by its path from there on, and its bytes; none where there is no folder."""

    def ask(server: Any, path: str) -> dict[str, int]:
        start = len(path.rstrip("/")) + 1
        found = _uncached(server, path).find(path, detail=True)
        return {name[start:]: int(info.get("size") or 0) for name, info in found.items()}

    try:
        return _ask(address, ask)
    except FileNotFoundError:
        return {}


def read(address: str, start: int | None = None, end: int | None = None) -> bytes:
    """The bytes of a file, from `start` up to `end`."""
    return _ask(address, lambda server, path: bytes(server.cat_file(path, start=start, end=end)))


def write(address: str, content: bytes | Path, new: bool = False) -> None:
    """Write a file, whole or not at all; with `new` a FileExistsError if it is known to be there."""
    plain = address.partition("://")[0] not in _OBJECT_STORES
    name = f"{TEMPORARY_PREFIX}{os.getpid()}-{uuid4().hex[:16]}.part"

    def ask(server: Any, path: str) -> None:
        folder = path.rpartition("/")[0]
        if plain:
            server.makedirs(folder, exist_ok=True)
            _put(server, f"{folder}/{name}", content)
            server.mv(f"{folder}/{name}", path)
        elif new:
            server.pipe_file(path, content, mode="create")
        else:
            _put(server, path, content)

    try:
        _ask(address, ask)
    except FileNotFoundError:
        raise PhotoError(f"there is no such bucket or folder at {_server_of(address)}") from None


def remove(address: str) -> None:
    """Remove a file, if it is there."""
    with suppress(FileNotFoundError):
        _ask(address, lambda server, path: server.rm_file(path))


def remove_if_empty(address: str) -> None:
    """Remove a folder, if it is empty; object stores have none."""
    if address.partition("://")[0] not in _OBJECT_STORES:
        with suppress(FileNotFoundError):
            if not entries(address):
                _ask(address, lambda server, path: server.rmdir(path))


def _put(server: Any, path: str, content: bytes | Path) -> None:
    if isinstance(content, Path):
        server.put_file(str(content), path)
    else:
        server.pipe_file(path, content)


def _ask(address: str, action: Callable[[Any, str], T]) -> T:
    """What comes of an action on a server; one that fails for the moment is repeated a few times."""
    protocol = address.partition("://")[0]
    for pause in (*PAUSES, None):
        try:
            server, path = _server(address)
            return action(server, path)
        except _FINAL as error:  # without its text, which may be any
            raise next(kind for kind in _FINAL if isinstance(error, kind))() from None
        except PermissionError:
            raise PhotoError(f"no permission for this at {_server_of(address)}") from None
        except (ValueError, TypeError, NotImplementedError, UnicodeError) as error:
            raise PhotoError(_said(error, f"{protocol}:// cannot do this", address)) from None
        except Exception as error:
            if type(error).__name__ in _REFUSED:
                said = _said(error, f"no access to {_server_of(address)}", address)
                raise PhotoError(said, "docs/remote.md says where credentials go") from None
            said = _said(error, f"no answer from {_server_of(address)}", address)
        if pause is None:
            raise UnreachableError(said, _GO_ON)
        _forget_connection(protocol)
        time.sleep(pause)
    raise AssertionError


def _server(address: str) -> tuple[Any, str]:
    """The filesystem object of fsspec, which keeps its connections, and the path there."""
    protocol = address.partition("://")[0]
    kind = _kind(protocol)
    server = kind(**kind._get_kwargs_from_urls(address), **_options(protocol))
    if protocol in _S3:
        server.retries = 1
    return server, kind._strip_protocol(address)


@cache
def _kind(protocol: str) -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise UnavailableError(f"{protocol}:// needs the package fsspec", _INSTALL) from error
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a client's tasks repeat there what it raises
    try:
        return fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise UnavailableError(f"{protocol}:// cannot be opened: {error}", _INSTALL) from error
    except ValueError as error:
        raise UsageError(f"nothing is known of {protocol}://", "see docs/remote.md for what is") from error


@cache
def _options(protocol: str) -> dict[str, Any]:
    """What S3's client is told unless the user has configured it: not to repeat requests as well."""
    from fsspec.config import conf

    if protocol in _S3 and "config_kwargs" not in conf.get("s3", {}):
        return {"config_kwargs": {"retries": {"max_attempts": 0}}}
    return {}


def _forget_connection(protocol: str) -> None:
    """Connect anew the next time: where a connection is kept open, it may be what broke."""
    kind = _kind(protocol)
    if not kind.async_impl and protocol != "memory":
        kind.clear_instance_cache()


def _uncached(server: Any, path: str) -> Any:
    """The server, with what it remembers of a folder forgotten: others write there too."""
    server.invalidate_cache(path)
    return server


def _entry(server: Any, info: dict[str, Any]) -> Listed:
    link = info.get("type") == "link" or bool(info.get("islink"))
    if link:
        try:
            info = {**server.info(info["name"]), "name": info["name"]}
        except OSError:  # it leads nowhere: of that one the user wants to hear
            info = {**info, "type": "file"}
    name = info["name"].rstrip("/").rpartition("/")[2]
    return name, _status_of(info), link


def _status_of(info: dict[str, Any]) -> Status:
    kind = S_IFDIR if info.get("type") == "directory" else S_IFREG
    return Status(kind, int(info.get("size") or 0), _time_of(info))


def _time_of(info: dict[str, Any]) -> int:
    """Nanoseconds since 1970."""
    value = next((info[key] for key in _TIMES if info.get(key) is not None), None)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return UNKNOWN_TIME
    if isinstance(value, datetime):
        since = value.replace(tzinfo=value.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        return (since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000
    return round(value * 1e9) if isinstance(value, int | float) else UNKNOWN_TIME


def _server_of(address: str) -> str:
    protocol, _, rest = address.partition("://")
    return f"{protocol}://{rest.removeprefix(f'{user_of(address)}@').partition('/')[0]}"


def _said(error: Exception, what: str, address: str) -> str:
    cause = cause_of(error) if isinstance(error, OSError) else str(error)
    return redact(f"{what}: {cause or type(error).__name__}", user_of(address))
