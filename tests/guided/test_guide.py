"""Hints spread: the hinted place has its colour, what is akin follows, what is not stays."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from tiny import TINY, build_tiny_model

from colorcli import Colorizer, lab
from colorcli.colorizer import Look
from colorcli.guided import Guide, Hint
from colorcli.lab import Floats, Pixels
from colorcli.model import FEATURES, LOGITS

LEFT, RIGHT = (40, 60), (200, 60)  # x, y in the two halves of the photograph


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, device="cpu", threads=1)


@pytest.fixture(scope="module")
def seeing(tmp_path_factory: pytest.TempPathFactory) -> Colorizer:
    """The tiny model with further outputs: features that are L and its square, logits that follow L."""
    model = build_tiny_model()
    graph = model.graph
    graph.node.extend(
        [
            helper.make_node("Mul", ["mean", "mean"], ["square"]),
            helper.make_node("Concat", ["mean", "square"], ["planes8"], axis=1),
            helper.make_node(
                "AveragePool", ["planes8"], ["planes16"], kernel_shape=[4, 4], strides=[4, 4], ceil_mode=1
            ),
            helper.make_node("Transpose", ["planes8"], [FEATURES[8]], perm=[0, 2, 3, 1]),
            helper.make_node("Transpose", ["planes16"], [FEATURES[16]], perm=[0, 2, 3, 1]),
            helper.make_node("Identity", ["ab"], [LOGITS]),
        ]
    )
    for name in (*FEATURES.values(), LOGITS):
        graph.output.append(
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", f"h_{name}", f"w_{name}", 2])
        )
    path = tmp_path_factory.mktemp("models") / "seeing.onnx"
    helper.set_model_props(model, TINY.to_metadata() | {"palette": "[[0,0],[9,9]]"})
    onnx.save(model, path)
    return Colorizer(path, device="cpu", threads=1)


def halves(depth: type = np.uint8) -> Pixels:
    """A grey photograph, (120, 240): dark on the left, light on the right, with a little grain."""
    grain = np.random.default_rng(0).normal(0, 2, (120, 240))
    levels = np.where(np.arange(240) < 120, 70, 180) + grain
    return (levels * (257 if depth == np.uint16 else 1)).astype(depth)


def hint(at: tuple[int, int], colour: str) -> Hint:
    return Hint.parse(f"{at[0]},{at[1]}={colour}")


def ab_at(pixels: Pixels, at: tuple[int, int]) -> Floats:
    return lab.split(pixels)[1][at[1], at[0]]


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_the_place_gets_its_colour_and_lightness_stays(colorizer: Colorizer, depth: type) -> None:
    grey = halves(depth)
    colour = colorizer.colorize(grey, hints=[hint(LEFT, "#5a4637")])
    wanted = lab.split(np.array([[[0x5A, 0x46, 0x37]]], np.uint8))[1][0, 0]
    assert np.abs(ab_at(colour, LEFT) - wanted).max() < 1.5
    assert np.abs(lab.lightness(colour) - lab.lightness(grey)).max() < 0.6
    assert colour.dtype == depth and colour.shape == (*grey.shape, 3)


@pytest.mark.parametrize("model", ["colorizer", "seeing"])
def test_what_is_akin_follows_and_what_is_not_stays(model: str, request: pytest.FixtureRequest) -> None:
    colorizer: Colorizer = request.getfixturevalue(model)
    before = lab.split(colorizer.colorize(halves()))[1]
    after = lab.split(colorizer.colorize(halves(), hints=[hint(LEFT, "#5a3c3c")]))[1]
    change = np.linalg.norm(after - before, axis=-1)
    there = change[LEFT[1], LEFT[0]]
    assert there > 10
    assert np.median(change[:, :100]) > 0.6 * there
    assert np.median(change[:, 140:]) < 0.45 * there


def test_keep_guards_what_the_model_says(colorizer: Colorizer) -> None:
    plain = colorizer.colorize(halves())
    red = [hint(LEFT, "#6e3232")]
    moved = np.abs(ab_at(colorizer.colorize(halves(), hints=red), RIGHT) - ab_at(plain, RIGHT)).max()
    kept = np.abs(
        ab_at(colorizer.colorize(halves(), hints=[*red, hint(RIGHT, "keep")]), RIGHT) - ab_at(plain, RIGHT)
    ).max()
    assert moved > 1.5 and kept < 0.8
    alone = colorizer.colorize(halves(), hints=[hint(RIGHT, "keep")])
    assert np.abs(alone.astype(int) - plain).max() <= 1


def test_neutral_takes_colour_away(colorizer: Colorizer) -> None:
    after = colorizer.colorize(halves(), hints=[hint(RIGHT, "neutral")])
    assert np.abs(ab_at(after, RIGHT)).max() < 1
    assert (
        np.abs(lab.split(after)[1][:, 140:]).mean()
        < np.abs(lab.split(colorizer.colorize(halves()))[1][:, 140:]).mean() / 2
    )


def test_hints_that_contradict_each_other_meet(colorizer: Colorizer) -> None:
    pair = [hint((40, 60), "#5a3232"), hint((41, 60), "#323c5a")]
    after = lab.split(colorizer.colorize(halves(), hints=pair))[1]
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


def test_strength_and_saturation_are_of_the_model_and_of_the_whole(colorizer: Colorizer) -> None:
    hints = [hint(LEFT, "#6e3232")]
    full = ab_at(colorizer.colorize(halves(), hints=hints), LEFT)
    assert np.abs(ab_at(colorizer.colorize(halves(), Look(strength=0.5), hints), LEFT) - full / 2).max() < 1
    assert np.abs(ab_at(colorizer.colorize(halves(), Look(saturation=0), hints), LEFT) - full).max() < 1


def test_no_hints_are_the_models_colours(colorizer: Colorizer) -> None:
    guide = colorizer.guide(halves())
    assert isinstance(guide, Guide)
    assert np.array_equal(colorizer.paint(guide, []), colorizer.colorize(halves()))


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
