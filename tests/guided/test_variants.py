"""Variants: other colours that the model holds possible, the same for a seed, and hints hold in them."""

from itertools import pairwise

import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.errors import UsageError
from colorcli.guided import Hint
from colorcli.look import Look, Variant

from .conftest import halves

COUNT = 4


def variants(colorizer: Colorizer, seed: int = 0, hints: tuple[Hint, ...] = ()) -> list[np.ndarray]:
    """ab of each."""
    looks = [Look(variant=Variant(number, COUNT, seed)) for number in range(1, COUNT + 1)]
    return [lab.split(colorizer.colorize(halves(), look, hints))[1] for look in looks]


def test_they_differ_clearly_and_lightness_stays(seeing: Colorizer) -> None:
    for one, other in pairwise(variants(seeing)):
        assert np.linalg.norm(one - other, axis=-1).mean() > 2
    varied = seeing.colorize(halves(), Look(variant=Variant(2, COUNT)))
    assert np.abs(lab.lightness(varied) - lab.lightness(halves())).max() < 0.6


def test_a_seed_makes_them_again(seeing: Colorizer) -> None:
    first, again, other = (variants(seeing, seed) for seed in (5, 5, 6))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not all(np.array_equal(one, two) for one, two in zip(first, other, strict=True))


def test_hints_hold_in_all_of_them(seeing: Colorizer) -> None:
    wanted = lab.split(np.array([[[0x6E, 0x46, 0x46]]], np.uint8))[1][0, 0]
    for ab in variants(seeing, hints=(Hint.parse("40,60=#6e4646"),)):
        assert np.abs(ab[60, 40] - wanted).max() < 1.5


def test_a_model_that_says_one_colour_has_none(blind: Colorizer) -> None:
    with pytest.raises(UsageError, match="one colour a place"):
        blind.colorize(halves(), Look(variant=Variant(1, COUNT)))


def test_certainty_is_least_where_most_is_possible(seeing: Colorizer) -> None:
    """The model of the tests leans the more to a colour the lighter a place is."""
    certainty = seeing.see(halves()).certainty()
    assert certainty.shape == halves().shape
    assert certainty.min() >= 0 and certainty.max() <= 1
    assert certainty[:, :110].mean() < certainty[:, 130:].mean() - 0.02
