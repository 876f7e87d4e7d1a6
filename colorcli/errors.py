"""Every error that colorcli raises on purpose: each class has its exit code, each error may carry a hint."""


class ColorcliError(Exception):
    """`message` names the thing and the cause; `hint` says what to do about it."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


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
