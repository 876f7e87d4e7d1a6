"""Hints spread: the hinted place has its colour, what is akin follows, what is not stays."""

from pathlib import Path

import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.guided import Guide, Hint
from colorcli.look import Look

from .conftest import halves

LEFT, RIGHT = (40, 60), (200, 60)  # x, y in the two halves of the photograph


def hint(at: tuple[int, int], colour: str) -> Hint:
    return Hint.parse(f"{at[0]},{at[1]}={colour}")


def ab_at(pixels: Pixels, at: tuple[int, int]) -> Floats:
    return lab.split(pixels)[1][at[1], at[0]]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_place_gets_its_colour_and_lightness_stays(blind: Colorizer, depth: type) -> None:
    grey = halves(depth)
    colour = blind.colorize(grey, hints=[hint(LEFT, "#5a4637")])
    wanted = lab.split(np.array([[[0x5A, 0x46, 0x37]]], np.uint8))[1][0, 0]
    assert np.abs(ab_at(colour, LEFT) - wanted).max() < 1.5
    assert np.abs(lab.lightness(colour) - lab.lightness(grey)).max() < 0.6
    assert colour.dtype == depth and colour.shape == (*grey.shape, 3)


@pytest.mark.parametrize("model", ["blind", "seeing"])
def test_what_is_akin_follows_and_what_is_not_stays(model: str, request: pytest.FixtureRequest) -> None:
    colorizer: Colorizer = request.getfixturevalue(model)
    before = lab.split(colorizer.colorize(halves()))[1]
    after = lab.split(colorizer.colorize(halves(), hints=[hint(LEFT, "#5a3c3c")]))[1]
    change = np.linalg.norm(after - before, axis=-1)
    there = change[LEFT[1], LEFT[0]]
    assert there > 10
    assert np.median(change[:, :100]) > 0.6 * there
    assert np.median(change[:, 140:]) < 0.45 * there


def test_keep_guards_what_the_model_says(blind: Colorizer) -> None:
    plain = blind.colorize(halves())
    red = [hint(LEFT, "#6e3232")]
    moved = np.abs(ab_at(blind.colorize(halves(), hints=red), RIGHT) - ab_at(plain, RIGHT)).max()
    kept = np.abs(
        ab_at(blind.colorize(halves(), hints=[*red, hint(RIGHT, "keep")]), RIGHT) - ab_at(plain, RIGHT)
    ).max()
    assert moved > 1.5 and kept < 0.8
    alone = blind.colorize(halves(), hints=[hint(RIGHT, "keep")])
    assert np.abs(alone.astype(int) - plain).max() <= 1


def test_neutral_takes_colour_away(blind: Colorizer) -> None:
    after = blind.colorize(halves(), hints=[hint(RIGHT, "neutral")])
    assert np.abs(ab_at(after, RIGHT)).max() < 1
    assert (
        np.abs(lab.split(after)[1][:, 140:]).mean()
        < np.abs(lab.split(blind.colorize(halves()))[1][:, 140:]).mean() / 2
    )


def test_hints_that_contradict_each_other_meet(blind: Colorizer) -> None:
    pair = [hint((40, 60), "#5a3232"), hint((41, 60), "#323c5a")]
    after = lab.split(blind.colorize(halves(), hints=pair))[1]
    assert np.isfinite(after).all() and np.abs(after).max() < 60


def test_every_one_of_a_hundred_hints_is_met(seeing: Colorizer) -> None:
    rng = np.random.default_rng(3)
    truth = np.dstack([halves()] * 3).astype(int) + rng.integers(-20, 20, 3)
    hints = [
        Hint.parse(f"{x},{y}=#{red:02x}{green:02x}{blue:02x}")
        for x, y in zip(rng.choice(240, 100), rng.choice(120, 100), strict=True)
        for red, green, blue in [truth[y, x]]
    ]
    after = seeing.colorize(halves(), hints=hints)
    apart = np.linalg.norm(lab.split(after)[1] - lab.split(truth.astype(np.uint8))[1], axis=-1)
    assert max(apart[int(one.y.value), int(one.x.value)] for one in hints) < 2


def test_strength_and_saturation_are_of_the_model_and_of_the_whole(blind: Colorizer) -> None:
    hints = [hint(LEFT, "#6e3232")]
    full = ab_at(blind.colorize(halves(), hints=hints), LEFT)
    assert np.abs(ab_at(blind.colorize(halves(), Look(strength=0.5), hints), LEFT) - full / 2).max() < 1
    assert np.abs(ab_at(blind.colorize(halves(), Look(saturation=0), hints), LEFT) - full).max() < 1


def test_no_hints_are_the_models_colours(blind: Colorizer) -> None:
    guide = blind.guide(halves())
    assert isinstance(guide, Guide)
    assert np.array_equal(blind.paint(guide, []), blind.colorize(halves()))


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (700, 3), (333, 517)])
def test_any_size_takes_hints(seeing: Colorizer, size: tuple[int, int]) -> None:
    grey = np.random.default_rng(0).integers(60, 190, size, np.uint8)
    after = seeing.colorize(grey, hints=[Hint.parse("50%,50%=#8c6464"), Hint.parse("0,0=keep")])
    assert after.shape == (*size, 3)


def test_threads_change_nothing(tiny_model: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (900, 700), np.uint8)  # several strips
    hints = [Hint.parse("10%,50%=#8c6464"), Hint.parse("350,449=steelblue")]
    one, other = (Colorizer(tiny_model, "cpu", threads).colorize(grey, hints=hints) for threads in (1, 3))
    assert np.array_equal(one, other)


def test_hints_given_one_by_one_are_as_all_at_once(seeing: Colorizer) -> None:
    hints = [hint(LEFT, "#5a3c3c"), hint(RIGHT, "#3c465a"), hint((120, 100), "keep"), hint(LEFT, "#3c5a3c")]
    guide = seeing.guide(halves())
    for count in (1, 2, 3, 2, 4):
        again = seeing.paint(guide, hints[:count])
        afresh = seeing.colorize(halves(), hints=hints[:count])
        assert np.abs(again.astype(int) - afresh).max() <= 1
