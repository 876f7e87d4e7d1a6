"""Colour that stays where it is, moves with what it is on, and ends with its scene."""

from io import FileIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.colorizer import Colorizer
from colorcli.look import Look
from colorcli.stream.kinds import Form, kind_of
from colorcli.stream.pipeline import Done, StreamSettings, coloured
from colorcli.stream.temporal import Carrier, Memory, MotionFinder

from .conftest import Through

FORM = Form("gray8", (96, 64))


def texture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 3)
    return (128 + 40 * smooth / smooth.std()).clip(20, 235).astype(np.uint8)


def colours(data: bytes) -> lab.Floats:
    """ab (frames, H, W, 2) of rgb24 frames."""
    rgb = np.frombuffer(data, np.uint8).reshape(-1, 96, 3)
    return lab.split(rgb)[1].reshape(-1, 64, 96, 2)


def changes(data: bytes) -> NDArray[np.float32]:
    """Mean change of ab from each frame to the next."""
    return np.abs(np.diff(colours(data), axis=0)).mean(axis=(1, 2, 3))


def flickering() -> bytes:
    """A still scene on a film that trembles in brightness, with grain: so does the tiny model's colour."""
    noise, scene = np.random.default_rng(1), texture(64, 96).astype(float)
    frames = [scene + 8 * (-1) ** number + noise.normal(0, 3, scene.shape) for number in range(12)]
    return np.stack(frames).clip(0, 255).astype(np.uint8).tobytes()


def test_flicker_is_three_times_less(through: Through) -> None:
    film = flickering()
    steady, apart = through(film, FORM)[0], through(film, FORM, StreamSettings(temporal=False))[0]
    assert changes(steady)[2:].mean() < changes(apart)[2:].mean() / 3


def test_colour_moves_with_the_picture() -> None:
    scene = texture(80, 160)
    colour = np.stack(
        [cv2.GaussianBlur(texture(80, 160, seed).astype(np.float32), (0, 0), 3) - 128 for seed in (1, 2)], -1
    )
    finder, carrier = MotionFinder(), Carrier()
    for number in range(8):
        window = np.s_[number : number + 64, 3 * number : 3 * number + 96]
        motion = finder.find(lab.lightness(np.ascontiguousarray(scene[window])))
        assert (motion is None) == (number == 0)
        carried = carrier.follow(motion, np.ascontiguousarray(colour[window]) if number == 0 else None)
    inner = np.s_[16:-16, 32:-32]
    assert np.abs(carried[inner] - colour[window][inner]).mean() < 0.15 * np.abs(colour).mean()


def test_a_cut_starts_anew(through: Through) -> None:
    """The first frame of the second scene gets the colour it would have got alone."""
    scenes = [texture(64, 96), 255 - texture(64, 96, 5)]
    film = b"".join(scene.tobytes() for scene in scenes for _ in range(3))
    alone = through(scenes[1].tobytes(), FORM)[0]
    assert through(film, FORM)[0][3 * len(alone) :].startswith(alone)


def test_every_so_many_frames(through: Through) -> None:
    """Brightness drifts; once the network has looked again, at the fourth frame, colour follows in steps."""
    scene, other = texture(64, 96), 255 - texture(64, 96, 5)
    drifting = [
        (view.astype(float) + 2 * number).clip(0, 255).astype(np.uint8)
        for view in (scene, other)
        for number in range(10)
    ]
    film = b"".join(frame.tobytes() for frame in drifting)
    warmth = colours(through(film, FORM, StreamSettings(every=4))[0])[..., 1].mean((1, 2))
    steps = np.diff(warmth)
    assert np.argmax(np.abs(steps)) + 1 == 10
    for first in (0, 10):
        blind, after = steps[first : first + 3], steps[first + 3 : first + 9]
        assert np.abs(blind).max() < 0.03
        assert after.min() > 0.03
        assert after.max() < after.sum() / 2


def test_tiny_and_narrow_frames(through: Through) -> None:
    for size in ((1, 1), (3, 2), (2, 300), (30, 30)):
        frame = np.random.default_rng(0).integers(0, 256, size[0] * size[1], np.uint8).tobytes()
        new, error = through(3 * frame, Form("gray8", size))
        assert error is None
        assert len(new) == 9 * size[0] * size[1]


@pytest.mark.parametrize("strength", [0.0, 1.0])
def test_look(through: Through, strength: float) -> None:
    new = through(flickering(), FORM, StreamSettings(Look(strength=strength, border=False)))[0]
    assert (np.abs(colours(new)).max() > 5) == (strength > 0)


@pytest.mark.parametrize("settings", [StreamSettings(), StreamSettings(every=4)])
def test_a_stream_goes_on_from_what_a_frame_left(
    colorizer: Colorizer, tmp_path: Path, settings: StreamSettings
) -> None:
    """In two halves, with the memory on disk in between, the frames are the same to the last bit."""
    data = flickering()
    kind = kind_of(FORM, colorizer)

    def frames(piece: bytes, memory: Memory | None = None) -> list[Done]:
        (tmp_path / "in").write_bytes(piece)
        with FileIO(tmp_path / "in") as source:
            return list(coloured(kind, colorizer, settings, source, memory))

    half = len(data) // 12 * 5
    whole, first = frames(data), frames(data[:half])
    assert first[-1].memory
    first[-1].memory.save(tmp_path / "memory.npz")
    second = frames(data[half:], Memory.load(tmp_path / "memory.npz"))
    assert [one.data for one in first + second] == [one.data for one in whole]
    assert frames(data[half:])[0].data != second[0].data
