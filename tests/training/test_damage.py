"""Damage on L: every kind does something, each can be switched off, none leaves the range."""

from dataclasses import fields, replace

import numpy as np
import pytest

from colorcli.color import lab
from colorcli.training.config import Damage
from colorcli.training.data.damage import degrade

from .helpers import colourful

NONE = Damage(noise=False, blur=False, fading=False, curve=False, jpeg=False)
KINDS = [field.name for field in fields(Damage)]


def harmed(damage: Damage, seed: int) -> np.ndarray:
    lightness = lab.lightness(colourful(1))
    return degrade(lightness, damage, np.random.default_rng(seed)) - lightness


def test_switched_off_it_leaves_all_as_it_is() -> None:
    assert all(np.abs(harmed(NONE, seed)).max() < 1e-4 for seed in range(50))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_put_on_some_photographs_and_not_on_all(kind: str) -> None:
    harmed_ones = [np.abs(harmed(replace(NONE, **{kind: True}), seed)).max() > 0.1 for seed in range(100)]
    assert 5 < sum(harmed_ones) < 30


def test_it_stays_in_range_and_float32() -> None:
    for seed in range(100):
        damaged = degrade(lab.lightness(colourful(1)), Damage(), np.random.default_rng(seed))
        assert damaged.dtype == np.float32
        assert damaged.min() >= 0
        assert damaged.max() <= 100
