"""Hints: read as people write them, placed on the photograph, refused by name."""

import json

import cv2
import numpy as np
import pytest

from colorcli.color import lab
from colorcli.errors import UsageError
from colorcli.guided import Hint, files, place
from colorcli.guided.hints import Spot, parse_colour


def spot(text: str, width: int = 200, height: int = 100) -> Spot:
    """Where and what a hint is on a photograph of that size."""
    (found,) = place([Hint.parse(text)], width, height)
    return found


@pytest.mark.parametrize(
    ("text", "pixel"),
    [
        ("0,0=red", (0, 0)),
        ("199,99=red", (199, 99)),
        ("199.9, 99.5 = red", (199, 99)),
        ("50%,50%=red", (100, 50)),
        ("100%,100%=red", (199, 99)),
        ("12.5%,7=red", (25, 7)),
    ],
)
def test_a_place_is_in_pixels_or_per_cent(text: str, pixel: tuple[int, int]) -> None:
    found = spot(text)
    assert (found.x, found.y) == pixel


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#7a3b2e", (0x7A, 0x3B, 0x2E)),
        ("#ABC", (0xAA, 0xBB, 0xCC)),
        ("steelblue", (70, 130, 180)),
        (" SteelBlue ", (70, 130, 180)),
        ("keep", None),
    ],
)
def test_colours_are_those_of_the_web(text: str, rgb: tuple[int, int, int] | None) -> None:
    assert parse_colour(text) == rgb


def test_only_ab_is_taken_of_a_colour() -> None:
    expected = lab.split(np.array([[[70, 130, 180]]], np.uint8))[1][0, 0]
    assert spot("1,1=steelblue").ab == pytest.approx(tuple(expected))
    assert spot("1,1=neutral").ab == pytest.approx((0, 0), abs=0.01)
    assert spot("1,1=keep").ab is None


@pytest.mark.parametrize("text", ["200,0=red", "0,100=red", "101%,0=red", "0,100.1%=red"])
def test_a_hint_outside_the_photograph_is_named(text: str) -> None:
    with pytest.raises(UsageError, match="outside the photograph, which has 200x100 pixels") as raised:
        spot(text)
    assert str(Hint.parse(text)) in raised.value.message and raised.value.hint


@pytest.mark.parametrize(
    "text", ["", "red", "1,2", "1=red", "1,2=", "-1,2=red", "1,2=reddish", "1,2=#12", "a,b=red"]
)
def test_what_is_no_hint_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        Hint.parse(text)
    assert "X,Y=COLOUR" in raised.value.hint


def test_the_last_hint_on_a_pixel_holds() -> None:
    found = place([Hint.parse("1,1=red"), Hint.parse("1.5,1=keep"), Hint.parse("2,1=blue")], 9, 9)
    assert [(one.x, one.ab is None) for one in found] == [(1, True), (2, False)]


def test_json_goes_both_ways() -> None:
    hints = tuple(Hint.parse(text) for text in ("320,210=#7a3b2e", "40%,12.25%=steelblue", "9,4=keep"))
    assert files.read(files.to_json(hints), "a") == hints


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"[]",
        b'{"hint": []}',
        b'{"hints": 3}',
        b'{"hints": ["1,2=red"]}',
        b'{"hints": [{"x": 1, "y": 2}]}',
        b'{"hints": [{"x": 1, "y": 2, "colour": "reddish"}]}',
        b'{"hints": [{"x": null, "y": 2, "colour": "red"}]}',
        b"\xff\xfe{",
        b"",
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_named(content: bytes) -> None:
    with pytest.raises(UsageError, match=r"^old\.jpg\.hints\.json: "):
        files.read(content, "old.jpg.hints.json")


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    content = files.to_json((Hint.parse("5,6=red"),))
    assert files.read(b"\xef\xbb\xbf" + content, "a") == files.read(content, "a")


def test_there_is_a_limit_to_hints() -> None:
    """A file from somebody else may hold any number, and memory goes with the square of it."""
    many = [Hint.parse(f"{number % 40},{number // 40}=red") for number in range(1001)]
    assert len(place(many[:1000] * 2, 40, 40)) == 1000
    with pytest.raises(UsageError, match="1,001 hints"):
        place(many, 40, 40)


def painting(width: int, height: int, suffix: str = ".png") -> tuple[np.ndarray, bytes]:
    """A red stroke and a blue dot on a transparent ground: pixels, and the file."""
    layer = np.zeros((height, width, 4), np.uint8)
    cv2.line(layer, (width // 8, height // 4), (width * 7 // 8, height // 4), (0, 0, 255, 255), height // 20)
    cv2.circle(layer, (width // 2, height * 3 // 4), 3, (255, 0, 0, 255), -1)
    return layer, cv2.imencode(suffix, layer, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()


@pytest.mark.parametrize(
    ("width", "height", "suffix"), [(400, 200, ".png"), (1600, 800, ".webp"), (90, 60, ".png")]
)
def test_strokes_become_points_in_their_colour(width: int, height: int, suffix: str) -> None:
    layer, content = painting(width, height, suffix)
    hints = files.read(content, "layer")
    assert 5 < len(hints) <= files.MOST
    red, blue = lab.split(np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8))[1][0]
    for one, own in zip(place(hints, width, height), place(hints, 200, 100), strict=True):
        assert layer[one.y, one.x, 3] == 255
        expected = red if one.y < height / 2 else blue
        assert one.ab == own.ab == pytest.approx(tuple(expected), abs=1)
        assert (own.x / 200, own.y / 100) == pytest.approx((one.x / width, one.y / height), abs=0.02)


def test_a_painting_of_everything_is_thinned() -> None:
    layer = np.full((300, 500, 4), 255, np.uint8)
    layer[0, 0, 3] = 0
    hints = files.read(cv2.imencode(".png", layer)[1].tobytes(), "layer")
    assert files.MOST // 3 < len(hints) <= files.MOST
    places = np.array([(one.x, one.y) for one in place(hints, 500, 300)])
    assert places.min(0).max() < 60 and (np.array([500, 300]) - places.max(0)).max() < 60


@pytest.mark.parametrize(
    ("alpha", "problem"),
    [(255, "no transparent parts"), (0, "nothing is painted"), (None, "no transparent parts")],
)
def test_a_painting_that_says_nothing_is_refused(alpha: int | None, problem: str) -> None:
    layer = np.full((30, 40, 3 if alpha is None else 4), 200, np.uint8)
    if alpha is not None:
        layer[..., 3] = alpha
    with pytest.raises(UsageError, match=f"layer.png: .*{problem}"):
        files.read(cv2.imencode(".png", layer)[1].tobytes(), "layer.png")


def test_json_says_what_it_is_made_of() -> None:
    entries = json.loads(files.to_json((Hint.parse("1,2.5%=keep"),)))["hints"]
    assert entries == [{"x": 1, "y": "2.5%", "colour": "keep"}]
