"""Whole runs of a few steps: what they leave behind, and that interruptions change nothing."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from colorcli.errors import ModelError, UsageError
from colorcli.training.colorization import build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.fit_callback import Progress
from colorcli.training.run_folder.checkpoint import BEST_NAME, CHECKPOINT_NAME, WEIGHTS_NAME, load_weights
from colorcli.training.run_folder.history import Epoch, read_history
from colorcli.training.run_log import RunLog
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
    (sheet,) = (whole / "samples").iterdir()
    assert sheet.name == f"step-{3 * batches:07}.jpg"
    assert f'src="samples/{sheet.name}"' in (whole / "index.html").read_text()
    sheet = cv2.imread(str(sheet)).astype(int)
    grey, predicted, truth = (sheet[:32, left : left + 32] for left in (0, 36, 72))
    assert np.ptp(grey[:, :24], axis=-1).max() <= 4  # JPEG carries some colour over from beside it
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
    assert equal(tmp_path / "run" / BEST_NAME, whole / BEST_NAME)
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


@pytest.mark.parametrize("encoder_weights", ["none", "imagenet"])
def test_a_run_starts_from_another_one(
    whole: Path, photographs: Path, cache: Path, tmp_path: Path, encoder_weights: str
) -> None:
    """Before it learns it answers as that one's averaged weights do; no others are asked for or let loose."""
    theirs = TrainConfig.load(whole).network
    config = small(photographs, start=str(whole), network=theirs, encoder_weights=encoder_weights)
    run = start(config, tmp_path / "run", cache)
    assert run.learner.encoder.trainable_weights == []
    before = build(theirs)
    load_weights(whole, before.network)
    lightness = np.random.default_rng(4).uniform(0, 100, (2, 32, 32, 1)).astype(np.float32)
    difference = np.abs(np.asarray(run.learner.colour(lightness)) - np.asarray(before.colour(lightness)))
    assert difference.max() < 1e-3


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
    assert run.validation() is None
    assert (tmp_path / "run" / "samples" / "step-0000001.jpg").exists()
    assert (tmp_path / "run" / "validation.txt").read_text() == ""


def test_figures_by_category(whole: Path, cache: Path) -> None:
    validation = resume(whole, cache).validation()
    assert validation
    table = validation.by_category()
    assert list(table) == ["cat", "dog", "all"]
    assert table["all"][0] == table["cat"][0] + table["dog"][0]
    assert table["all"][1].true_colourfulness > 10
    assert validation.overall() == table["all"][1]


def best_epoch(run: Path) -> Epoch:
    return min(read_history(run), key=lambda epoch: epoch.validation_loss)


def getting_worse(source: Path, **changes: object) -> TrainConfig:
    """A run that is at its best early: its rate is far too high and never falls."""
    settings = {"network": PLAIN, "learning_rate": 1.0, "clip": 0.0, "ema": 0.0, "epochs": 6, "warmup": 0}
    return small(source, **(settings | {"schedule": "constant"} | changes))


def test_the_best_weights_are_kept_beside_the_last(photographs: Path, cache: Path, tmp_path: Path) -> None:
    run = start(getting_worse(photographs), tmp_path / "run", cache)
    assert run.go_on(Listener())
    best = best_epoch(tmp_path / "run")
    assert best.epoch < 6
    assert run.has_better
    assert (run.position.best_step, run.position.best_loss) == (
        best.step,
        pytest.approx(best.validation_loss),
    )
    load_weights(tmp_path / "run", run.learner.network, BEST_NAME)
    validation = run.validator.validate(run.learner)
    assert validation
    assert validation.loss == pytest.approx(best.validation_loss, rel=1e-4)


def test_killed_before_the_best_weights_were_written(photographs: Path, cache: Path, tmp_path: Path) -> None:
    """The checkpoint knows that they were its own."""
    run = start(small(photographs, epochs=1), tmp_path / "run", cache)
    run.go_on(Listener())
    assert run.position.is_best
    (tmp_path / "run" / BEST_NAME).unlink()
    resume(tmp_path / "run", cache)
    assert equal(tmp_path / "run" / BEST_NAME, tmp_path / "run" / WEIGHTS_NAME)


