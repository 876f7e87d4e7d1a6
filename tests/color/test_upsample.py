"""Upsampling: colour that was flat stays flat, stops at an edge of L, and does not depend on the strips."""

import cv2
import numpy as np
import pytest

from colorcli.color.lab import Floats
from colorcli.color.upsample import calmed, fit, workspace


def two_halves(height: int, width: int) -> tuple[Floats, Floats]:
    """L and ab of a picture whose right half is lighter and of another colour, the edge inside a cell."""
    light = np.full((height, width), 30, np.float32)
    ab = np.full((height, width, 2), (-20, 10), np.float32)
    light[:, width * 45 // 100 :] = 75
    ab[:, width * 45 // 100 :] = (30, 25)
    return light, ab


def reduced(values: Floats, height: int, width: int) -> Floats:
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA), np.float32)


@pytest.mark.parametrize("size", [(300, 421), (64, 64), (1, 1), (1, 999), (700, 3)])
def test_flat_colour_stays_flat(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0)
    lines = fit(
        noise.uniform(0, 100, (64, 96)).astype(np.float32), np.full((16, 24, 2), (12, -34), np.float32)
    )
    ab = lines.strip(noise.uniform(0, 100, size).astype(np.float32), 0, size[0])
    assert ab.shape == (*size, 2)
    assert np.abs(ab - (12, -34)).max() < 1e-3


def test_colour_stops_at_an_edge_sooner_than_bicubic() -> None:
    light, ab = two_halves(400, 600)
    working, small = reduced(light, 128, 192), reduced(ab, 32, 48)
    guided = fit(working, small).strip(light, 0, 400)
    bicubic = cv2.resize(small, (600, 400), interpolation=cv2.INTER_CUBIC)
    assert np.abs(guided - ab).mean() < 0.8 * np.abs(bicubic - ab).mean()


def test_spots_on_a_plain_wall_are_calmed_and_edges_are_not() -> None:
    light, ab = two_halves(64, 96)
    spots = np.random.default_rng(0).normal(0, 5, (16, 24, 2)).astype(np.float32)
    calm = calmed(light, reduced(ab, 16, 24) + spots)
    left, right = calm[:, :8], calm[:, 14:]
    assert max(left.std((0, 1)).max(), right.std((0, 1)).max()) < 2
    assert right.mean((0, 1)) - left.mean((0, 1)) == pytest.approx((50, 15), abs=1)


def test_colour_sits_where_it_was() -> None:
    """No shift: a lone spot is enlarged around its own centre, at any ratio of sizes."""
    small = np.zeros((16, 24, 2), np.float32)
    small[5, 7] = 50
    ab = fit(np.full((64, 96), 50, np.float32), small).strip(np.full((333, 515), 50, np.float32), 0, 333)
    rows, columns = np.mgrid[:333, :515] + 0.5
    weight = np.abs(ab[..., 0]) / np.abs(ab[..., 0]).sum()
    assert (rows * weight).sum() / 333 * 16 == pytest.approx(5.5, abs=0.05)
    assert (columns * weight).sum() / 515 * 24 == pytest.approx(7.5, abs=0.05)


def test_strips_give_what_the_whole_gives() -> None:
    light, ab = two_halves(203, 301)
    lines = fit(reduced(light, 64, 96), reduced(ab, 16, 24))
    whole = lines.strip(light, 0, 203)
    nearly = np.concatenate([lines.strip(light[:102], 0, 203), lines.strip(light[102:], 102, 203)])
    assert np.abs(nearly - whole).max() < 1e-4  # enlarged in another order, which rounds otherwise
    work = workspace(50 * 301)
    for top in range(0, 203, 50):
        strip = lines.strip(light[top : top + 50], top, 203, work)
        assert np.array_equal(strip, nearly[top : top + 50])
