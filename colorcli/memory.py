"""Memory and threads of the C libraries, in a process that colours picture after picture."""

import ctypes
import sys
from collections.abc import Callable, Mapping
from functools import cache

import cv2
import pyvips

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -3, -4, -8  # of glibc's mallopt
_LARGEST_INT = (1 << 31) - 1
_KEPT_AT_MOST = 256 << 20  # bytes free at the end of a heap
_KEPT_EACH = 32 << 20  # bytes of one array; glibc takes no more


def keep_memory() -> None:
    """Keep freed memory for the next picture: fresh pages cost as much as half of the maths."""
    _set_malloc({_TRIM_THRESHOLD: _KEPT_AT_MOST, _MMAP_THRESHOLD: _KEPT_EACH})


def keep_all_memory() -> None:
    """Keep freed memory of arrays of any size, as a training step makes them, in threads that start later."""
    _set_malloc({_TRIM_THRESHOLD: _LARGEST_INT, _MMAP_MAX: 0, _ARENA_MAX: 1})


def give_back() -> None:
    """Return free memory to the system: pictures of every size leave holes in it."""
    trim = _libc("malloc_trim")
    if trim:
        trim(0)


def stay_in_calling_thread() -> None:
    """Keep OpenCV and libvips to one thread: where every core has a picture, more only wait."""
    cv2.setNumThreads(1)
    pyvips.concurrency_set(1)


def _set_malloc(options: Mapping[int, int]) -> None:
    set_option = _libc("mallopt")
    if set_option:
        for option, value in options.items():
            set_option(option, value)


@cache
def _libc(name: str) -> Callable[..., int] | None:
    """A function of glibc; other C libraries keep less memory and have none of these."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
