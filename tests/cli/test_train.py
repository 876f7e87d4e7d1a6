"""`colorcli train` as a user runs it: options, what is shown and left behind, kills and Ctrl-C."""

import io
import os
import pickle
import re
import signal
import subprocess
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from colorcli.cli.main import app
from colorcli.errors import ColorcliError, PhotoError, UsageError
from colorcli.training.config import Damage, TrainConfig
from colorcli.training.run_folder.checkpoint import CHECKPOINT_NAME
from colorcli.training.run_folder.history import read_history
from colorcli.training.useless_options import refuse_useless_options

from .helpers import COLORCLI

PROBE = ("--crop=32", "--batch-size=4", "--width=0.05", "--precision=float32", "--encoder=tiny")
UNTAUGHT = "--encoder-weights=none"

# The program on a machine where some packages are not installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Poorer(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {missing!r} else super().find_spec(name, path, target)

sys.meta_path = [Poorer if finder is PathFinder else finder for finder in sys.meta_path]
from colorcli.cli.main import run
run()
"""

# The program, but CIFAR is downloaded from elsewhere.
FROM_ELSEWHERE = """
from colorcli.training.data import cifar
cifar.ORIGIN = {origin!r}
from colorcli.cli.main import run
run()
"""


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten photographs of soft patches of any colour, and one that is no photograph."""
    folder = tmp_path_factory.mktemp("source") / "photos"
    for number in range(10):
        path = folder / ("cat" if number % 2 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        patches = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
        assert cv2.imwrite(str(path), cv2.resize(patches, (40, 40)))
    (folder / "dog" / "broken.png").write_bytes(b"no photograph")
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "colorcli"


def train(*arguments: str | Path) -> Result:
    """The command, in this process."""
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def error_of(*arguments: str | Path) -> ColorcliError:
    """What the program would tell and exit with."""
    error = train(*arguments).exception
    assert isinstance(error, ColorcliError)
    return error


def launch(*arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [COLORCLI, "train", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def without(
    missing: list[str], *arguments: str | Path, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing), "train", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_every_option_becomes_a_field(photographs: Path, tmp_path: Path) -> None:
    asked = [
        *("--epochs=1", "--learning-rate=0", "--warmup=3", "--ema=0", "--clip=2", "--seed=7"),
        *("--validation=0.3", "--category=dog", "--no-flip", "--no-noise", "--no-jpeg", "--scale=0.8"),
        *("--checkpoint-minutes=5", "--rebalance=0.25", "--schedule=constant", "--limit=9", "--workers=3"),
        *("--sample-minutes=4", "--patience=6"),
        *("--no-features", "--variants=3", "--features-limit=2.5"),
    ]
    result = train(photographs, "--out", tmp_path / "run", *PROBE, UNTAUGHT, *asked)
    assert result.exit_code == 0, result.exception
    config = TrainConfig.load(tmp_path / "run")
    assert config.network.palette
    assert config == TrainConfig(
        sources=(str(photographs),),
        network=replace(
            config.network,
            architecture="inception-unet",
            objective="classification",
            width=0.05,
            encoder="tiny",
            rebalance=0.25,
        ),
        categories=("dog",),
        encoder_weights="none",
        features=False,
        variants=3,
        features_limit=2.5,
        crop=32,
        batch_size=4,
        epochs=1,
        learning_rate=0.0,
        warmup=3,
        ema=0.0,
        clip=2.0,
        precision="float32",
        seed=7,
        validation=0.3,
        flip=False,
        scale=0.8,
        damage=Damage(noise=False, jpeg=False),
        checkpoint_minutes=5.0,
        sample_minutes=4.0,
        patience=6,
        schedule="constant",
        limit=9,
        workers=3,
        photographs=config.photographs,
    )


def test_recipes_are_a_ladder() -> None:
    from colorcli.training.recipes import defaults

    bare, general, final = (defaults(name) for name in ("baseline", "general", "final"))
    assert (bare.network.architecture, bare.network.objective, bare.network.loss) == (
        "baseline",
        "regression",
        "mse",
    )
    assert (bare.learning_rate, bare.flip, bare.ema, bare.damage.noise) == (3e-4, False, 0.0, False)
    assert (general.network, general.flip, general.damage) == (bare.network, True, Damage())
    assert (final.network.architecture, final.network.objective) == ("inception-unet", "classification")
    assert defaults("final", "fusion").network.encoder == "inception-resnet-v2"


@pytest.mark.parametrize(
    ("name", "design"),
    [
        ("plain", ("baseline", "regression", "mse", "none", 128, 3e-4)),
        ("histogram", ("histogram", "histogram", "huber", "none", 224, 1e-3)),
        ("unet", ("unet", "regression", "l1", "none", 256, 1e-3)),
        ("fusion", ("fusion", "regression", "mse", "inception-resnet-v2", 224, 1e-3)),
        ("gan", ("unet", "gan", "l1", "none", 256, 1e-3)),
    ],
)
def test_what_others_trained_has_a_name(name: str, design: tuple[object, ...]) -> None:
    from colorcli.training.recipes import defaults

    config = defaults(name)
    network = config.network
    built = (network.architecture, network.objective, network.loss, network.encoder)
    assert (*built, config.crop, config.learning_rate) == design
    assert (config.schedule, config.ema, config.warmup) == ("constant", 0.0, 0)
    assert network.decoder == ("regression" if name == "gan" else network.objective)
    refuse_useless_options(config, {"crop"})


@pytest.mark.parametrize(
    "arguments",
    [
        ("--architecture=unet", "--encoder=inception-v3"),
        ("--architecture=unet", "--encoder-weights=none"),
        ("--architecture=unet", "--temperature=0.2"),
        ("--cost=emd",),
        ("--loss=l1",),
        ("--feature-weight=2",),
        ("--objective=regression", "--rebalance=0.1"),
        ("--objective=gan", "--decoded=0.1"),
        ("--architecture=unet", "--unfreeze=mixed99"),
        ("--encoder-weights=none", "--unfreeze=mixed3"),
        ("--encoder-rate=0.1",),
    ],
)
def test_options_without_effect_are_refused(
    arguments: tuple[str, ...], photographs: Path, tmp_path: Path
) -> None:
    error = error_of(photographs, "--out", tmp_path / "run", *arguments)
    assert isinstance(error, UsageError)
    assert error.message == f"{arguments[-1].partition('=')[0]} has no effect here"


def test_a_run_that_starts_from_another_learns_as_that_did(photographs: Path, tmp_path: Path) -> None:
    first = ("--crop=32", "--batch-size=4", "--width=0.05", "--architecture=baseline", "--no-flip")
    made = (*first, "--learning-rate=0.002", "--validation=4", "--ema=0.5", "--epochs=1", "--seed=3")
    assert train(photographs, "--out", tmp_path / "first", *made).exit_code == 0
    asked = ("--start", tmp_path / "first", "--epochs=2", "--ema=0.25")
    result = train(photographs, "--out", tmp_path / "second", *asked)
    assert result.exit_code == 0, result.exception
    theirs, ours = (TrainConfig.load(tmp_path / name) for name in ("first", "second"))
    assert (theirs.crop, theirs.learning_rate, theirs.validation, theirs.flip) == (32, 0.002, 4, False)
    assert ours == replace(theirs, epochs=2, ema=0.25, seed=0, start=str(tmp_path / "first"))


def test_small_photographs_are_told_of(photographs: Path, tmp_path: Path) -> None:
    asked = ("--architecture=baseline", "--width=0.05", "--crop=64", "--epochs=1")
    process = launch(photographs, "--out", tmp_path / "run", *asked)
    told = process.communicate(timeout=300)[1]
    assert process.returncode == 0, told
    assert "at most 40 pixels, enlarged to crops of 64" in told


def test_options_that_do_not_fit_together(photographs: Path, tmp_path: Path) -> None:
    out = ("--out", tmp_path / "run")
    for arguments, message in (
        ((photographs,), "give SOURCE"),
        (out, "give SOURCE"),
        ((photographs, *out, "--epochs", "1", "--minutes", "1"), "both bound the run"),
        (("--resume", tmp_path, "--crop", "32", "--seed", "1"), "without crop, seed"),
        ((photographs, *out, "--architecture", "resnet"), "there is no architecture resnet"),
        ((photographs, *out, *PROBE, UNTAUGHT, "--objective", "luck"), "there is no objective luck"),
        ((photographs, *out, *PROBE, "--encoder-weights=nowhere.npz"), "nowhere.npz are not a file"),
        ((photographs, *out, *PROBE, "--encoder-weights=w.npz", "--unfreeze", "mixed7"), "no block mixed7"),
        ((photographs, *out, "--encoder", "vgg"), "there is no encoder vgg"),
        ((photographs, *out, "--encoder", "none"), "inception-unet cannot do without an encoder"),
        ((photographs, *out, "--category", "cat,coats"), "is of the category coats"),
        ((photographs, *out, "--validation", "nowhere"), "neither a number nor a file"),
        ((photographs, *out, "--start", tmp_path, "--recipe", "unet"), "has a recipe already"),
        (("nowhere", *out), "nowhere is not a source"),
        (("--resume", tmp_path), "is not a training run"),
    ):
        error = error_of(*arguments)
        assert isinstance(error, UsageError)
        assert message in error.message
    assert not (tmp_path / "run").exists()


def test_photographs_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    error = error_of(tmp_path / "photos", "--out", tmp_path / "run", *PROBE, UNTAUGHT)
    assert isinstance(error, PhotoError)
    assert "no photograph to learn from" in error.message
    (tmp_path / "photos" / "broken.png").write_bytes(b"no photograph")
    assert "1 broken" in error_of(tmp_path / "photos", "--out", tmp_path / "run", *PROBE, UNTAUGHT).hint


def test_weights_that_do_not_fit_the_encoder(photographs: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "weights.npz", nothing=np.zeros(3))
    error = error_of(
        photographs, "--out", tmp_path / "run", *PROBE, f"--encoder-weights={tmp_path / 'weights.npz'}"
    )
    assert str(tmp_path / "weights.npz") in error.message
    assert error.exit_code in {2, 4}


def test_killed_at_any_moment_it_goes_on_from_the_last_checkpoint(
    photographs: Path, cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    checkpoint = folder / CHECKPOINT_NAME
    process = launch(
        photographs, "--out", folder, *PROBE, UNTAUGHT, "--minutes", "60", "--checkpoint-minutes", "0"
    )  # a checkpoint after every batch: the kill falls into the writing of one, more often than not
    await_change(checkpoint, process, times=5)
    process.kill()
    process.communicate()
    before = TrainConfig.load(folder)
    with np.load(checkpoint) as arrays:
        assert all(np.isfinite(arrays[name]).all() for name in arrays if name.startswith("model/"))
    process = launch("--resume", folder)
    await_change(checkpoint, process, times=1)
    process.send_signal(signal.SIGINT)
    output, told = process.communicate(timeout=120)
    assert process.returncode == 130
    assert f"go on with: colorcli train --resume {folder} --cache {cache}" in told
    assert "Traceback" not in told
    assert output == ""
    assert TrainConfig.load(folder) == before
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def await_change(path: Path, process: "subprocess.Popen[str]", times: int) -> None:
    """Return when the file has been replaced so many times."""
    seen = {_identity(path)}
    deadline = time.monotonic() + 240
    while len(seen) <= times:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.02)
        seen.add(_identity(path))


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def test_on_jax_without_tensorflow(photographs: Path, tmp_path: Path) -> None:
    """The whole command, with the table at the end; nothing but its own words is shown."""
    result = without(
        ["tensorflow"],
        photographs,
        "--out",
        tmp_path / "run",
        *PROBE,
        UNTAUGHT,
        "--epochs=2",
        "--validation=0.4",
        "--warmup=0",
        "--learning-rate=0.01",
        "--batch-size=1",
        KERAS_BACKEND="jax",
    )
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[1].split()[:3] == ["category", "photographs", "PSNR"]
    assert [line.split()[0] for line in lines[2:]] in (["cat"], ["dog"], ["cat", "dog", "all"])
    told = [line for line in result.stderr.splitlines() if "photographs/s" not in line]
    assert told[0] == "10 photographs; skipped: 1 broken"
    assert re.fullmatch(r"computing on the processor, \d+ cores, in float32", told[1])
    assert [line.split(":")[0] for line in told[2:4]] == ["epoch 1", "epoch 2"]
    assert all(line.endswith("(the best so far)") for line in told[2:4])
    assert told[4].startswith("finished")
    assert len(told) == 5
    first, second = read_history(tmp_path / "run")
    assert second.validation_loss < first.validation_loss
    assert list((tmp_path / "run" / "tensorboard").glob("events.*"))


def test_a_missing_extra_is_named(photographs: Path, tmp_path: Path) -> None:
    result = without(["tensorflow", "matplotlib"], photographs, "--out", tmp_path / "run")
    assert result.returncode == 5
    assert "tensorflow, matplotlib is not installed" in result.stderr
    assert "pip install 'colorcli[train]'" in result.stderr
    assert not (tmp_path / "run").exists()


def train_on_cifar(place: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """The command, where the world's CIFAR lies in the folder `place`."""
    return subprocess.run(
        [sys.executable, "-c", FROM_ELSEWHERE.format(origin=f"file://{place}/{{}}"), "train", *arguments],
        env=os.environ | {"KERAS_HOME": str(place / "keras")},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_cifar_is_downloaded_without_a_word_on_stdout(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "cifar-10-python.tar.gz", "w:gz") as tar:
        for number, name in enumerate(("data_batch_1", "test_batch")):
            data = np.random.default_rng(number).integers(0, 256, (6, 3072), dtype=np.uint8)
            content = pickle.dumps({b"data": data, b"labels": [1, 8, 1, 1, 1, 8]}, protocol=2)
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    asked = ("--architecture=baseline", "--width=0.05", "--crop=32", "--epochs=1", "--validation=2")
    result = train_on_cifar(tmp_path, "cifar10:car", "--out", tmp_path / "run", *asked)
    assert result.returncode == 0, result.stderr
    assert "Downloading" in result.stderr
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "validation",
        "category",
        "automobile",
    ]
    assert TrainConfig.load(tmp_path / "run").photographs == 6


def test_cifar_without_a_network_says_what_to_give(tmp_path: Path) -> None:
    result = train_on_cifar(tmp_path / "nowhere", "cifar10", "--out", tmp_path / "run")
    assert result.returncode == 5
    assert "cifar10 could not be downloaded" in result.stderr
    assert "Give the path of cifar-10-python.tar.gz, or of cifar-10-batches-py in it" in result.stderr


def test_imagenet_without_a_network_says_what_to_give(photographs: Path, tmp_path: Path) -> None:
    nowhere = {"https_proxy": "http://127.0.0.1:9", "KERAS_HOME": str(tmp_path / "keras")}
    command = [COLORCLI, "train", photographs, "--out", tmp_path / "run", "--encoder-weights=imagenet"]
    result = subprocess.run(command, env=os.environ | nowhere, capture_output=True, text=True)
    assert result.returncode == 5
    assert "could not be downloaded" in result.stderr
    assert "--encoder-weights colorcli" in result.stderr
