"""What no one thought of: random pictures through every format, and files damaged at random.

`corpus/` holds small files that once found something, or that reach code others do not.
"""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from colorcli.errors import PhotoError
from colorcli.images import FORMATS, Format, Page, Picture, decode, encode
from colorcli.images.picture import Metadata

from .tools import colour_photo, options

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
LOSSLESS = [format_ for format_ in FORMATS if format_.name in ("png", "tiff", "jp2", "bmp", "pnm")]
HEADS = [b"P5 ", b"P2\n", b"BM", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"\xff\xd8\xff", b"RIFF"]
RELAXED = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def pictures(draw: st.DrawFn, format_: Format) -> Picture:
    """One page of any small size, as deep and as transparent as the format allows."""
    dtype = draw(st.sampled_from([np.uint8, np.uint16] if format_.bits == 16 else [np.uint8]))
    shapes = [(1, 1), (1, 300), (300, 1), (7, 40), (33, 32), (40, 64)]
    height, width = draw(st.sampled_from([shape for shape in shapes if min(shape) in format_.sides]))
    is_grey = draw(st.booleans()) and format_.name in ("png", "tiff", "pnm")  # the others make RGB of it
    pixels = draw(arrays.arrays(dtype, (height, width) if is_grey else (height, width, 3)))
    alpha = draw(st.none() | arrays.arrays(dtype, (height, width))) if "alpha" in format_.holds else None
    if format_.name == "bmp" and alpha is not None and not alpha.any():
        alpha = None  # which is how BMP is read
    return Picture((Page(pixels, alpha),), format_, (Metadata(),), 8 * pixels.itemsize)


@pytest.mark.parametrize("format_", LOSSLESS, ids=lambda format_: format_.name)
@RELAXED
@given(data=st.data())
def test_what_goes_in_comes_out(format_: Format, data: st.DataObject) -> None:
    picture = data.draw(pictures(format_))
    again = decode(encode(picture, options()))
    np.testing.assert_array_equal(again.pages[0].pixels, picture.pages[0].pixels)
    assert again.bits == picture.bits
    if picture.pages[0].alpha is None:
        assert again.pages[0].alpha is None
    else:
        np.testing.assert_array_equal(again.pages[0].alpha, picture.pages[0].alpha)


@pytest.fixture(scope="module")
def seeds() -> list[bytes]:
    """A file of every format, and the corpus."""
    photo = Picture((Page(colour_photo(32, 40)),), FORMATS[0], (Metadata(dpi=(300, 300)),))
    return [encode(photo, options(format=format_)) for format_ in FORMATS] + [
        path.read_bytes() for path in CORPUS
    ]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damage_is_an_error_or_a_picture_and_nothing_else(seeds: list[bytes], data: st.DataObject) -> None:
    damaged = bytearray(data.draw(st.sampled_from(seeds)))
    # Headers are where the traps are.
    places = st.integers(0, min(len(damaged), 400) - 1) | st.integers(0, len(damaged) - 1)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(places)] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(damaged)) | st.integers(0, len(damaged)))
    _decode_or_refuse(bytes(damaged[:cut]))


@RELAXED
@given(
    head=st.sampled_from(HEADS),
    rest=st.binary(max_size=300),
)
def test_heads_with_anything_behind(head: bytes, rest: bytes) -> None:
    _decode_or_refuse(head + rest)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.name)
def test_the_corpus(path: Path) -> None:
    _decode_or_refuse(path.read_bytes())


def _decode_or_refuse(data: bytes) -> None:
    try:
        picture = decode(data, max_pixels=1_000_000)
    except PhotoError as error:
        assert error.message
        return
    for page in picture.pages:
        assert page.pixels.dtype in (np.uint8, np.uint16)
        assert page.pixels.ndim == 2 or page.pixels.shape[2] == 3
        assert page.alpha is None or page.alpha.shape == page.pixels.shape[:2]
