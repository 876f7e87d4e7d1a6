"""References: what is alike takes on their colours, what is not keeps the model's, a hint wins."""

from pathlib import Path

import numpy as np
import pytest
from scenery import scenery

from colorcli import Colorizer, images
from colorcli.color import lab
from colorcli.color.lab import Pixels
from colorcli.errors import UsageError
from colorcli.evaluate.photographs import grey_of
from colorcli.guided import Hint
from colorcli.look import Look

PHOTOGRAPHS = Path(__file__).parents[1] / "photographs"
SIDE = 128  # of each crop of the scenery


@pytest.fixture(scope="module")
def matching(matching_model: Path) -> Colorizer:
    return Colorizer(matching_model, device="cpu", threads=1)


@pytest.fixture(scope="module")
def shipped() -> Colorizer:
    return Colorizer(device="cpu")


def crop(left: int, seed: int = 0) -> Pixels:
    return np.ascontiguousarray(scenery(seed)[:, left : left + SIDE])


def error(made: Pixels, truth: Pixels) -> float:
    return float(np.linalg.norm(lab.split(made)[1] - lab.split(truth)[1], axis=-1).mean())


def part(name: str, left: float, right: float) -> Pixels:
    """A stretch of one of the test photographs, in shares of its width."""
    pixels = images.decode(PHOTOGRAPHS / f"{name}.jpg").pages[0].pixels
    width = pixels.shape[1]
    return np.ascontiguousarray(pixels[:, round(left * width) : round(right * width)])


@pytest.mark.parametrize("name", ["china", "astronaut", "coffee"])
def test_a_crop_that_overlaps_gives_its_colours(shipped: Colorizer, name: str) -> None:
    truth = part(name, 0, 0.6)
    plain = shipped.colorize(grey_of(truth))
    guided = shipped.colorize(grey_of(truth), references=[shipped.reference(part(name, 0.2, 0.8))])
    assert error(guided, truth) < 0.8 * error(plain, truth)
    assert np.abs(lab.lightness(guided) - lab.lightness(truth)).max() < 0.6


def test_a_darker_frame_gives_them_too(matching: Colorizer) -> None:
    truth = crop(0)
    frame = (255 * (crop(16) / 255) ** 1.4).astype(np.uint8)
    guided = matching.colorize(grey_of(truth), references=[matching.reference(frame)])
    assert error(guided, truth) < 0.7 * error(matching.colorize(grey_of(truth)), truth)


@pytest.mark.parametrize("other", ["cat", "flower", "rocket"])
def test_an_unrelated_photograph_changes_nothing(shipped: Colorizer, other: str) -> None:
    grey = grey_of(part("china", 0, 0.6))
    guide = shipped.guide(grey, references=[shipped.reference(part(other, 0, 1))])
    assert guide.references == ()
    assert np.array_equal(shipped.paint(guide, []), shipped.colorize(grey))


def test_of_several_those_that_show_the_same_count(shipped: Colorizer) -> None:
    truth = part("china", 0, 1)
    left, right, other = (
        shipped.reference(one) for one in (part("china", 0, 0.6), part("china", 0.4, 1), part("cat", 0, 1))
    )
    guide = shipped.guide(grey_of(truth), references=[left, other, right])
    assert guide.references == (left, right)
    alone = shipped.guide(grey_of(truth), references=[left])
    both = (shipped.paint(one, []) for one in (guide, alone))
    assert error(next(both), truth) < error(next(both), truth)


def test_a_hint_wins_where_it_is(matching: Colorizer) -> None:
    made = matching.colorize(
        grey_of(crop(0)), hints=[Hint.parse("20,64=#6e4646")], references=[matching.reference(crop(32))]
    )
    wanted = lab.split(np.array([[[0x6E, 0x46, 0x46]]], np.uint8))[1][0, 0]
    assert np.abs(lab.split(made)[1][64, 20] - wanted).max() < 1.5


def test_strength_is_of_the_whole(matching: Colorizer) -> None:
    grey, reference = grey_of(crop(0)), matching.reference(crop(32))
    full, half = (
        lab.split(matching.colorize(grey, Look(strength=strength), references=[reference]))[1]
        for strength in (1, 0.5)
    )
    assert np.abs(half - full / 2).mean() < 0.5


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 3), (333, 517)])
def test_any_size_goes_with_any(matching: Colorizer, size: tuple[int, int]) -> None:
    colour = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint16)
    made = matching.colorize(crop(0)[..., 0], references=[matching.reference(colour * 257)])
    assert made.shape == (SIDE, SIDE, 3)
    made = matching.colorize(colour[..., 0].astype(np.uint8), references=[matching.reference(crop(0))])
    assert made.shape == (*size, 3)


def test_a_grey_reference_is_refused(matching: Colorizer) -> None:
    for grey in (grey_of(crop(0)), np.dstack([grey_of(crop(0))] * 3) + np.uint8([0, 3, 1])):
        with pytest.raises(UsageError, match="it is grey"):
            matching.reference(grey)


def test_a_model_that_says_nothing_of_what_it_sees_is_refused(blind: Colorizer) -> None:
    with pytest.raises(UsageError, match="does not say what it sees"):
        blind.reference(crop(0))
