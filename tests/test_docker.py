"""The Dockerfile: linted; its steps run in a new virtual environment, all of it where docker can run."""

import os
import re
import shutil
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "Dockerfile").read_text("utf-8")


def steps(stage: str) -> list[str]:
    """The commands of the RUN lines of a stage."""
    begun = re.search(rf"^FROM \S+ AS {stage}\n(.*?)(?=^FROM |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert begun
    return re.findall(r"^RUN ((?:.*\\\n)*.*)", begun[1], re.MULTILINE)


def docker_runs() -> bool:
    return (
        bool(shutil.which("docker"))
        and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    )


def copied() -> list[str]:
    """The files that .dockerignore lets in."""
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line[0] == "!"]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split() if any(fnmatch(name, f"{one}*") for one in kept)]


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint comes for Linux")
def test_the_linter_has_nothing_to_say() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("hadolint"), ROOT / "Dockerfile"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_the_steps_install_a_colorcli_that_works(tmp_path: Path) -> None:
    """Those of the CPU image, from no more files than docker would see."""
    for name in copied():
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "src" / name)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    path = os.environ | {"PATH": f"{tmp_path / 'env' / 'bin'}:{os.environ['PATH']}"}
    commands = [*steps("cpu"), "colorcli doctor", f"colorcli colorize {ROOT}/examples/cat.jpg -o cat.png"]
    for command in commands:
        done = subprocess.run(
            ["sh", "-c", command.replace("/src", str(tmp_path / "src"))],
            cwd=tmp_path,
            env=path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert (tmp_path / "cat.png").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.skipif(not docker_runs(), reason="docker does not run here")
@pytest.mark.parametrize("stage", ["cpu", "cuda"])
def test_the_image_builds_and_colours(stage: str, tmp_path: Path) -> None:
    built = subprocess.run(
        ["docker", "build", "--target", stage, "-t", f"colorcli-test:{stage}", ROOT], capture_output=True
    )
    assert built.returncode == 0, built.stderr
    shutil.copy(ROOT / "examples" / "cat.jpg", tmp_path)
    command = ["docker", "run", "--rm", "-v", f"{tmp_path}:/photos", f"colorcli-test:{stage}"]
    assert subprocess.run([*command, "colorize", "cat.jpg"]).returncode == 0
    assert (tmp_path / "cat.color.jpg").exists()
