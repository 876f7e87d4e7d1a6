"""Raw frames through colorcli, read by ffmpeg."""

import numpy as np
import pytest

from colorcli.color import lab
from colorcli.colorizer import Colorizer
from colorcli.errors import PhotoError, UsageError
from colorcli.stream.kinds import Form, kind_of

from .conftest import Through
from .helpers import FRAMES, SOURCE, ffmpeg


@pytest.mark.parametrize(
    ("layout", "of_ffmpeg", "result"),
    [("rgb24", "rgb24", "u1"), ("gray8", "gray", "u1"), ("gray16le", "gray16le", "<u2")],
)
def test_lightness_stays(through: Through, layout: str, of_ffmpeg: str, result: str) -> None:
    old = ffmpeg(*SOURCE, "-pix_fmt", of_ffmpeg, "-f", "rawvideo", "-")
    new, error = through(old, Form(layout, (64, 48)))
    assert error is None
    shape = (FRAMES * 48, 64, 3) if layout == "rgb24" else (FRAMES * 48, 64)
    before = np.frombuffer(old, result).reshape(shape)
    after = np.frombuffer(new, result).reshape(FRAMES * 48, 64, 3)
    assert np.abs(lab.lightness(after) - lab.lightness(before)).max() < 0.5
    assert np.ptp(after.astype(int), axis=2).max() > 8 * np.iinfo(result).max / 255


def test_a_last_frame_that_is_cut_off(through: Through) -> None:
    old = np.random.default_rng(0).integers(0, 256, 3 * 64 * 48, np.uint8).tobytes()
    new, error = through(old[:-1], Form("gray8", (64, 48)))
    assert isinstance(error, PhotoError)
    assert "frame 3: the stream ends in the middle of it" in error.message
    assert len(new) == 2 * 3 * 64 * 48


def test_more_pixels_than_the_limit(colorizer: Colorizer) -> None:
    with pytest.raises(UsageError, match="more pixels than the limit"):
        kind_of(Form("gray8", (100_000, 100_000)), colorizer)
    with pytest.raises(UsageError, match="--size 8x8"):
        kind_of(Form("gray8", (8, 8), max_pixels=63), colorizer)
    kind_of(Form("gray8", (8, 8), max_pixels=64), colorizer)
