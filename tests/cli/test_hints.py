"""Hints as a user gives them: on the command line, in files, beside the photographs."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from colorcli.color import lab
from colorcli.guided import Hint
from colorcli.guided.files import to_json

from .helpers import Run, write_photo

WINE = "#6e4646"


def ab(path: Path) -> np.ndarray:
    """ab (H, W, 2) of a file, as a second program decodes it."""
    return lab.split(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB))[1]


def wine() -> np.ndarray:
    return lab.split(np.array([[[0x6E, 0x46, 0x46]]], np.uint8))[1][0, 0]


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photo(tmp_path / "old.png")


@pytest.mark.parametrize("where", ["24,16", "50%,50%", "24,50%"])
def test_a_hint_is_honoured(here: Run, photo: Path, where: str) -> None:
    done = here("colorize", photo, "--hint", f"{where}={WINE}", "--hint", "0,0=keep", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["hints"] == 2
    assert np.abs(ab(photo.with_name("old.color.png"))[16, 24] - wine()).max() < 2


def test_hints_count_on_the_upright_photograph(here: Run, tmp_path: Path, photo: Path) -> None:
    """A photograph that is stored lying has its first pixel where it is seen."""
    pixels = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    jpeg = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes()
    block = b"Exif\0\0" + exif
    lying = tmp_path / "lying.jpg"
    lying.write_bytes(jpeg[:2] + b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block + jpeg[2:])
    done = here("colorize", lying, "-o", "upright.png", "--hint", f"5,40={WINE}")
    assert done.returncode == 0, done.stderr
    found = ab(tmp_path / "upright.png")
    assert found.shape[:2] == (48, 32)
    assert np.abs(found[40, 5] - wine()).max() < 2


def test_a_painted_file_of_another_size_is_taken(here: Run, tmp_path: Path, photo: Path) -> None:
    layer = np.zeros((320, 480, 4), np.uint8)
    cv2.circle(layer, (240, 160), 12, (0x46, 0x46, 0x6E, 255), -1)
    assert cv2.imwrite(str(tmp_path / "layer.webp"), layer, [cv2.IMWRITE_WEBP_QUALITY, 101])
    done = here("colorize", photo, "--hints", "layer.webp")
    assert done.returncode == 0, done.stderr
    assert np.abs(ab(photo.with_name("old.color.png"))[16, 24] - wine()).max() < 2


@pytest.mark.parametrize("name", ["layer.png", "old.png.hints.json"])
def test_the_limit_of_pixels_binds_painted_files_too(here: Run, photo: Path, name: str) -> None:
    layer = np.zeros((320, 480, 4), np.uint8)
    layer[160, 240] = 255
    photo.with_name(name).write_bytes(cv2.imencode(".png", layer)[1].tobytes())
    options = ["--hints", name] if name == "layer.png" else []
    done = here("colorize", photo, "--max-pixels", "100000", *options)
    assert done.returncode == 2, done.stderr
    assert name in done.stderr.decode()
    assert b"more than the limit" in done.stderr


def test_the_file_beside_a_photograph_is_found_and_can_be_ignored(here: Run, photo: Path) -> None:
    here("colorize", photo, "-o", "plain.png")
    photo.with_name("old.png.hints.json").write_bytes(to_json((Hint.parse(f"24,16={WINE}"),)))
    for name, options in (("hinted.png", ()), ("ignored.png", ("--no-hints",))):
        assert here("colorize", photo, "-o", name, *options).returncode == 0
    plain, hinted, ignored = (photo.with_name(f"{name}.png") for name in ("plain", "hinted", "ignored"))
    assert np.abs(ab(hinted)[16, 24] - wine()).max() < 2
    assert ignored.read_bytes() == plain.read_bytes()


def test_the_xmp_says_that_a_person_guided(here: Run, photo: Path) -> None:
    for name, options in (("plain.png", ()), ("guided.png", ("--hint", "1,1=red", "--hint", "9,9=keep"))):
        here("colorize", photo, "-o", name, *options)
    told = b"colour hints by a person at 2 places"
    assert told in photo.with_name("guided.png").read_bytes()
    assert b"by a person" not in photo.with_name("plain.png").read_bytes()
    assert b"compositeWithTrainedAlgorithmicMedia" in photo.with_name("guided.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--hint", "48,0=red"), r"old\.png: the hint 48,0=#ff0000 lies outside the photograph.*48x32"),
        (("--hint", "1,1=reddish"), "'reddish' is no colour"),
        (("--hint", "red"), "'red' is no hint"),
        (("--hints", "missing.json"), r"missing\.json: the hints cannot be read"),
        (("--hints", "broken.json"), r"broken\.json: it holds no hints"),
        (("--hints", "old.png"), r"old\.png: it has no transparent parts"),
        (("other.png", "-o", "out/", "--hint", "1,1=red"), "--hint and --hints are for one photograph"),
    ],
)
def test_wrong_hints_are_named(
    here: Run, tmp_path: Path, photo: Path, options: tuple[str, ...], problem: str
) -> None:
    write_photo(tmp_path / "other.png")
    (tmp_path / "broken.json").write_text('{"hints": 1}')
    done = here("colorize", photo, *options)
    assert done.returncode == 2
    assert re.search(problem, done.stderr.decode())
    assert "Traceback" not in done.stderr.decode()
    assert not list(tmp_path.rglob("*.color.*")) and not (tmp_path / "out").exists()


def test_variants_are_numbered_and_differ(here: Run, seeing_model: Path, photo: Path) -> None:
    done = here("colorize", photo, "--variants", "3", "--hint", "0,0=keep", "--model", seeing_model)
    assert done.returncode == 0, done.stderr
    results = sorted(photo.parent.glob("*.color.*"))
    assert [path.name for path in results] == [f"old.color.{number}.png" for number in (1, 2, 3)]
    assert len({path.read_bytes() for path in results}) == 3
    again = here("colorize", ".", "--dry-run")
    assert again.stdout.count(b"->") == 1  # variants are no photographs


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--variants", "2"), "says one colour a place"),
        (("--variants", "2", "-o", "-"), "stdout takes one picture"),
    ],
)
def test_variants_that_cannot_be_are_refused(
    here: Run, photo: Path, options: tuple[str, ...], problem: str
) -> None:
    done = here("colorize", photo, *options)
    assert done.returncode == 2
    assert problem in done.stderr.decode()


def test_certainty_is_a_picture_and_a_share(here: Run, seeing_model: Path, photo: Path) -> None:
    done = here("colorize", photo, "--certainty", "sure.png", "--json", "--model", seeing_model)
    assert done.returncode == 0, done.stderr
    levels = cv2.imread(str(photo.with_name("sure.png")), cv2.IMREAD_UNCHANGED)
    assert levels.shape[:2] == (32, 48) and np.ptp(levels) > 10
    assert json.loads(done.stdout)["doubtful"] == pytest.approx((levels < 0.4 * 255).mean(), abs=0.05)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (("--certainty", "sure.png"), "says one colour a place"),
        (("--certainty", "sure.xyz"), r"sure\.xyz: no image format"),
        (("--certainty", "s3://bucket/sure.png"), "is not on this machine"),
        (("--certainty", "sure.png", "other.png", "-o", "out/"), "say --certainty sure.png/"),
    ],
)
def test_certainty_that_cannot_be_is_refused(
    here: Run, tmp_path: Path, photo: Path, options: tuple[str, ...], problem: str
) -> None:
    write_photo(tmp_path / "other.png")
    done = here("colorize", photo, *options)
    assert done.returncode == 2
    assert re.search(problem, done.stderr.decode())
    assert not (tmp_path / "sure.png").exists() and not list(tmp_path.glob("*.color.*"))


def test_an_existing_picture_of_certainty_is_kept(here: Run, seeing_model: Path, photo: Path) -> None:
    photo.with_name("sure.png").write_bytes(b"mine")
    done = here("colorize", photo, "--certainty", "sure.png", "--model", seeing_model)
    assert done.returncode == 3
    assert photo.with_name("sure.png").read_bytes() == b"mine"


def test_certainty_of_several_goes_into_a_folder(here: Run, seeing_model: Path, photo: Path) -> None:
    write_photo(photo.with_name("old.jpg"))
    write_photo(photo.with_name("other.png"))
    done = here("colorize", photo, "old.jpg", "other.png", "--certainty", "sure", "--model", seeing_model)
    assert done.returncode == 0, done.stderr
    found = sorted(path.name for path in photo.with_name("sure").iterdir())
    assert found == ["old.jpg.certainty.png", "old.png.certainty.png", "other.certainty.png"]
