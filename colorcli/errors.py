"""Every error that colorcli raises on purpose: each class has its exit code, each error may carry a hint."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class ColorcliError(Exception):
    """`message` names the thing and the cause; `hint` says what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def about(self, name: str) -> Self:
        """The same error, with the name of the thing before its message."""
        return type(self)(f"{name}: {self.message}", self.hint)


class UsageError(ColorcliError):
    """Options or arguments that do not fit together."""

    exit_code = 2


class PhotoError(ColorcliError):
    """A photograph could not be read or written."""

    exit_code = 3


class OutOfMemoryError(PhotoError):
    """The network had not enough memory; with less to do at once it may have."""


class ModelError(ColorcliError):
    """A model that is missing, damaged, not ours, or that failed while it ran."""

    exit_code = 4


class UnavailableError(ColorcliError):
    """An optional package or a device that was asked for and is not there."""

    exit_code = 5


class UnreachableError(ColorcliError):
    """A server that does not answer, or not as it should, however often it is asked."""

    exit_code = 6


@contextmanager
def about(name: str) -> Iterator[None]:
    """Puts the name of a thing before what is said about it."""
    try:
        yield
    except ColorcliError as error:
        raise error.about(name) from error


def cause_of(error: OSError) -> str:
    """The reason in plain words, without the path (the caller names it)."""
    if isinstance(error, IsADirectoryError):
        return "it is a folder"
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, PermissionError):
        return "no permission to open it"
    return (error.strerror or str(error)).lower()
