"""Where the bytes of a photograph come from: memory, a file, or a pipe; errors say why they do not."""

import os
from io import BytesIO, FileIO
from pathlib import Path

from colorcli.errors import PhotoError, cause_of

Stream = BytesIO | FileIO


def open_photo(source: bytes | Path) -> Stream:
    """A seekable stream over `source`; pipes and devices are read to their end."""
    if isinstance(source, bytes):
        return BytesIO(source)
    try:
        stream = FileIO(source)
    except OSError as error:
        raise PhotoError(cause_of(error)) from error
    if source.is_file():
        return stream
    with stream:
        return BytesIO(stream.readall())


def read_at(stream: Stream, offset: int, length: int) -> bytes:
    """Up to `length` bytes from `offset`; fewer only at the end of the stream, none beyond it."""
    if offset > size_of(stream):  # no file system seeks as far as a damaged file may ask
        return b""
    stream.seek(offset)
    return stream.read(length)


def size_of(stream: Stream) -> int:
    """Bytes in the stream."""
    return stream.seek(0, os.SEEK_END)
