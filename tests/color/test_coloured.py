"""Grey, toned and coloured photographs are told apart, whatever is stamped on them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.color.coloured import SPREAD_OF_COLOUR, ColourKind, colour_spread, kind_of

Image = NDArray[np.uint8]
HEIGHT, WIDTH = 180, 240
PHOTOGRAPHS = Path(__file__).parent.parent / "photographs"
NAMES = ("astronaut", "cat", "china", "coffee", "flower", "grace-hopper")


def lightness() -> NDArray[np.float32]:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    grain = np.random.default_rng(2).normal(0, 3, (HEIGHT, WIDTH))
    return (50 + 30 * np.sin(5 * x + 2) * np.cos(3 * y) + 10 * x + grain).clip(2, 98).astype(np.float32)


def rgb(a: NDArray[np.float64], b: NDArray[np.float64], noise: float = 1.0) -> Image:
    """The photograph with these colours and some noise in them."""
    ab = np.stack([a, b], axis=-1) + np.random.default_rng(3).normal(0, noise, (HEIGHT, WIDTH, 2))
    return lab.join(lightness(), ab.astype(np.float32), np.dtype(np.uint8))


def tone() -> NDArray[np.float64]:
    return lightness().astype(float) / 100


ZERO = np.zeros((HEIGHT, WIDTH))
ACROSS = np.linspace(0, 1, WIDTH) * np.ones((HEIGHT, 1))
TONED = {
    "sepia": lambda t: (2 + 32 * t * (1 - t), 6 + 88 * t * (1 - t)),
    "cyanotype": lambda t: (ZERO - 6, -100 * t * (1 - t)),
    "split": lambda t: (4 * t - 2, 32 * t - 18),
    "selenium": lambda t: (14 * (1 - t) ** 2, 4 + 10 * (1 - t)),
    "yellowed on one side": lambda t: (1 + 2 * ACROSS, 5 + 9 * ACROSS + 6 * t),
}


def with_ruler(pixels: Image) -> Image:
    """Coloured patches over a tenth of it, as archives lay them beside a print."""
    colours = np.array([(200, 30, 30), (240, 230, 30), (30, 160, 60), (30, 60, 190)], np.uint8)
    marked = pixels.copy()
    marked[-18:] = np.repeat(colours, WIDTH // 4, axis=0)
    return marked


def in_colour(strength: float) -> Image:
    """Sky, meadow and a red house."""
    a, b = ZERO.copy(), ZERO.copy()
    a[:80], b[:80] = -5, -25
    a[80:], b[80:] = -25, 30
    a[60:120, 80:160], b[60:120, 80:160] = 40, 25
    return rgb(strength * a + 2, strength * b + 6)


def test_grey_has_none() -> None:
    assert kind_of(lightness().astype(np.uint8)) == (ColourKind.GREY, False)
    assert kind_of(np.dstack([lightness().astype(np.uint8)] * 3)) == (ColourKind.GREY, False)


@pytest.mark.parametrize("name", TONED)
def test_toned_prints(name: str) -> None:
    assert kind_of(rgb(*TONED[name](tone())))[0] is ColourKind.TONED


@pytest.mark.parametrize("name", [name for name in TONED if "yellowed" not in name])
def test_toned_prints_beside_a_ruler(name: str) -> None:
    assert kind_of(with_ruler(rgb(*TONED[name](tone()))))[0] is ColourKind.TONED


def test_a_grey_scan_with_a_ruler_is_not_in_colour() -> None:
    grey = np.dstack([lightness().astype(np.uint8)] * 3)
    assert kind_of(with_ruler(grey))[0] is not ColourKind.COLOUR


def photograph(name: str) -> Image:
    pixels = cv2.cvtColor(cv2.imread(str(PHOTOGRAPHS / f"{name}.jpg")), cv2.COLOR_BGR2RGB)
    return cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)


def split_toned(pixels: Image) -> Image:
    """As a print with blue shadows on cream paper, yellowed on one side, as JPEG."""
    light = lab.lightness(pixels)
    a, b = TONED["split"](light.astype(float) / 100)
    toned = lab.join(light, np.stack([a + ACROSS, b + 5 * ACROSS], axis=-1).astype(np.float32), np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", toned)[1], cv2.IMREAD_COLOR_RGB).astype(np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_real_photographs(name: str) -> None:
    assert kind_of(photograph(name)) == (ColourKind.COLOUR, False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mark", ["stamp", "ruler", "mount"])
def test_real_photographs_toned_and_marked(name: str, mark: str) -> None:
    pixels = split_toned(photograph(name))
    if mark == "stamp":
        pixels[: HEIGHT // 5, : WIDTH // 4] = (40, 60, 150)
    elif mark == "ruler":
        pixels = with_ruler(pixels)
    else:
        pixels = cv2.copyMakeBorder(pixels, 30, 30, 30, 30, cv2.BORDER_CONSTANT, value=(120, 80, 50))
    assert kind_of(pixels)[0] is ColourKind.TONED


@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_photographs_in_colour(strength: float) -> None:
    assert kind_of(in_colour(strength)) == (ColourKind.COLOUR, False)


def test_pale_colours_are_doubtful() -> None:
    spreads = [colour_spread(in_colour(strength)) for strength in (0.03, 0.1, 0.2, 0.3, 1)]
    assert spreads == sorted(spreads)
    assert spreads[0] < SPREAD_OF_COLOUR < spreads[-1]


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 900, 3), (7, 5, 3), (2000, 1, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_any_size(shape: tuple[int, ...], dtype: type) -> None:
    noise = np.random.default_rng(4).integers(0, np.iinfo(dtype).max, shape, dtype)
    assert colour_spread(noise) >= 0