def test_a_run_that_no_longer_improves_ends_early(photographs: Path, cache: Path, tmp_path: Path) -> None:
    config = getting_worse(photographs, epochs=60, patience=2)
    assert start(config, tmp_path / "run", cache).go_on(Listener())
    history = read_history(tmp_path / "run")
    assert len(history) == best_epoch(tmp_path / "run").epoch + 2 < 60
    again = resume(tmp_path / "run", cache, epochs=1)
    assert not again.finished
    assert again.config.epochs == 61
    with pytest.raises(UsageError, match="nothing is held back"):
        start(getting_worse(photographs, patience=2, validation=0.0), tmp_path / "blind", cache)


def test_a_constant_rate(photographs: Path, cache: Path, tmp_path: Path) -> None:
    rates: list[float] = []
    config = small(photographs, schedule="constant", warmup=2)
    start(config, tmp_path / "run", cache).go_on(Listener(on_progress=lambda told: rates.append(told.rate)))
    assert rates[1:] == [config.learning_rate] * (len(rates) - 1)


def test_samples_are_made_on_the_way(photographs: Path, cache: Path, tmp_path: Path) -> None:
    """And those that a resumed run will make again are forgotten."""
    run = start(small(photographs, sample_minutes=1e-6), tmp_path / "run", cache)
    assert run.go_on(Listener())
    steps = [f"step-{step:07}.jpg" for step in range(1, run.position.step + 1)]
    assert sorted(path.name for path in (tmp_path / "run" / "samples").iterdir()) == steps
    page = (tmp_path / "run" / "index.html").read_text()
    assert [page.index(step) for step in steps] == sorted((page.index(step) for step in steps), reverse=True)
    RunLog(tmp_path / "run", step=2)
    assert len(list((tmp_path / "run" / "samples").iterdir())) == 2


def test_relative_names_hold_from_another_folder(
    photographs: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photographs.parent)
    start(small(Path(photographs.name)), tmp_path / "run", cache)
    monkeypatch.chdir(tmp_path)
    assert resume(tmp_path / "run", cache).config.sources == (str(photographs),)


def test_epochs_are_added_to_a_run(whole: Path, photographs: Path, cache: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "run")
    run = resume(tmp_path / "run", cache, epochs=2)
    assert run.go_on(Listener())
    assert [epoch.epoch for epoch in read_history(tmp_path / "run")] == [1, 2, 3, 4, 5]


def names(path: Path) -> set[str]:
    return set(path.read_text().splitlines())


def test_nothing_learnt_is_judged_by(whole: Path, photographs: Path, cache: Path, tmp_path: Path) -> None:
    """A larger share than the first run's holds back no more than that did, in two generations."""
    held, learnt = names(whole / "validation.txt"), names(whole / "learnt.txt")
    assert held and learnt and not held & learnt
    theirs = TrainConfig.load(whole).network
    config = small(photographs, epochs=1, start=str(whole), network=theirs, validation=0.7)
    start(config, tmp_path / "second", cache).save()
    assert names(tmp_path / "second" / "validation.txt") == held
    start(replace(config, start=str(tmp_path / "second"), validation=12), tmp_path / "third", cache)
    assert not names(tmp_path / "third" / "validation.txt") & learnt


def test_a_folder_to_judge_by(photographs: Path, cache: Path, tmp_path: Path) -> None:
    """Of its own; or one inside a source, which then does not learn from it."""
    own = write_photographs(tmp_path / "own", 3)
    run = start(small(photographs, validation=str(own)), tmp_path / "first", cache)
    assert names(tmp_path / "first" / "validation.txt") == {"cat/01.png", "dog/00.png", "dog/02.png"}
    assert run.config.photographs == 20
    assert len(resume(tmp_path / "first", cache).photographs.held_names) == 3
    run = start(small(photographs, validation=str(photographs / "cat")), tmp_path / "second", cache)
    assert all(name.startswith("dog/") for name in names(tmp_path / "second" / "learnt.txt"))
    assert len(run.photographs.held_names) == 10
