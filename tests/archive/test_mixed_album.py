"""An album of grey, toned and coloured photographs side by side: each is treated as what it is."""

import io
import json
import tarfile
from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest
from cli.helpers import Run, is_coloured, write_photo
from numpy.typing import NDArray

from .archive import journal, results

GREY, TONED, COLOUR = 35, 30, 35


def tinted(path: Path, tint: tuple[float, float, float], seed: int = 0) -> Path:
    """A print toned in one hue, as brown, blue or yellowed paper is; blue, green, red."""
    write_photo(path.with_suffix(".grey.png"), 96, 64, seed)
    grey = cv2.imread(str(path.with_suffix(".grey.png")), cv2.IMREAD_GRAYSCALE).astype(float) / 255
    path.with_suffix(".grey.png").unlink()
    assert cv2.imwrite(str(path), np.dstack([255 * grey ** (1 / share) for share in tint]).astype(np.uint8))
    return path


def sunlight(seed: int) -> NDArray[np.float64]:
    """Sun and shade that wander over a picture, and grain: (64, 96, 1), about 1."""
    y, x = np.mgrid[0:64, 0:96] / 24 + seed
    grain = np.random.default_rng(seed).normal(0, 0.05, (64, 96))
    light: NDArray[np.float64] = (0.85 + 0.35 * np.sin(3 * x) * np.cos(2 * y + x) + grain)[..., None]
    return light


def coloured(path: Path, seed: int = 0) -> Path:
    """Sky above a meadow, and a house that is red, or yellow, or blue."""
    light = sunlight(seed)
    pixels = np.full((64, 96, 3), (60, 140, 90), float)
    pixels[:28] = (220, 170, 120)
    pixels[20:48, 30:66] = ((50, 60, 190), (70, 190, 210), (170, 90, 60))[seed % 3]
    assert cv2.imwrite(str(path), (pixels * light).clip(0, 255).astype(np.uint8))
    return path


def album(folder: Path) -> dict[str, str]:
    """100 photographs, and the kind of each."""
    folder.mkdir()
    kinds = {}
    tints = ((0.75, 1.0, 1.3), (1.3, 1.1, 0.9), (0.6, 0.95, 1.2))
    for number in range(GREY + TONED + COLOUR):
        path = folder / f"{number:03}{('.png', '.jpg', '.tif')[number % 3]}"
        if number < GREY:
            write_photo(path, 96, 64, number)
            kinds[path.name] = "grey"
        elif number < GREY + TONED:
            tinted(path, tints[number // 3 % 3], number)
            kinds[path.name] = "toned"
        else:
            coloured(path, number)
            kinds[path.name] = "colour"
    return kinds


def test_an_album_of_100(here: Run, tmp_path: Path) -> None:
    kinds = album(tmp_path / "in")
    done = here("colorize", "-r", "in", "-o", "out", "--json")
    assert done.returncode == 0, done.stderr
    told = {Path(line["input"]).name: line for line in map(json.loads, done.stdout.splitlines())}
    assert {name: line["kind"] for name, line in told.items()} == kinds
    assert Counter(line["status"] for line in told.values()) == {"ok": GREY + TONED, "passed": COLOUR}
    assert b"35 kept, in colour already" in b" ".join(done.stderr.split())
    for name, kind in kinds.items():
        same = (tmp_path / "in" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()
        assert same == (kind == "colour")
        assert is_coloured(tmp_path / "out" / name)


def test_another_choice_redoes_what_it_concerns(here: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_photo(tmp_path / "in" / "grey.png")
    coloured(tmp_path / "in" / "colour.png")
    tinted(tmp_path / "in" / "toned.png", (0.75, 1.0, 1.3))

    def redone(*options: str) -> list[str]:
        done = here("colorize", "-r", "in", "-o", "out", "--json", *options)
        lines = map(json.loads, done.stdout.splitlines())
        return sorted(Path(line["input"]).name for line in lines if line["status"] != "skipped")

    assert redone() == ["colour.png", "grey.png", "toned.png"]
    before = results(tmp_path / "out")
    assert redone() == []
    assert redone("--coloured", "recolor") == ["colour.png"]
    assert results(tmp_path / "out")["colour.png"] != before["colour.png"]
    assert redone("--coloured", "recolor") == []
    assert redone() == ["colour.png"]
    assert results(tmp_path / "out") == before
    line = journal(tmp_path / "out")["colour.png"]
    assert (line["status"], line["kind"], line["notes"]) == ("passed", "colour", ["in colour already"])


def test_in_tars_too(here: Run, tmp_path: Path) -> None:
    data = coloured(tmp_path / "colour.jpg").read_bytes()
    (tmp_path / "shards").mkdir()
    with tarfile.open(tmp_path / "shards" / "one.tar", "w") as tar:
        tar.add(tmp_path / "colour.jpg", "colour.jpg")
        tar.add(write_photo(tmp_path / "grey.jpg"), "grey.jpg")
    assert here("colorize", "shards", "-o", "out", "--shards").returncode == 0
    with tarfile.open(tmp_path / "out" / "one.tar") as tar:
        members = {member.name: tar.extractfile(member) for member in tar}
        assert sorted(members) == ["colour.jpg", "grey.jpg"]
        assert isinstance(members["colour.jpg"], io.BufferedReader)
        assert members["colour.jpg"].read() == data


@pytest.mark.parametrize(
    "option", [("--hint", "50%,50%=red"), ("--variants", "1"), ("--coloured", "recolor")]
)
def test_who_asks_for_colour_gets_it(
    here: Run, tmp_path: Path, seeing_model: Path, option: tuple[str, ...]
) -> None:
    photograph = coloured(tmp_path / "colour.png")
    done = here("colorize", "colour.png", "--json", "--model", seeing_model, *option)
    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout)
    assert (line["status"], line["kind"]) == ("ok", "colour")
    assert Path(tmp_path, line["output"]).read_bytes() != photograph.read_bytes()


def test_doubtful_ones_are_named(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "grey.png", 96, 64)
    pixels = cv2.imread(str(coloured(tmp_path / "colour.png"))).astype(float)
    grey = pixels.mean(axis=2, keepdims=True)
    cv2.imwrite(str(tmp_path / "pale.png"), (grey + 0.06 * (pixels - grey)).astype(np.uint8))
    done = here("colorize", "grey.png", "pale.png", "colour.png", "-o", "out", "--json")
    lines = map(json.loads, done.stdout.splitlines())
    assert [line["input"] for line in lines if line["kind_doubtful"]] == ["pale.png"]


def test_pages_in_colour_stay_beside_grey_ones(here: Run, tmp_path: Path) -> None:
    page = cv2.imread(str(coloured(tmp_path / "colour.png")))
    grey = cv2.imread(str(write_photo(tmp_path / "grey.png", 96, 64)))
    assert cv2.imwritemulti(str(tmp_path / "two.tif"), [page, grey])
    assert here("colorize", "two.tif", "-o", "new.tif").returncode == 0
    _, pages = cv2.imreadmulti(str(tmp_path / "new.tif"), flags=cv2.IMREAD_COLOR)
    assert np.array_equal(pages[0], page)
    assert np.ptp(pages[1].astype(int), axis=2).max() > 8
