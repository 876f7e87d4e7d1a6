"""The bytes of a pipe in their order, however they arrive."""

from io import FileIO

from colorcli.errors import PhotoError, cause_of

_AT_ONCE = 1 << 18  # bytes asked for; a pipe gives what it holds


class TruncatedError(PhotoError):
    """The pipe ends where bytes are still due."""


class Intake:
    """What has been read and not yet taken is in `held`; memory grows with what came, not what is due."""

    def __init__(self, stream: FileIO) -> None:
        self._stream = stream
        self.held = bytearray()

    def more(self) -> bool:
        """Wait for bytes, add them to `held`; False at the end of the pipe."""
        try:
            piece = self._stream.read(_AT_ONCE)
        except OSError as error:
            raise PhotoError(f"it cannot be read: {cause_of(error)}") from error
        self.held += piece or b""
        return bool(piece)

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay; fewer than `size` only at the end."""
        while len(self.held) < size and self.more():
            pass
        return bytes(self.held[:size])

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        taken = self.peek(size)
        if len(taken) < size:
            raise TruncatedError("the stream ends in the middle of it")
        del self.held[:size]
        return taken

    def take_line(self, longest: int) -> bytes:
        """The bytes before the next newline, which is taken too."""
        seen = 0
        while (end := self.held.find(b"\n", seen)) < 0:
            seen = len(self.held)
            if seen > longest:
                raise PhotoError("its header is damaged")
            if not self.more():
                raise TruncatedError("the stream ends in the middle of its header")
        return self.take(end + 1)[:-1]
