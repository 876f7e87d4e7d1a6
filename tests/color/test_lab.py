"""Lab: exact by an independent formula, the lightness kept for every pixel, no channel clipped."""

import cv2
import numpy as np
import pytest

from colorcli.color.lab import Depth, Floats, Pixels, is_grey, join, lightness, split, workspace

DEPTHS = [np.uint8, np.uint16]
TOLERANCE = {np.uint8: 0.5, np.uint16: 0.02}  # L


def reference_lab(rgb: Pixels) -> Floats:
    """CIE Lab in double precision, straight from the standards."""
    level = rgb / np.iinfo(rgb.dtype).max
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    t = linear @ np.transpose(to_xyz) / np.array([0.95047, 1, 1.08883])
    x, y, z = np.moveaxis(np.where(t > (6 / 29) ** 3, np.cbrt(t), t * (29 / 6) ** 2 / 3 + 4 / 29), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


def every_level(depth: Depth) -> Pixels:
    return np.arange(np.iinfo(depth).max + 1).astype(depth).reshape(256, -1)


def any_colours(amplitude: float, seed: int = 0) -> tuple[Floats, Floats]:
    """L of the whole range, its two ends included, and ab far in and out of gamut."""
    noise = np.random.default_rng(seed)
    light = noise.uniform(0, 100, (200, 210)).astype(np.float32)
    light[0], light[1] = 0, 100
    return light, noise.uniform(-amplitude, amplitude, (200, 210, 2)).astype(np.float32)


@pytest.mark.parametrize("depth", DEPTHS)
def test_split_agrees_with_the_standards(depth: Depth) -> None:
    noise = np.random.default_rng(0)
    rgb = noise.integers(0, np.iinfo(depth).max, (100, 100, 3), depth, endpoint=True)
    rgb[:8, :8] = noise.integers(0, 2, (8, 8, 3)) * np.iinfo(depth).max  # corners of the cube
    light, ab = split(rgb)
    expected = reference_lab(rgb)
    assert np.abs(light - expected[..., 0]).max() < 0.001
    assert np.abs(ab - expected[..., 1:]).max() < 0.02
    assert np.abs(lightness(rgb) - light).max() < 0.001


def test_split_agrees_with_opencv() -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    linear = np.where(rgb / 255 <= 0.04045, rgb / 255 / 12.92, ((rgb / 255 + 0.055) / 1.055) ** 2.4)
    other = cv2.cvtColor(linear.astype(np.float32), cv2.COLOR_LRGB2Lab)
    assert np.abs(np.dstack(split(rgb)) - other).max() < 0.05


@pytest.mark.parametrize("depth", DEPTHS)
def test_grey_comes_back_to_the_level(depth: Depth) -> None:
    grey = every_level(depth)
    for pixels in (grey, np.dstack([grey] * 3)):
        back = join(lightness(pixels), np.zeros((*grey.shape, 2), np.float32), depth)
        assert np.array_equal(back, np.dstack([grey] * 3))


@pytest.mark.parametrize("depth", DEPTHS)
def test_no_colour_is_grey_at_any_lightness(depth: Depth) -> None:
    light, ab = any_colours(0)
    assert is_grey(join(light, ab, depth))


@pytest.mark.parametrize("amplitude", [3, 30, 120, 2000])
@pytest.mark.parametrize("depth", DEPTHS)
def test_lightness_is_kept_for_every_pixel(depth: Depth, amplitude: float) -> None:
    light, ab = any_colours(amplitude)
    assert np.abs(reference_lab(join(light, ab, depth))[..., 0] - light).max() < TOLERANCE[depth]


@pytest.mark.parametrize("amplitude", [30, 120, 2000])
def test_out_of_gamut_colours_keep_their_hue(amplitude: float) -> None:
    light, ab = any_colours(amplitude)
    back = split(join(light, ab, np.uint16))[1]
    chroma, wanted = np.hypot(*np.moveaxis(back, -1, 0)), np.hypot(*np.moveaxis(ab, -1, 0))
    coloured = chroma > 2
    turn = np.cross(np.dstack([back, 0 * light]), np.dstack([ab, 0 * light]))[..., 2] / (
        chroma * wanted + 1e-9
    )
    assert np.abs(turn[coloured]).max() < np.sin(np.radians(0.5))
    assert (chroma <= wanted + 0.05).all()


def test_out_of_gamut_colours_lose_no_more_chroma_than_they_must() -> None:
    light, ab = any_colours(300)
    most = split(join(light, ab, np.uint16))[1]
    more = join(light, most * np.float32(1.02), np.uint16)
    outside = np.hypot(*np.moveaxis(ab - most, -1, 0)) > 5
    gained = np.hypot(*np.moveaxis(split(more)[1] - most, -1, 0))
    assert np.percentile(gained[outside], 99) < 0.3


@pytest.mark.parametrize("depth", DEPTHS)
def test_in_gamut_colours_come_back(depth: Depth) -> None:
    rgb = np.random.default_rng(0).integers(0, np.iinfo(depth).max, (64, 64, 3), depth, endpoint=True)
    assert np.abs(join(*split(rgb), depth).astype(int) - rgb).max() <= (0 if depth == np.uint8 else 2)


def test_a_reused_workspace_changes_nothing() -> None:
    light, ab = any_colours(120)
    work = workspace(light.size)
    whole = join(light, ab, np.uint8)
    for rows in (slice(0, 150), slice(150, 200)):
        assert np.array_equal(join(light[rows], ab[rows], np.uint8, work), whole[rows])


def test_is_gray_allows_for_what_jpeg_does() -> None:
    rgb = np.full((4, 4, 3), 100, np.uint8)
    assert is_grey(rgb) and is_grey(rgb[..., 0])
    rgb[2, 2, 1] = 104
    assert not is_grey(rgb)
    assert is_grey(rgb, tolerance=4)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_dark_pixel_is_the_same_among_few_and_among_many(depth: Depth) -> None:
    """Below the knee of the curve, whatever the rest of the strip is like."""
    light, ab = any_colours(5)
    dark, bright = light < 8, light > 20
    alone = np.where(np.cumsum(dark).reshape(dark.shape) % 40 == 1, light, np.maximum(light, 20))
    among_many = join(np.where(bright, 5, light).astype(np.float32), ab, depth)
    few = (alone < 8) & dark
    assert 20 < np.count_nonzero(few) < few.size / 100
    assert np.array_equal(join(alone, ab, depth)[few], among_many[few])
