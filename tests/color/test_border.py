"""A border is found where there is one, and a sky or a backdrop is not taken for one."""

import cv2
import numpy as np
import pytest

from colorcli.color.border import WHOLE, Box, find_picture
from colorcli.color.lab import Floats

HEIGHT, WIDTH = 224, 288
PAPER = 92.0  # L


def scene(height: int, width: int, seed: int = 0) -> Floats:
    """L of something like a photograph: soft shapes from 15 to 70 with grain."""
    noise = np.random.default_rng(seed)
    shapes = cv2.resize(noise.uniform(15, 70, (6, 8)).astype(np.float32), (width, height))
    return np.asarray(shapes + noise.normal(0, 2, (height, width)), np.float32)


def framed(top: int, bottom: int, left: int, right: int, paper: float = PAPER) -> Floats:
    """A scene inside a border of so many pixels, with the texture of paper and a soft edge, as a scan has."""
    page = np.random.default_rng(1).normal(paper, 1.2, (HEIGHT, WIDTH)).astype(np.float32)
    page[top : HEIGHT - bottom, left : WIDTH - right] = scene(HEIGHT - top - bottom, WIDTH - left - right)
    return cv2.GaussianBlur(page, (3, 3), 0.6)


@pytest.mark.parametrize("paper", [PAPER, 99.0, 2.0])
@pytest.mark.parametrize(
    "sides", [(12, 12, 12, 12), (6, 40, 9, 9), (3, 3, 3, 3), (60, 70, 20, 30), (0, 10, 10, 10)]
)
def test_a_border_is_found_to_the_pixel(sides: tuple[int, int, int, int], paper: float) -> None:
    rows, columns = find_picture(framed(*sides, paper)).pixels(HEIGHT, WIDTH)
    found = (rows.start, HEIGHT - rows.stop, columns.start, WIDTH - columns.stop)
    assert all(abs(one - other) <= 1 for one, other in zip(found, sides, strict=True)), found


def test_white_paper_around_black_film() -> None:
    page = framed(20, 20, 20, 20, paper=3)
    page[:8] = page[-8:] = page[:, :8] = page[:, -8:] = 95
    rows, columns = find_picture(page).pixels(HEIGHT, WIDTH)
    assert (rows, columns) == (slice(20, HEIGHT - 20), slice(20, WIDTH - 20))


def test_a_photograph_without_border_stays_whole() -> None:
    assert find_picture(scene(HEIGHT, WIDTH)) == WHOLE


def test_a_plain_sky_is_no_border() -> None:
    page = scene(HEIGHT, WIDTH)
    page[:110] = PAPER
    assert find_picture(page) == WHOLE


def test_a_sky_inside_a_border_stays_picture() -> None:
    page = framed(12, 12, 12, 12)
    page[12:60, 12:-12] = 80
    assert find_picture(page).top == pytest.approx(12 / HEIGHT, abs=1 / HEIGHT)


@pytest.mark.parametrize("centre", [(112, 144), (190, 144)])
def test_a_person_before_a_backdrop_is_no_bordered_picture(centre: tuple[int, int]) -> None:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    person = ((rows - centre[0]) / 90) ** 2 + ((columns - centre[1]) / 60) ** 2 < 1
    assert find_picture(np.where(person, scene(HEIGHT, WIDTH), np.float32(PAPER))) == WHOLE


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (32, 32), (32, 2048)])
@pytest.mark.parametrize("level", [0.0, 50.0, 100.0])
def test_a_flat_page_is_all_picture(size: tuple[int, int], level: float) -> None:
    assert find_picture(np.full(size, level, np.float32)) == WHOLE


def test_only_what_lies_outside_the_box_is_cleared_whatever_the_strips() -> None:
    box = Box(0.25, 0.75, 0.1, 0.9)
    ab = np.ones((40, 50, 2), np.float32)
    for top in range(0, 40, 7):
        box.clear_outside(ab[top : top + 7], top, 40)
    expected = np.zeros_like(ab)
    expected[10:30, 5:45] = 1
    assert np.array_equal(ab, expected)
