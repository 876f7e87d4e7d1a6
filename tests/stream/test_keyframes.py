"""Keyframes: their scene takes on their colours, before and after them, and no other scene does."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from scenery import scenery

from colorcli.archive.reference import read_one
from colorcli.color import lab
from colorcli.color.lab import Pixels
from colorcli.colorizer import Colorizer
from colorcli.errors import UsageError
from colorcli.limits import MAX_PIXELS
from colorcli.look import Look
from colorcli.stream.codecs import Wish
from colorcli.stream.film import Plan, colour
from colorcli.stream.keyframes import Keyframe
from colorcli.stream.pipeline import StreamSettings
from colorcli.stream.probe import probe
from colorcli.stream.transcode import Span

from .helpers import ffmpeg

RATE, LENGTH, WIDTH, HEIGHT = 10, 12, 160, 128  # frames of each of two scenes
Colour = Callable[..., list[Pixels]]


@pytest.fixture(scope="module")
def matching(matching_model: Path) -> Colorizer:
    return Colorizer(matching_model, "cpu", threads=1)


def truth() -> list[Pixels]:
    """A pan over one scenery, then a cut to another."""
    scenes = [scenery(seed) for seed in (0, 3)]
    return [scene[:, 2 * n : 2 * n + WIDTH].copy() for scene in scenes for n in range(LENGTH)]


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """The film of it in grey."""
    raw = b"".join(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).tobytes() for frame in truth())
    shape = ("-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-")
    ffmpeg(*shape, "-c:v", "ffv1", str(tmp_path / "old.mkv"), stdin=raw)
    return tmp_path / "old.mkv"


def painted(
    folder: Path, number: int, size: tuple[int, int] = (WIDTH, HEIGHT), grey: bool = False
) -> Keyframe:
    """A frame as a person has coloured it, kept as a picture."""
    pixels = cv2.resize(truth()[number][..., ::-1], size)
    path = folder / f"{number}.png"
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if grey else pixels)
    return Keyframe(number / RATE, read_one(str(path), "keyframe", MAX_PIXELS))


@pytest.fixture
def coloured(matching: Colorizer, old: Path) -> Colour:
    """The frames of the film in colour."""

    def call(
        keyframes: Sequence[Keyframe] = (),
        span: Span = Span(),  # noqa: B008
        references: Sequence[Keyframe] = (),
        **how: bool | int,
    ) -> list[Pixels]:
        new = old.with_name("new.mkv")
        settings = StreamSettings(Look(border=False), **how)  # type: ignore[arg-type]
        seen = [one.picture for one in references]
        plan = Plan(old, new, settings, Wish("ffv1", pixel_format="yuv444p"), span, True, seen, keyframes)
        for _ in colour(plan, probe(old), matching):
            pass
        raw = ffmpeg("-i", str(new), "-pix_fmt", "rgb24", "-f", "rawvideo", "-")
        return list(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))

    return call


def errors(frames: Sequence[Pixels], wanted: Sequence[Pixels]) -> list[float]:
    """Mean distance of ab in each frame."""
    return [
        float(np.linalg.norm(lab.split(one)[1] - lab.split(other)[1], axis=-1).mean())
        for one, other in zip(frames, wanted, strict=True)
    ]


def same(some: Sequence[Pixels], others: Sequence[Pixels]) -> bool:
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize("how", [{}, {"every": 4}, {"temporal": False}])
def test_its_scene_takes_on_its_colours_and_no_other(
    coloured: Colour, old: Path, how: dict[str, bool | int]
) -> None:
    plain = coloured(**how)
    for number in (3, LENGTH + 7):
        guided = coloured([painted(old.parent, number)], **how)
        first = number // LENGTH * LENGTH
        scene = slice(first, first + LENGTH)
        other = slice(LENGTH - first, 2 * LENGTH - first)
        before, after = errors(plain[scene], truth()[scene]), errors(guided[scene], truth()[scene])
        assert all(new < 0.5 * was for was, new in zip(before, after, strict=True))
        assert after[number - first] < 0.2 * before[number - first]
        assert same(plain[other], guided[other])


@pytest.mark.parametrize(("number", "most"), [(5, 0.15), (LENGTH - 1, 0.35)])
def test_colour_hardly_flickers(coloured: Colour, old: Path, number: int, most: float) -> None:
    """From frame to frame, with the pan of two pixels undone; the colours are some 38 ab from grey."""

    def change(frames: Sequence[Pixels]) -> float:
        seen = [lab.split(one)[1] for one in frames[:LENGTH]]
        return float(np.mean([np.abs(now[:, :-2] - was[:, 2:]).mean() for was, now in pairwise(seen)]))

    keyframe = painted(old.parent, number)
    assert change(coloured([keyframe])) < most < change(coloured([keyframe], temporal=False))


def test_a_reference_is_for_every_frame_that_shows_the_same(coloured: Colour, old: Path) -> None:
    plain, guided = coloured(), coloured(references=[painted(old.parent, 3)])
    before, after = errors(plain, truth()), errors(guided, truth())
    assert all(new < 0.6 * was for was, new in zip(before[:LENGTH], after[:LENGTH], strict=True))


def test_a_stretch_counts_from_the_film_s_beginning(coloured: Colour, old: Path) -> None:
    guided = coloured([painted(old.parent, LENGTH + 7)], Span(1.0, 2.4))
    assert errors(guided, truth()[10:24])[9] < 8


@pytest.mark.parametrize(
    ("span", "seconds"), [(Span(), 2.5), (Span(), 99), (Span(1.0), 0.5), (Span(0, 1.0), 1)]
)
def test_a_time_outside_is_refused(coloured: Colour, old: Path, span: Span, seconds: float) -> None:
    keyframe = Keyframe(seconds, painted(old.parent, 3).picture)
    with pytest.raises(UsageError, match=r"3\.png.*outside"):
        coloured([keyframe], span)
    assert {path.name for path in old.parent.iterdir()} == {"old.mkv", "3.png"}


def test_another_size_will_do_and_another_shape_will_not(coloured: Colour, old: Path) -> None:
    guided = coloured([painted(old.parent, 3, (2 * WIDTH, 2 * HEIGHT))])
    assert max(errors(guided, truth())[:LENGTH]) < 20
    with pytest.raises(UsageError, match="160x90"):
        coloured([painted(old.parent, 3, (160, 90))])


def test_a_grey_picture_is_refused(old: Path) -> None:
    with pytest.raises(UsageError, match="it is grey"):
        painted(old.parent, 3, grey=True)


def test_one_that_shows_something_else_is_said(
    coloured: Colour, old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    coloured([Keyframe(0.3, painted(old.parent, LENGTH + 7).picture)])
    assert "does not show what the film shows" in caplog.text
