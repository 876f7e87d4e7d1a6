"""Colorizer: the photograph keeps its size, depth and lightness, and gains colour."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import TINY, build_tiny_model

from colorcli import Colorizer, Look, images
from colorcli.color.lab import Depth, Pixels, is_grey, lightness, split
from colorcli.color.working import working_size
from colorcli.colorizer import tint
from colorcli.errors import PhotoError, UsageError
from colorcli.images import Page


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, device="cpu")


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_colour_comes_and_lightness_stays(colorizer: Colorizer, depth: Depth) -> None:
    top = np.iinfo(depth).max
    grey = np.linspace(0, top, 90 * 120).reshape(90, 120).astype(depth)
    before = grey.copy()
    colour = colorizer.colorize(grey)
    assert np.array_equal(grey, before)
    assert colour.shape == (90, 120, 3) and colour.dtype == depth
    assert np.abs(lightness(colour) - lightness(grey)).max() < (0.5 if depth == np.uint8 else 0.02)
    assert np.abs(split(colour)[1]).mean() > 2


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_no_strength_gives_the_same_greys(colorizer: Colorizer, depth: Depth) -> None:
    grey = np.arange(np.iinfo(depth).max + 1).astype(depth).reshape(256, -1)
    assert np.array_equal(colorizer.colorize(grey, Look(strength=0)), np.dstack([grey] * 3))


TOLERANCE = {np.uint8: 0.5, np.uint16: 0.02}  # L
SIDES = st.one_of(st.just(1), st.integers(1, 70), st.sampled_from([128, 301, 1500]))


@st.composite
def photographs(draw: st.DrawFn) -> Pixels:
    """Noise, flat areas and hard edges, of any aspect, grey or RGB, 8 or 16 bits."""
    depth = draw(st.sampled_from([np.uint8, np.uint16]))
    shape: tuple[int, ...] = (draw(SIDES), draw(SIDES))
    if draw(st.booleans()):
        shape = (*shape, 3)
    noise = np.random.default_rng(draw(st.integers(0, 2**32)))
    darkest, lightest = sorted((draw(st.floats(0, 1)), draw(st.floats(0, 1))))
    values = noise.uniform(darkest, lightest, shape) ** draw(st.sampled_from([0.2, 1, 5]))
    values[shape[0] // 2 :, : shape[1] // 2] = draw(st.sampled_from([0, 0.5, 1]))
    return (values * np.iinfo(depth).max + 0.5).astype(depth)


@settings(max_examples=60, deadline=None)
@given(pixels=photographs(), saturation=st.sampled_from([0.0, 1.0, 3.0, 20.0]))
def test_any_photograph_keeps_size_depth_and_lightness(
    colorizer: Colorizer, pixels: Pixels, saturation: float
) -> None:
    look = Look(saturation=saturation)
    colour = colorizer.colorize(pixels, look)
    assert colour.shape == (*pixels.shape[:2], 3) and colour.dtype == pixels.dtype
    assert np.abs(lightness(colour) - lightness(pixels)).max() < TOLERANCE[pixels.dtype.type]
    assert np.array_equal(colour, colorizer.colorize(pixels, look))


def test_the_colour_of_a_coloured_photograph_is_ignored(colorizer: Colorizer) -> None:
    noise = np.random.default_rng(0)
    red = noise.integers(40, 120, (40, 50, 3), np.uint8) * np.array([2, 1, 1], np.uint8)
    assert is_grey(colorizer.colorize(red, Look(strength=0)), tolerance=1)


@pytest.mark.parametrize("look", [Look(saturation=0.5), Look(strength=0.5), Look(temperature=0.8)])
def test_each_way_to_half_the_chroma(colorizer: Colorizer, look: Look) -> None:
    """The tiny model's chroma is inverse to its temperature of 0.4."""
    grey = np.full((64, 64), 120, np.uint16) * np.uint16(257)
    full, half = split(colorizer.colorize(grey))[1], split(colorizer.colorize(grey, look))[1]
    assert np.abs(half - full / 2).max() < 0.05


def test_a_border_stays_neutral_unless_asked(colorizer: Colorizer) -> None:
    page = np.full((300, 400), 240, np.uint8)
    page[30:270, 40:360] = np.random.default_rng(0).integers(20, 120, (240, 320))
    kept, tinted = colorizer.colorize(page), colorizer.colorize(page, Look(border=False))
    assert is_grey(kept[:28]) and is_grey(kept[:, :36]) and not is_grey(kept[30:270, 40:360])
    assert not is_grey(tinted[:28])


def test_strips_and_threads_change_nothing(colorizer: Colorizer) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (900, 700), np.uint8)  # several strips
    seen = colorizer.working_lightness(pixels)
    ab = colorizer.working_ab(seen)
    alone = tint(pixels, seen, ab, threads=1)
    assert np.array_equal(alone, tint(pixels, seen, ab, threads=3))
    assert np.array_equal(alone, colorizer.colorize(pixels))
    assert np.array_equal(alone, colorizer.colorize(np.asfortranarray(pixels)))
    assert np.array_equal(colorizer.colorize(pixels[::-1]), colorizer.colorize(pixels[::-1].copy()))


