"""A training run from its configuration to its averaged weights: set up, epochs, checkpoints."""

import logging
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from colorcli.errors import ModelError, UsageError
from colorcli.memory import keep_all_memory
from colorcli.training.config import TrainConfig
from colorcli.training.data.batches import Batches
from colorcli.training.data.cache import SKIPPED_NAME, PhotoCache
from colorcli.training.data.palette import find_palette, needs_palette
from colorcli.training.data.photographs import (
    Photographs,
    photographs_of_new_run,
    photographs_of_resumed_run,
    write_split,
)
from colorcli.training.devices import Devices, MirroredDevices, describe_devices, describe_precision
from colorcli.training.features.training_input import TrainingInput, open_training_input
from colorcli.training.fit_callback import FitCallback, Interrupt, Progress
from colorcli.training.learner import build_learner, give_first_weights
from colorcli.training.run_folder.checkpoint import (
    BEST_NAME,
    Position,
    has_checkpoint,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from colorcli.training.run_folder.files import sweep_run, whole_run_file
from colorcli.training.run_folder.history import Epoch
from colorcli.training.run_log import RunLog
from colorcli.training.validation import ValidationResult, Validator

_LOG = logging.getLogger("colorcli")
MEASURED = 2  # batches that the statistics of an encoder are measured on before it learns


@dataclass(frozen=True)
class Listener:
    """Called as a run goes on: the command prints it, a library user may not care."""

    on_photo: Callable[[int, int], None] = lambda kept, skipped: None  # while the cache is made
    on_cache: Callable[[PhotoCache], None] = lambda cache: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[Epoch, bool], None] = lambda epoch, best: None  # is it the best so far?


