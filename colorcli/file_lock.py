"""A lock on an open file that ends with its process, however that ends."""

import sys
from io import FileIO

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 40  # a byte beyond any content: a locked byte cannot be read by others

    def try_to_lock(file: FileIO) -> bool:
        """Whether the file is ours now, until it is closed."""
        position = file.tell()
        try:
            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            file.seek(position)
        return True

else:
    import fcntl

    def try_to_lock(file: FileIO) -> bool:
        """Whether the file is ours now, until it is closed."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
