"""A training run from its configuration to its averaged weights: set up, epochs, checkpoints."""

import logging
import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from colorcli.errors import ModelError, UsageError
from colorcli.memory import keep_all_memory
from colorcli.training import machines
from colorcli.training.cache import SKIPPED_NAME, PhotoCache
from colorcli.training.checkpoint import (
    BEST_NAME,
    Position,
    has_checkpoint,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from colorcli.training.config import TrainConfig
from colorcli.training.dataset import Batches, Photographs
from colorcli.training.features.feed import Feed, open_feed
from colorcli.training.gathering import gather_again, gather_new, note_parts
from colorcli.training.history import Epoch
from colorcli.training.journal import Journal
from colorcli.training.judge import Judge, Judgement
from colorcli.training.learner import build_learner, give_first_weights
from colorcli.training.machine import Machine
from colorcli.training.pace import Interrupt, Pace, Progress
from colorcli.training.palette import find_palette, needs_palette
from colorcli.training.precision import device, precision
from colorcli.training.writing import sweep, written_whole

_LOG = logging.getLogger("colorcli")
MEASURED = 2  # batches that the statistics of an encoder are measured on before it learns


@dataclass(frozen=True)
class Listener:
    """Who is told what: the command prints it, a library user may not care."""

    on_photo: Callable[[int, int], None] = lambda kept, skipped: None  # while the cache is made
    on_cache: Callable[[PhotoCache], None] = lambda cache: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[Epoch, bool], None] = lambda epoch, best: None  # is it the best so far?


class Run:
    """A run that is set up: it can go on from `position`."""

    def __init__(self, folder: Path, config: TrainConfig, photographs: Photographs, machine: Machine) -> None:
        """With random weights, at the start."""
        keep_all_memory()
        if needs_palette(config.network):
            network = replace(config.network, palette=find_palette(photographs))
            config = replace(config, network=network)
        self.config = config = replace(config, photographs=len(photographs.train))
        self.folder, self.photographs, self.machine = folder, photographs, machine
        self.learner = build_learner(config, machine)
        _LOG.info(f"computing on {device()}, in {precision()}")
        self.judge = Judge(photographs, config.crop, config.batch_size)
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
        journal = Journal(self.folder, self.position.step) if self.machine.leads else None
        interrupt, asked = Interrupt(), False
        zero = time.monotonic() - self.position.seconds
        self.sampled = self.position.seconds
        feed = open_feed(self.learner, self.photographs, self.config, self.machine)
        with interrupt.caught(), feed as fed:
            while not self.finished and not asked:
                pace = self._segment(fed, zero, interrupt, listener, journal)
                asked, ended = pace.asked, pace.position.batch >= pace.batches
                self.position = _next_epoch(pace.position) if ended else pace.position
                if ended or self.finished:
                    self._close_epoch(pace, journal, listener)
                if journal and (self.finished or self._samples_due):
                    self._note_samples(journal)
                self.save()
        return self.finished

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights beside it."""
        if self.machine.leads:
            save_checkpoint(self.folder, self.learner, self.position)
            with self.learner.optimizer.averages():
                save_weights(self.folder, self.learner.network)
            self.save_best()

    def save_best(self) -> None:
        """Keep the averaged weights if none were better.

        Always after the checkpoint that says so: whatever a kill comes between, the resumed run knows whether
        the file is still to be written.
        """
        if self.machine.leads and self.position.is_best:
            with self.learner.optimizer.averages():
                save_weights(self.folder, self.learner.network, BEST_NAME)

    def judgement(self) -> Judgement | None:
        """How the averaged weights do on the validation photographs, if there are any."""
        with self.learner.optimizer.averages():
            return self.judge.judge(self.learner)

    def _segment(
        self, feed: Feed, zero: float, interrupt: Interrupt, listener: Listener, journal: Journal | None
    ) -> Pace:
        """To the end of the epoch or the next checkpoint, whichever comes first."""

        def tell(progress: Progress) -> None:
            listener.on_progress(progress)
            if journal:
                journal.note_step(progress)

        epoch, batch = self.position.epoch, self.position.batch
        batches = feed.batches(epoch, batch)
        pace = Pace(self.config, self.position, batches.whole, zero, interrupt, tell)
        self.machine.fit(feed.learner, batches, pace)
        if not math.isfinite(pace.position.loss):
            raise ModelError(
                f"the loss became {pace.position.loss} at step {pace.position.step}",
                f"The last checkpoint is whole: begin a new run with --start {self.folder} and a smaller "
                "--learning-rate, or with --precision float32.",
            )
        return pace

    @property
    def _samples_due(self) -> bool:
        return self.position.seconds - self.sampled >= 60 * self.config.sample_minutes

    def _note_samples(self, journal: Journal) -> None:
        with self.learner.optimizer.averages():
            journal.note_samples(self.position.step, self.judge.samples(self.learner))
        self.sampled = self.position.seconds

    def _close_epoch(self, pace: Pace, journal: Journal | None, listener: Listener) -> None:
        """Look at the averaged weights, and note how the epoch (or its part that was in time) went."""
        if journal is None:
            return
        judgement = self.judgement()
        stand = pace.position
        epoch = Epoch(stand.epoch + 1, stand.step, stand.seconds, stand.loss)
        if judgement:
            self.position = self.position.judged(judgement.loss)
            overall = judgement.overall()
            epoch = replace(
                epoch,
                validation_loss=judgement.loss,
                psnr=overall.psnr,
                chroma_ratio=overall.chroma_ratio,
            )
        journal.note_epoch(epoch)
        listener.on_epoch(epoch, self.position.is_best)


def start(config: TrainConfig, folder: Path, cache_home: Path, listener: Listener = Listener()) -> Run:
    """Set up a new run in an empty folder."""
    machine = machines.find()
    if config.patience and machine.portion.of > 1:
        raise UsageError("several machines cannot stop early", "Leave --patience out.")
    if machine.leads and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not an empty folder", "Give a new one, or go on with the run in it: --resume RUN."
        )
    config = config.located()
    photographs, learnt = gather_new(config, cache_home, listener.on_photo)
    listener.on_cache(photographs.cache)
    if config.patience and not len(photographs.validation):
        raise UsageError("nothing is held back that could say when to stop", "Leave --patience out.")
    run = Run(folder, config, photographs, machine)
    run.give_first_weights()
    if machine.leads:
        run.config.save(folder)  # first: a folder with nothing else can be resumed
        note_parts(folder, photographs, learnt)
        with written_whole(folder / SKIPPED_NAME) as part:
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
    machine = machines.find()
    photographs, learnt = gather_again(config, folder, cache_home, listener.on_photo)
    listener.on_cache(photographs.cache)
    run = Run(folder, config, photographs, machine)
    if has_checkpoint(folder):
        run.position = load_checkpoint(folder, run.learner)
        run.save_best()
    else:
        run.give_first_weights()
    if minutes or epochs:
        run.position = replace(run.position, improved=run.position.epoch)  # patience begins anew
    if machine.leads:
        sweep(folder)
        note_parts(folder, photographs, learnt)
        config.save(folder)
    return run


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