class Run:
    """A run that is set up: it can go on from `position`."""

    def __init__(self, folder: Path, config: TrainConfig, photographs: Photographs, devices: Devices) -> None:
        """With random weights, at the start."""
        keep_all_memory()
        if needs_palette(config.network):
            network = replace(config.network, palette=find_palette(photographs))
            config = replace(config, network=network)
        self.config = config = replace(config, photographs=len(photographs.train))
        self.folder, self.photographs, self.devices = folder, photographs, devices
        self.learner = build_learner(config, devices)
        _LOG.info(f"computing on {describe_devices()}, in {describe_precision()}")
        self.validator = Validator(photographs, config.crop, config.batch_size)
        self.position = Position()

    @property
    def finished(self) -> bool:
        """Whether it has come to its end."""
        if 0 < self.config.patience <= self.position.epoch - self.position.improved:
            return True
        if self.config.minutes is not None:
            return self.position.seconds >= 60 * self.config.minutes
        return self.position.epoch >= self.config.last_epoch

    @property
    def has_better(self) -> bool:
        """Whether the best weights are not the last ones."""
        return 0 <= self.position.best_step < self.position.step

    def give_first_weights(self) -> None:
        """Those of the encoder, or all of those to start from, and statistics of these photographs."""
        give_first_weights(self.learner, self.config)
        if self.config.encoder_weights == "none" and not self.config.start:
            return
        batches = Batches(self.photographs, self.config, epoch=0)
        crops = [batches[index % len(batches)][0] for index in range(MEASURED)]
        self.learner.measure_statistics(np.concatenate(crops), decoder=bool(self.config.start))

    def go_on(self, listener: Listener) -> bool:
        """Train to the end of the run (True), or to Ctrl-C (False); either way all is saved."""
        log = RunLog(self.folder, self.position.step) if self.devices.leads else None
        interrupt, asked = Interrupt(), False
        zero = time.monotonic() - self.position.seconds
        self.sampled = self.position.seconds
        opened = open_training_input(self.learner, self.photographs, self.config, self.devices)
        with interrupt.caught(), opened as inputs:
            while not self.finished and not asked:
                callback = self._segment(inputs, zero, interrupt, listener, log)
                asked, ended = callback.asked, callback.position.batch >= callback.batches
                self.position = _next_epoch(callback.position) if ended else callback.position
                if ended or self.finished:
                    self._close_epoch(callback, log, listener)
                if log and (self.finished or self._samples_due):
                    self._note_samples(log)
                self.save()
        return self.finished

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights beside it."""
        if self.devices.leads:
            save_checkpoint(self.folder, self.learner, self.position)
            with self.learner.optimizer.averages():
                save_weights(self.folder, self.learner.network)
            self.save_best()

    def save_best(self) -> None:
        """Keep the averaged weights if none were better.

        Always after the checkpoint that says so: whatever a kill comes between, the resumed run knows whether
        the file is still to be written.
        """
        if self.devices.leads and self.position.is_best:
            with self.learner.optimizer.averages():
                save_weights(self.folder, self.learner.network, BEST_NAME)

    def validation(self) -> ValidationResult | None:
        """How the averaged weights do on the validation photographs, if there are any."""
        with self.learner.optimizer.averages():
            return self.validator.validate(self.learner)

    def _segment(
        self, inputs: TrainingInput, zero: float, interrupt: Interrupt, listener: Listener, log: RunLog | None
    ) -> FitCallback:
        """To the end of the epoch or the next checkpoint, whichever comes first."""

        def tell(progress: Progress) -> None:
            listener.on_progress(progress)
            if log:
                log.note_step(progress)

        epoch, batch = self.position.epoch, self.position.batch
        batches = inputs.batches(epoch, batch)
        callback = FitCallback(self.config, self.position, batches.whole, zero, interrupt, tell)
        self.devices.fit(inputs.learner, batches, callback)
        if not math.isfinite(callback.position.loss):
            raise ModelError(
                f"the loss became {callback.position.loss} at step {callback.position.step}",
                f"The last checkpoint is whole: begin a new run with --start {self.folder} and a smaller "
                "--learning-rate, or with --precision float32.",
            )
        return callback

    @property
    def _samples_due(self) -> bool:
        return self.position.seconds - self.sampled >= 60 * self.config.sample_minutes

    def _note_samples(self, log: RunLog) -> None:
        with self.learner.optimizer.averages():
            log.note_samples(self.position.step, self.validator.samples(self.learner))
        self.sampled = self.position.seconds

    def _close_epoch(self, callback: FitCallback, log: RunLog | None, listener: Listener) -> None:
        """Validate the averaged weights, and log how the epoch (or its part that was in time) went."""
        if log is None:
            return
        validation = self.validation()
        stand = callback.position
        epoch = Epoch(stand.epoch + 1, stand.step, stand.seconds, stand.loss)
        if validation:
            self.position = self.position.after_validation(validation.loss)
            overall = validation.overall()
            epoch = replace(
                epoch,
                validation_loss=validation.loss,
                psnr=overall.psnr,
                chroma_ratio=overall.chroma_ratio,
            )
        log.note_epoch(epoch)
        listener.on_epoch(epoch, self.position.is_best)


def start(config: TrainConfig, folder: Path, cache_home: Path, listener: Listener = Listener()) -> Run:
    """Set up a new run in an empty folder."""
    devices = _find_devices()
    if config.patience and devices.portion.of > 1:
        raise UsageError("several machines cannot stop early", "Leave --patience out.")
    if devices.leads and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not an empty folder", "Give a new one, or go on with the run in it: --resume RUN."
        )
    config = config.located()
    photographs, learnt = photographs_of_new_run(config, cache_home, listener.on_photo)
    listener.on_cache(photographs.cache)
    if config.patience and not len(photographs.validation):
        raise UsageError("nothing is held back that could say when to stop", "Leave --patience out.")
    run = Run(folder, config, photographs, devices)
    run.give_first_weights()
    if devices.leads:
        run.config.save(folder)  # first: a folder with nothing else can be resumed
        write_split(folder, photographs, learnt)
        with whole_run_file(folder / SKIPPED_NAME) as part:
            shutil.copyfile(photographs.cache.folder / SKIPPED_NAME, part)
    return run


def resume(
    folder: Path,
    cache_home: Path,
    minutes: float | None = None,
    listener: Listener = Listener(),
    epochs: int | None = None,
) -> Run:
    """Take up a run where its last checkpoint left it, or else where it began, for so much longer."""
    config = _prolonged(TrainConfig.load(folder), folder, minutes, epochs)
    devices = _find_devices()
    photographs, learnt = photographs_of_resumed_run(config, folder, cache_home, listener.on_photo)
    listener.on_cache(photographs.cache)
    run = Run(folder, config, photographs, devices)
    if has_checkpoint(folder):
        run.position = load_checkpoint(folder, run.learner)
        run.save_best()
    else:
        run.give_first_weights()
    if minutes or epochs:
        run.position = replace(run.position, improved=run.position.epoch)  # patience begins anew
    if devices.leads:
        sweep_run(folder)
        write_split(folder, photographs, learnt)
        config.save(folder)
    return run


def _find_devices() -> Devices:
    """All GPUs there are (or logical processors, where somebody has divided the processor into several).

    TF_CONFIG makes this process one of several machines. To be called before TensorFlow computes anything.
    """
    if keras.backend.backend() != "tensorflow":
        return Devices()
    if "TF_CONFIG" in os.environ:
        from colorcli.training.cluster import SeveralMachines

        return SeveralMachines(os.environ["TF_CONFIG"])
    import tensorflow as tf

    found = tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")
    return MirroredDevices([device.name for device in found]) if len(found) > 1 else Devices()


def _prolonged(config: TrainConfig, folder: Path, minutes: float | None, epochs: int | None) -> TrainConfig:
    """With minutes or epochs on top of those that bound it."""
    if minutes is not None:
        if config.minutes is None:
            raise UsageError(
                f"{folder} runs for {config.last_epoch} epochs", "--minutes go on top of minutes only."
            )
        config = replace(config, minutes=config.minutes + minutes)
    if epochs is not None:
        if config.minutes is not None:
            raise UsageError(
                f"{folder} runs for {config.minutes:g} minutes", "--epochs go on top of epochs only."
            )
        config = replace(config, epochs=config.last_epoch + epochs)
    return config


def _next_epoch(position: Position) -> Position:
    return replace(position, epoch=position.epoch + 1, batch=0, loss=0.0)