def test_one_colorizer_serves_many_threads(colorizer: Colorizer) -> None:
    noise = np.random.default_rng(0)
    pages = [noise.integers(0, 256, (40 + 9 * n, 60), np.uint8) for n in range(8)]
    expected = [colorizer.colorize(page) for page in pages]
    with ThreadPoolExecutor(4) as pool:
        for one, other in zip(pool.map(colorizer.colorize, pages), expected, strict=True):
            assert np.array_equal(one, other)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((4, 4), np.int16),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 1), np.uint8),
        np.zeros(16, np.uint8),
        np.zeros((0, 4), np.uint8),
    ],
)
def test_other_arrays_are_refused(colorizer: Colorizer, pixels: np.ndarray) -> None:
    with pytest.raises(UsageError, match="cannot colour an array of shape"):
        colorizer.colorize(pixels)


def test_a_large_photograph_is_seen_larger(tmp_path: Path) -> None:
    """Where the model says that it pays; an explicit size holds for all."""
    path = tmp_path / "model.onnx"
    onnx.save(build_tiny_model(replace(TINY, render_size=64, large_render_size=192)), path)
    colorizer = Colorizer(path, device="cpu")
    small, large = np.zeros((64, 96), np.uint8), np.zeros((200, 300), np.uint8)
    assert colorizer.working_lightness(small).size < 100**2
    assert colorizer.working_lightness(large).size > 150**2
    assert colorizer.working_lightness(large, Look(render_size=64)).size < 100**2


@pytest.mark.parametrize("size", [(1, 1), (1, 100_000), (3000, 4000), (4000, 3000), (301, 299), (50, 7000)])
@pytest.mark.parametrize("render_size", [64, 256, 320, 512])
def test_the_working_size_costs_the_same_for_any_aspect(size: tuple[int, int], render_size: int) -> None:
    high, wide = working_size(*size, render_size)
    assert high % 32 == wide % 32 == 0
    assert 0.6 < high * wide / render_size**2 < 1.7
    aspect = size[1] / size[0]
    if 0.5 < aspect < 2 and render_size >= 256:
        assert wide / high == pytest.approx(aspect, rel=0.12)


def png(pixels: Pixels) -> bytes:
    return cv2.imencode(".png", pixels)[1].tobytes()


def test_every_page_of_a_picture_is_coloured_and_its_alpha_kept(colorizer: Colorizer) -> None:
    noise = np.random.default_rng(0)
    pages = tuple(
        Page(noise.integers(0, 256, (20, 30 + n), np.uint8), noise.integers(0, 256, (20, 30 + n), np.uint8))
        for n in range(3)
    )
    picture = replace(images.decode(png(pages[0].pixels)), pages=pages)
    result = colorizer.colorize_picture(picture)
    for before, after in zip(pages, result.pages, strict=True):
        assert after.alpha is before.alpha
        assert np.array_equal(after.pixels, colorizer.colorize(before.pixels))


@pytest.mark.parametrize("wanted", [None, "tiff"])
def test_bytes_in_bytes_out(colorizer: Colorizer, wanted: str | None) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    result = images.decode(colorizer.colorize_bytes(png(grey), wanted))
    assert result.format.name == (wanted or "png")
    assert np.array_equal(result.pages[0].pixels, colorizer.colorize(grey))


@pytest.mark.parametrize("name", ["new.tif", "new.png", "new"])
def test_file_in_file_out(colorizer: Colorizer, tmp_path: Path, name: str) -> None:
    """The name says the format; one that says nothing gets the photograph's own."""
    grey = np.random.default_rng(0).integers(0, 256, (30, 40), np.uint8)
    (tmp_path / "old.png").write_bytes(png(grey))
    colorizer.colorize_file(str(tmp_path / "old.png"), tmp_path / name, Look(saturation=0.5))
    result = images.decode(tmp_path / name)
    assert result.format.name == ("tiff" if name.endswith("tif") else "png")
    assert np.array_equal(result.pages[0].pixels, colorizer.colorize(grey, Look(saturation=0.5)))


def test_no_file_is_lost(colorizer: Colorizer, tmp_path: Path) -> None:
    old, new = tmp_path / "old.png", tmp_path / "new.png"
    old.write_bytes(png(np.full((8, 8), 99, np.uint8)))
    new.write_bytes(b"mine")
    with pytest.raises(PhotoError, match=r"new\.png: it could not be written: file exists"):
        colorizer.colorize_file(old, new)
    assert new.read_bytes() == b"mine"
    colorizer.colorize_file(old, new, overwrite=True)
    assert images.decode(new)
    with pytest.raises(UsageError, match="never overwritten"):
        colorizer.colorize_file(old, tmp_path / "." / "old.png", overwrite=True)
    with pytest.raises(PhotoError, match=r"lost\.png: there is no such file"):
        colorizer.colorize_file(tmp_path / "lost.png", new)
    assert sorted(tmp_path.iterdir()) == [new, old]


@pytest.mark.parametrize("path", ["old.jpg", Path("old.jpg")])
def test_a_path_is_no_bytes(colorizer: Colorizer, path: object) -> None:
    with pytest.raises(TypeError, match=r"not (str|\w*Path); of a path: colorize_file"):
        colorizer.colorize_bytes(path)  # type: ignore[arg-type]


def test_one_place_gives_the_colour_of_photograph_and_stream(colorizer: Colorizer) -> None:
    """Saturation and strength are in it; what is left to do is to enlarge."""
    grey = np.random.default_rng(0).integers(0, 256, (120, 120), np.uint8)
    look = Look(saturation=0.5, strength=0.5, render_size=96)
    seen = colorizer.working_lightness(grey, look)
    assert seen.shape == (96, 96)
    ab = colorizer.working_ab(seen, look)
    assert np.allclose(ab * 4, colorizer.working_ab(seen))
    assert np.array_equal(tint(grey, seen, ab), colorizer.colorize(grey, look))
