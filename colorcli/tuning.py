"""What a process that colours picture after picture asks of the C libraries below it."""

import ctypes
import sys
from collections.abc import Callable
from functools import cache

import cv2
import pyvips

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -3, -4, -8  # of glibc's mallopt
_LARGEST_INT = (1 << 31) - 1
_KEPT_AT_MOST = 256 << 20  # bytes free at the end of a heap
_KEPT_EACH = 32 << 20  # bytes of one array; glibc takes no more


def keep_memory() -> None:
    """The next picture uses the memory of the last: fresh pages cost as much as half of the maths."""
    set_option = _libc("mallopt")
    if set_option:
        set_option(_TRIM_THRESHOLD, _KEPT_AT_MOST)
        set_option(_MMAP_THRESHOLD, _KEPT_EACH)


def keep_all_memory() -> None:
    """The same for arrays of any size, as a training step makes them; to be called before threads start."""
    set_option = _libc("mallopt")
    if set_option:
        set_option(_TRIM_THRESHOLD, _LARGEST_INT)
        set_option(_MMAP_MAX, 0)
        set_option(_ARENA_MAX, 1)


def give_back() -> None:
    """Memory that is free goes back to the system: pictures of every size leave holes in it."""
    trim = _libc("malloc_trim")
    if trim:
        trim(0)


def stay_in_calling_thread() -> None:
    """Where every core has a picture to do, threads of OpenCV and libvips only wait for each other."""
    cv2.setNumThreads(1)
    pyvips.concurrency_set(1)


@cache
def _libc(name: str) -> Callable[..., int] | None:
    """A function of glibc; other C libraries keep less memory and have none of these."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
