"""README's promises, run as they are printed."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)


def test_the_first_command_colours_the_examples(tmp_path: Path) -> None:
    """Without the installation, which the one who runs this has done."""
    install, _, colour = COMMANDS[0].partition(" && ")
    assert install == "pip install ."
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", colour],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("COLORCLI")}
        | {"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    photographs = sorted(path.name for path in (ROOT / "examples").glob("*.jpg"))
    assert len(photographs) >= 6
    assert sorted(path.name for path in (tmp_path / "colored").glob("*.jpg")) == photographs
    for name in photographs:
        pixels = cv2.imread(str(tmp_path / "colored" / name)).astype(int)
        assert np.ptp(pixels, axis=2).mean() > 3


def test_doing_without_the_gpu_build_is_what_the_image_does() -> None:
    """Whose steps are run by a test of their own."""
    line = next(command for command in COMMANDS if command.startswith("pip uninstall"))
    image = (ROOT / "Dockerfile").read_text("utf-8").replace("--no-cache-dir ", "").replace("'", "")
    assert [f"&& {step}" in image for step in line.split(" && ")] == [True, True]


def test_ci_runs_the_command_for_developers() -> None:
    assert COMMANDS[2] in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()


def test_a_stranger_colours_a_photograph_a_folder_and_a_film(tmp_path: Path) -> None:
    """By the three lines as they stand."""
    (tmp_path / "scans" / "1930").mkdir(parents=True)
    for name in ("old.jpg", "scans/one.jpg", "scans/1930/two.jpg"):
        shutil.copy(ROOT / "examples" / "cat.jpg", tmp_path / name)
    grey = ["-f", "lavfi", "-i", "testsrc2=s=64x48,hue=s=0", "-frames:v", "6", tmp_path / "old.mp4"]
    subprocess.run(["ffmpeg", "-v", "error", *grey], check=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = f"set -e\n{COMMANDS[1]}"
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    made = ("old.color.jpg", "colored/one.jpg", "colored/1930/two.jpg", "new.mp4")
    assert [name for name in made if not (tmp_path / name).exists()] == []


def test_the_python_of_the_readme(tmp_path: Path) -> None:
    """As it stands, behind the two things that are the reader's own."""
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    shutil.copy(ROOT / "examples" / "cat.jpg", tmp_path / "old.jpg")
    grey = ["-f", "lavfi", "-i", "testsrc2=s=64x48,hue=s=0", "-frames:v", "6", tmp_path / "old.mp4"]
    subprocess.run(["ffmpeg", "-v", "error", *grey], check=True)
    own = "import cv2\narray, old = cv2.imread('old.jpg', 0), open('old.jpg', 'rb').read()\n"
    said = "\nprint(rgb.shape == (*array.shape, 3), new[:2] == old[:2])"
    done = subprocess.run(
        [sys.executable, "-c", own + code + said], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.stdout == "True True\n", done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"old.jpg", "old.mp4", "new.png", "new.mp4"}


def test_every_example_has_its_licence() -> None:
    table = (ROOT / "examples" / "README.md").read_text("utf-8")
    for path in (ROOT / "examples").glob("*.jpg"):
        assert re.search(rf"^\| {re.escape(path.name)} \|.*(public domain|CC)", table, re.MULTILINE)


def test_the_options_of_colorize_in_the_readme_exist() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "colorcli", "colorize", "--help-all"],
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
    )
    tasks = README[README.index("## By task") : README.index("## Exit codes")]
    named = set(re.findall(r"`(--[a-z-]+)", tasks))
    assert len(named) > 15
    assert {name for name in named if name not in done.stdout} == set()


def test_the_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z0-9_]+\.py)`", text))
    there = {path.relative_to(ROOT).as_posix() for path in (ROOT / "colorcli").rglob("*.py")}
    assert len(named) > 30
    assert {name for name in named if not any(path.endswith(f"/{name}") for path in there)} == set()


def test_the_recipe_of_guided_colour_mends_the_example(tmp_path: Path) -> None:
    """Her suit is orange then, and her face as it was."""
    text = (ROOT / "docs" / "guided.md").read_text("utf-8")
    before, after, _ = re.findall(r"^    (\w+ .*(?:\n      .*)*)", text, re.MULTILINE)[:3]
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in (before, after):
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=os.environ | {"PATH": path})
        assert done.returncode == 0
    old, new = (cv2.imread(str(tmp_path / name)).astype(int) for name in ("before.jpg", "after.jpg"))
    suit, face = (slice(310, 340), slice(90, 120)), (slice(125, 145), slice(160, 185))
    (blue_before, green_before, _), (blue, green, red) = old[suit].mean((0, 1)), new[suit].mean((0, 1))
    assert blue_before > green_before - 15  # a red, if it is not grey
    assert red > 1.7 * green and green > 1.7 * blue
    assert np.abs(new - old)[face].mean() < np.abs(new - old)[suit].mean() / 3
