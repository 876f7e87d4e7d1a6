"""The options that change the picture, seen in the picture."""

import subprocess
from pathlib import Path

import cv2
import numpy as np

from .helpers import Run, write_photo


def chroma(path: Path) -> float:
    """The mean difference between a pixel's channels."""
    return float(np.ptp(cv2.imread(str(path)).astype(int), axis=2).mean())


def test_saturation_strength_and_temperature(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "old.png")
    looks = {
        "plain": [],
        "pale": ["--saturation", "0.5"],
        "weak": ["--strength", "0.5"],
        "grey": ["--strength", "0"],
        "bold": ["--temperature", "0.2"],
    }
    for name, options in looks.items():
        assert here("colorize", "old.png", "-o", f"{name}.png", *options).returncode == 0
    plain, pale, weak, grey, bold = (chroma(tmp_path / f"{name}.png") for name in looks)
    assert grey == 0
    assert 0.3 * plain < pale < 0.7 * plain
    assert pale == weak
    assert bold > plain


def test_an_environment_variable_is_an_option(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "old.png")
    assert here("colorize", "old.png", settings={"COLORCLI_SATURATION": "0"}).returncode == 0
    assert chroma(tmp_path / "old.color.png") == 0


def test_compare_shows_before_and_after(here: Run, tmp_path: Path) -> None:
    before = cv2.imread(str(write_photo(tmp_path / "old.png", 40, 30)))
    assert here("colorize", "old.png", "--compare").returncode == 0
    assert here("colorize", "old.png").returncode == 0
    both = cv2.imread(str(tmp_path / "old.compare.png"))
    assert np.array_equal(both, np.hstack([before, cv2.imread(str(tmp_path / "old.color.png"))]))


def test_photographs_in_colour_are_kept(here: Run, tmp_path: Path) -> None:
    write_photo(tmp_path / "grey.png")
    for name in ("grey.jpg", "rgb-grey.jpg"):
        subprocess.run(["convert", tmp_path / "grey.png", "-type", "TrueColor", tmp_path / name], check=True)
    subprocess.run(["convert", "-size", "40x30", "plasma:red-blue", tmp_path / "colour.jpg"], check=True)
    done = here("colorize", "grey.jpg", "rgb-grey.jpg", "colour.jpg", "-o", "out")
    assert done.returncode == 0
    assert (tmp_path / "out" / "colour.jpg").read_bytes() == (tmp_path / "colour.jpg").read_bytes()
    passed = [line for line in done.stderr.splitlines() if line.endswith(b"in colour already")]
    assert len(passed) == 1
    assert passed[0].startswith(b"colour.jpg")
    assert chroma(tmp_path / "out" / "grey.jpg") > 5
    assert chroma(tmp_path / "out" / "rgb-grey.jpg") > 5


def test_what_is_kept_is_converted_where_that_is_asked_for(run: Run, tmp_path: Path) -> None:
    subprocess.run(["convert", "-size", "40x30", "plasma:red-blue", tmp_path / "colour.jpg"], check=True)
    data = (tmp_path / "colour.jpg").read_bytes()
    assert run("colorize", "-", stdin=data).stdout == data
    assert run("colorize", "colour.jpg").returncode == 0
    assert (tmp_path / "colour.color.jpg").read_bytes() == data
    assert run("colorize", "colour.jpg", "--format", "png").returncode == 0
    assert run("colorize", "colour.jpg", "-o", "new.png").returncode == 0
    old = cv2.imread(str(tmp_path / "colour.jpg")).astype(int)
    for name in ("colour.color.png", "new.png"):
        assert np.abs(cv2.imread(str(tmp_path / name)) - old).mean() < 2
        assert b"colorcli" not in (tmp_path / name).read_bytes()


def test_colour_that_is_there_is_replaced(here: Run, tmp_path: Path) -> None:
    """What comes out depends on the lightness alone."""
    write_photo(tmp_path / "grey.png")
    grey = cv2.imread(str(tmp_path / "grey.png"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(tmp_path / "rgb.png"), cv2.merge([grey] * 3))
    assert here("colorize", "grey.png", "rgb.png", "-o", "out").returncode == 0
    one, other = (cv2.imread(str(tmp_path / "out" / name)) for name in ("grey.png", "rgb.png"))
    assert np.array_equal(one, other)
