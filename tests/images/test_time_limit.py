"""A picture that nobody finishes is given up, and the next one is not."""

import subprocess
import sys
from io import BytesIO
from threading import Event

import numpy as np
import pytest

from colorcli.errors import PhotoError
from colorcli.images import Page, decode, time_limit, vips

from .tools import grey_photo


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 0.5)


@pytest.mark.usefixtures("impatient")
def test_an_encoder_that_stands_still_is_given_up() -> None:
    """libvips waits in the middle of a PNG, for somebody to take what it has."""
    image = vips.wrap(Page(grey_photo(40, 50)))
    for _ in range(3):
        never = Event()
        with pytest.raises(PhotoError, match="given up"):
            vips.save(image, "png", lambda piece, event=never: event.wait() and len(piece))
    written = BytesIO()
    vips.save(image, "png", written.write)
    np.testing.assert_array_equal(decode(written.getvalue()).pages[0].pixels, grey_photo(40, 50))


def test_what_is_raised_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        time_limit.run_within(1, lambda: 1 / 0)
    assert time_limit.run_within(1, lambda: 7) == 7


FORKING = """
import io, multiprocessing, os
from PIL import Image
from colorcli.errors import UsageError
from colorcli.images import decode
stream = io.BytesIO()
Image.new("L", (400, 500), 7).save(stream, "PNG")
def mean(_):
    try: return decode(stream.getvalue()).pages[0].pixels.mean()
    except UsageError as error: return str(error)
fork = multiprocessing.get_context("fork")
with fork.Pool(1) as pool: print(pool.apply_async(mean, (0,)).get(timeout=60))
print(mean(0))
with fork.Pool(1) as pool: print(pool.apply_async(mean, (0,)).get(timeout=60))
"""


def test_a_process_forked_after_the_first_photograph_is_told_so() -> None:
    """There libvips would wait for ever: for a thread that only the first process has."""
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=120)
    before, here, after = done.stdout.splitlines()
    assert (before, here) == ("7.0", "7.0")
    assert "forked" in after
