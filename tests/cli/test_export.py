"""`colorcli export` as a user runs it."""

import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from training.runs import make_run

from colorcli.inference.model import Model
from colorcli.training.run_folder.checkpoint import BEST_NAME, WEIGHTS_NAME

from .helpers import COLORCLI, Run, is_coloured, temporary_files

FULL_DISK = 20_000  # bytes that a file may grow to


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """run/, of a network that is slow enough to be interrupted."""
    make_run(tmp_path / "run", "baseline", "regression", width=0.5)
    return tmp_path / "run"


def test_export_is_quiet_and_what_it_writes_colours(run: Run, run_folder: Path, photo: Path) -> None:
    truth = run_folder.parent / "photographs"
    truth.mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8, 3), np.uint8)
    cv2.imwrite(str(truth / "one.png"), cv2.resize(pixels, (64, 64)))
    done = run(
        "export", run_folder, "-o", "mine.onnx", "--evaluate", truth, settings={"KERAS_BACKEND": "jax"}
    )
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode()
    assert "mine.onnx" in said and "WARNING" not in said and "oneDNN" not in said and "tf2onnx" not in said
    assert "mine" in done.stdout.decode() and "PSNR" in done.stdout.decode()
    assert run("colorize", photo, "--model", "mine.onnx").returncode == 0
    assert is_coloured(photo.with_name("old.color.jpg"))


def test_missing_extra_is_named(run_folder: Path) -> None:
    without = "import sys; sys.modules['tensorflow'] = None; from colorcli.cli.main import run; run()"
    command = [sys.executable, "-c", without, "export", run_folder, "-o", run_folder / "model.onnx"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    assert done.returncode == 5
    assert "pip install 'colorcli[train]'" in done.stderr.decode()


def test_interrupted_export_leaves_no_file(run_folder: Path) -> None:
    target = run_folder.parent / "model.onnx"
    process = subprocess.Popen([COLORCLI, "export", run_folder, "-o", target], stderr=subprocess.PIPE)
    while process.poll() is None and not temporary_files(run_folder.parent):
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert not target.exists() and not temporary_files(run_folder.parent)


def test_full_disk_leaves_no_file(run_folder: Path) -> None:
    target = run_folder.parent / "model.onnx"
    done = subprocess.run(
        [COLORCLI, "export", run_folder, "-o", target],
        capture_output=True,
        timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FULL_DISK, FULL_DISK)),
    )
    assert done.returncode == 4, done.stderr
    assert f"{target}: it could not be written" in done.stderr.decode()
    assert not target.exists() and not temporary_files(run_folder.parent)


def test_a_name_without_onnx_is_refused(run: Run, run_folder: Path) -> None:
    done = run("export", run_folder, "-o", "noext")
    assert done.returncode == 2
    assert "noext does not end in .onnx" in done.stderr.decode()
    assert "-o noext.onnx" in done.stderr.decode()
    assert not (run_folder.parent / "noext").exists()


def test_a_model_is_called_as_its_file(run: Run, run_folder: Path) -> None:
    assert run("export", run_folder, "-o", "harbour.onnx").returncode == 0
    assert Model.open(run_folder.parent / "harbour.onnx", "cpu").spec.name == "harbour"


def test_the_best_weights_are_exported(run: Run, run_folder: Path) -> None:
    none = run("export", run_folder, "-o", "best.onnx", "--weights", "best")
    assert none.returncode == 2
    assert "holds no best weights" in none.stderr.decode()
    (run_folder / WEIGHTS_NAME).rename(run_folder / BEST_NAME)
    assert run("export", run_folder, "-o", "best.onnx", "--weights", "best").returncode == 0
