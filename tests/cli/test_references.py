"""`colorcli colorize --reference` as a user runs it, with the shipped model."""

import json
from pathlib import Path
from shutil import copyfile

import cv2
import pytest

from .helpers import Run

PHOTOGRAPHS = Path(__file__).parents[1] / "photographs"


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """old.png, grey; beside.png, in colour, of the same place; cat.jpg, of something else."""
    pixels = cv2.imread(str(PHOTOGRAPHS / "china.jpg"))
    width = pixels.shape[1]
    cv2.imwrite(str(tmp_path / "old.png"), cv2.cvtColor(pixels[:, : width * 6 // 10], cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(tmp_path / "beside.png"), pixels[:, width * 2 // 10 : width * 8 // 10])
    copyfile(PHOTOGRAPHS / "cat.jpg", tmp_path / "cat.jpg")
    return tmp_path


def test_a_reference_that_shows_the_same_is_used_and_named(here: Run, scene: Path) -> None:
    plain = here("colorize", "--model", "colorcli", "old.png", "-o", "plain.png")
    done = here(
        "colorize",
        "--model",
        "colorcli",
        "old.png",
        "-o",
        "new.png",
        "--reference",
        "beside.png",
        "--reference",
        "cat.jpg",
        "--json",
    )
    assert plain.returncode == done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["references"] == ["beside.png"]
    assert (scene / "plain.png").read_bytes() != (scene / "new.png").read_bytes()
    assert b"colours of a reference photograph: beside.png (sha256:" in (scene / "new.png").read_bytes()


def test_one_that_shows_something_else_changes_no_pixel_and_says_so(here: Run, scene: Path) -> None:
    assert here("colorize", "--model", "colorcli", "old.png", "-o", "plain.png").returncode == 0
    done = here("colorize", "--model", "colorcli", "old.png", "-o", "new.png", "--reference", "cat.jpg")
    assert b"nothing like it in cat.jpg" in done.stderr
    first, second = (cv2.imread(str(scene / name)) for name in ("plain.png", "new.png"))
    assert (first == second).all()


def test_an_archive_is_done_again_when_its_reference_is_another(here: Run, scene: Path) -> None:
    (scene / "in").mkdir()
    (scene / "old.png").rename(scene / "in" / "old.png")
    command = ("colorize", "--model", "colorcli", "in", "-o", "out", "--json", "--reference", "beside.png")
    states = []
    for change in (False, False, True):
        if change:
            copyfile(scene / "cat.jpg", scene / "beside.png")
        states.append(json.loads(here(*command).stdout)["status"])
    assert states == ["ok", "skipped", "ok"]


@pytest.mark.parametrize(
    ("reference", "words"),
    [("old.png", "it is grey"), ("absent.png", "absent.png"), ("torn.png", "torn.png")],
)
def test_what_cannot_be_a_reference_is_named_before_anything_is_done(
    here: Run, scene: Path, reference: str, words: str
) -> None:
    (scene / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    done = here("colorize", "--model", "colorcli", "old.png", "-o", "new.png", "--reference", reference)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr.decode()
    assert not (scene / "new.png").exists()


@pytest.mark.parametrize(
    "command",
    [
        ("colorize", "small.png", "-o", "new.png", "--reference", "beside.png"),
        ("stream", "--reference", "beside.png"),
        ("film", "old.mkv", "new.mkv", "--reference", "beside.png"),
        ("film", "old.mkv", "new.mkv", "--keyframe", "1=beside.png"),
    ],
)
def test_the_limit_of_pixels_binds_references_too(here: Run, scene: Path, command: tuple[str, ...]) -> None:
    height, width = cv2.imread(str(scene / "beside.png")).shape[:2]
    cv2.imwrite(str(scene / "small.png"), cv2.imread(str(scene / "old.png"))[:50, :50])
    done = here(*command, "--max-pixels", str(height * width - 1))
    assert done.returncode == 2, done.stderr
    assert b"beside.png" in done.stderr
    assert b"more than the limit" in done.stderr
    assert not list(scene.glob("new.*"))
