"""Whole runs of a few steps: what they leave behind, and that interruptions change nothing."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from colorcli.errors import ModelError, UsageError
from colorcli.training.checkpoint import CHECKPOINT_NAME, WEIGHTS_NAME
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.history import read_history
from colorcli.training.pace import Progress
from colorcli.training.trainer import Listener, Run, resume, start

from .helpers import colourful, largest_file, small, write, write_photographs

PLAIN = NetworkConfig("baseline", "regression", width=0.05, encoder="none")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty photographs, sixteen to learn from."""
    folder = write_photographs(tmp_path_factory.mktemp("source") / "photos")
    write(folder / "dog" / "grey.png", colourful(1)[..., 0])
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def whole(photographs: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted run of three epochs."""
    folder = tmp_path_factory.mktemp("runs") / "whole"
    assert start(small(photographs, epochs=3), folder, cache).go_on(Listener())
    return folder


def arrays(path: Path) -> dict[str, np.ndarray]:
    with np.load(path) as file:
        return {name: file[name] for name in file if name != "position"}


def equal(first: Path, second: Path) -> bool:
    one, two = arrays(first), arrays(second)
    return one.keys() == two.keys() and all(np.array_equal(one[name], two[name]) for name in one)


def interrupting(step: int) -> Listener:
    """Presses Ctrl-C after so many steps."""

    def press(progress: Progress) -> None:
        if progress.step == step:
            os.kill(os.getpid(), signal.SIGINT)

    return Listener(on_progress=press)


def test_what_a_run_leaves_behind(whole: Path) -> None:
    history = read_history(whole)
    batches = TrainConfig.load(whole).photographs // 4
    assert [epoch.epoch for epoch in history] == [1, 2, 3]
    assert [epoch.step for epoch in history] == [batches, 2 * batches, 3 * batches]
    assert all(np.isfinite([epoch.loss, epoch.validation_loss, epoch.psnr]).all() for epoch in history)
    assert "grey.png,grey" in (whole / "skipped.csv").read_text()
    assert list((whole / "tensorboard").glob("events.*"))
    assert cv2.imread(str(whole / "curves.png")) is not None
    sheet = cv2.imread(str(whole / "samples" / "epoch-3.png")).astype(int)
    grey, predicted, truth = (sheet[:32, left : left + 32] for left in (0, 36, 72))
    assert np.ptp(grey, axis=-1).max() <= 2
    assert np.ptp(truth, axis=-1).max() > 60
    assert not np.array_equal(grey, predicted)


def test_it_learns(whole: Path) -> None:
    history = read_history(whole)
    assert history[-1].loss < history[0].loss


@pytest.mark.parametrize("stop_after", ["within an epoch", "at an epoch's border"])
def test_an_interrupted_run_ends_as_if_nothing_had_been(
    stop_after: str, whole: Path, photographs: Path, cache: Path, tmp_path: Path
) -> None:
    batches = TrainConfig.load(whole).photographs // 4
    step = 2 * batches - (stop_after == "within an epoch")
    assert not start(small(photographs, epochs=3), tmp_path / "run", cache).go_on(interrupting(step))
    assert resume(tmp_path / "run", cache).go_on(Listener())
    assert equal(tmp_path / "run" / CHECKPOINT_NAME, whole / CHECKPOINT_NAME)
    assert equal(tmp_path / "run" / WEIGHTS_NAME, whole / WEIGHTS_NAME)
    losses = [epoch.loss for epoch in read_history(tmp_path / "run")]
    assert np.allclose(losses, [epoch.loss for epoch in read_history(whole)], rtol=1e-5)


def test_a_run_killed_before_its_first_checkpoint_starts_again(
    photographs: Path, cache: Path, tmp_path: Path
) -> None:
    first = start(small(photographs), tmp_path / "run", cache)
    (tmp_path / "run" / ".colorcli-0123.part").write_bytes(b"half a checkpoint")
    again = resume(tmp_path / "run", cache)
    assert again.position == first.position
    for one, other in zip(first.learner.variables, again.learner.variables, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))
    assert not list((tmp_path / "run").glob(".colorcli-*"))


def test_minutes_bound_a_run_and_resume_adds_some(photographs: Path, cache: Path, tmp_path: Path) -> None:
    config = small(photographs, epochs=None, minutes=0.02, learning_rate=1e-3)
    run = start(config, tmp_path / "run", cache)
    rates: list[float] = []
    assert run.go_on(Listener(on_progress=lambda progress: rates.append(progress.rate)))
    assert run.position.seconds >= 1.2
    assert rates[-1] < 1e-9  # the schedule has come to its end as well
    again = resume(tmp_path / "run", cache, minutes=0.03)
    assert again.config.minutes == pytest.approx(0.05)
    assert again.position == run.position
    assert again.go_on(Listener())
    assert again.position.seconds >= 3.0
    with pytest.raises(UsageError, match="runs for 2 epochs"):
        resume_of_epochs(photographs, cache, tmp_path / "epochs")


def resume_of_epochs(photographs: Path, cache: Path, folder: Path) -> Run:
    folder.mkdir()
    small(photographs, epochs=2).save(folder)
    return resume(folder, cache, minutes=1)


def test_a_full_disk_leaves_the_last_checkpoint_whole(
    whole: Path, photographs: Path, cache: Path, tmp_path: Path
) -> None:
    run = start(small(photographs, epochs=3), tmp_path / "run", cache)
    run.go_on(interrupting(1))
    with largest_file(20_000), pytest.raises(ModelError, match="could not be written"):
        run.go_on(Listener())
    assert not list((tmp_path / "run").glob(".colorcli-*"))
    assert resume(tmp_path / "run", cache).go_on(Listener())
    assert equal(tmp_path / "run" / WEIGHTS_NAME, whole / WEIGHTS_NAME)


def test_a_loss_that_is_no_number_stops_the_run(photographs: Path, cache: Path, tmp_path: Path) -> None:
    config = small(photographs, learning_rate=1e30, clip=0.0, warmup=0, ema=0.0)
    with pytest.raises(ModelError, match="the loss became") as caught:
        start(config, tmp_path / "run", cache).go_on(Listener())
    assert "--learning-rate" in caught.value.hint
    assert not (tmp_path / "run" / CHECKPOINT_NAME).exists()


def test_a_run_starts_from_another_one(whole: Path, photographs: Path, cache: Path, tmp_path: Path) -> None:
    theirs = TrainConfig.load(whole).network
    config = small(photographs, epochs=1, start=str(whole), network=theirs, learning_rate=0.0)
    run = start(config, tmp_path / "run", cache)
    assert run.go_on(Listener())
    averaged, before = arrays(tmp_path / "run" / WEIGHTS_NAME), arrays(whole / WEIGHTS_NAME)
    names = [
        f"network/{index}" for index, weight in enumerate(run.learner.network.weights) if weight.trainable
    ]
    assert all(np.allclose(averaged[name], before[name], atol=1e-6) for name in names)


def test_a_run_of_another_design_is_no_start(
    whole: Path, photographs: Path, cache: Path, tmp_path: Path
) -> None:
    theirs = TrainConfig.load(whole).network
    config = small(photographs, start=str(whole), network=replace(theirs, width=0.1))
    with pytest.raises(UsageError, match=r"has the width 0\.05, not 0\.1"):
        start(config, tmp_path / "run", cache)
    config = small(photographs, start=str(whole), network=replace(theirs, objective="regression"))
    with pytest.raises(UsageError, match="is of another network"):
        start(config, tmp_path / "run", cache)
    assert not (tmp_path / "run").exists()


def test_folders_that_are_no_place_for_a_run(
    whole: Path, photographs: Path, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="is not an empty folder"):
        start(small(photographs), whole, cache)
    with pytest.raises(UsageError, match="is not a training run"):
        resume(tmp_path, cache)


def test_one_photograph_is_enough_to_learn_from(cache: Path, tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "one", 1)
    run = start(small(folder, validation=0.0, epochs=1, network=PLAIN), tmp_path / "run", cache)
    assert run.go_on(Listener())
    assert run.judgement() is None
    assert (tmp_path / "run" / "samples" / "epoch-1.png").exists()


def test_figures_by_category(whole: Path, cache: Path) -> None:
    judgement = resume(whole, cache).judgement()
    assert judgement
    table = judgement.by_category()
    assert list(table) == ["cat", "dog", "all"]
    assert table["all"][0] == table["cat"][0] + table["dog"][0]
    assert table["all"][1].true_colourfulness > 10
    assert judgement.overall() == table["all"][1]
