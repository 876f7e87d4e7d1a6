"""A training run from its configuration to its averaged weights: set up, epochs, checkpoints."""

import math
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from colorcli.errors import ModelError, UsageError
from colorcli.training import machines
from colorcli.training.cache import SKIPPED_NAME, PhotoCache, open_cache
from colorcli.training.checkpoint import (
    Position,
    has_checkpoint,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from colorcli.training.config import TrainConfig
from colorcli.training.dataset import Batches, Photographs
from colorcli.training.features.feed import Feed, open_feed
from colorcli.training.history import Epoch
from colorcli.training.journal import Journal
from colorcli.training.judge import Judge, Judgement
from colorcli.training.learner import build_learner, give_first_weights
from colorcli.training.machine import Machine
from colorcli.training.pace import Interrupt, Pace, Progress
from colorcli.training.palette import find_palette, needs_palette
from colorcli.training.writing import sweep, written_whole
from colorcli.tuning import keep_all_memory

CACHE_MARGIN = 1.25  # the cache keeps short sides of this many crops, so that a crop can be a part of it
CACHE_STEP = 64  # pixels: crops of nearly the same size share a cache
MEASURED = 2  # batches that the statistics of an encoder are measured on before it learns


@dataclass(frozen=True)
class Listener:
    """Who is told what: the command prints it, a library user may not care."""

    on_photo: Callable[[int, int], None] = lambda kept, skipped: None  # while the cache is made
    on_cache: Callable[[PhotoCache], None] = lambda cache: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[Epoch], None] = lambda epoch: None


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
        self.judge = Judge(photographs, config.crop, config.batch_size)
        self.position = Position()

    @property
    def finished(self) -> bool:
        """Whether it has come to its end."""
        if self.config.minutes is not None:
            return self.position.seconds >= 60 * self.config.minutes
        return self.position.epoch >= self.config.last_epoch

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
        feed = open_feed(self.learner, self.photographs, self.config, self.machine)
        with interrupt.caught(), feed as fed:
            while not self.finished and not asked:
                pace = self._segment(fed, zero, interrupt, listener, journal)
                asked, ended = pace.asked, pace.position.batch >= pace.batches
                self.position = _next_epoch(pace.position) if ended else pace.position
                if ended or self.finished:
                    self._close_epoch(pace, journal, listener)
                self.save()
        return self.finished

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights beside it."""
        if self.machine.leads:
            save_checkpoint(self.folder, self.learner, self.position)
            with self.learner.optimizer.averages():
                save_weights(self.folder, self.learner.network)

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

    def _close_epoch(self, pace: Pace, journal: Journal | None, listener: Listener) -> None:
        """Look at the averaged weights, and note how the epoch (or its part that was in time) went."""
        if journal is None:
            return
        with self.learner.optimizer.averages():
            judgement = self.judge.judge(self.learner)
            samples = self.judge.samples(self.learner)
        stand = pace.position
        epoch = Epoch(stand.epoch + 1, stand.step, stand.seconds, stand.loss)
        if judgement:
            overall = judgement.overall()
            epoch = replace(
                epoch,
                validation_loss=judgement.loss,
                psnr=overall.psnr,
                chroma_ratio=overall.chroma_ratio,
            )
        journal.note_epoch(epoch, samples)
        listener.on_epoch(epoch)


def start(config: TrainConfig, folder: Path, cache_home: Path, listener: Listener = Listener()) -> Run:
    """Set up a new run in an empty folder."""
    machine = machines.find()
    if machine.leads and folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder} is not an empty folder", "Give a new one, or go on with the run in it: --resume RUN."
        )
    run = Run(folder, config, _gather(config, cache_home, listener), machine)
    run.give_first_weights()
    if machine.leads:
        run.config.save(folder)
        with written_whole(folder / SKIPPED_NAME) as part:
            shutil.copyfile(run.photographs.cache.folder / SKIPPED_NAME, part)
    return run


def resume(
    folder: Path, cache_home: Path, minutes: float | None = None, listener: Listener = Listener()
) -> Run:
    """Take up a run where its last checkpoint left it, or else where it began; `minutes` are added to it."""
    config = TrainConfig.load(folder)
    if minutes is not None:
        if config.minutes is None:
            raise UsageError(
                f"{folder} runs for {config.last_epoch} epochs", "--minutes go on top of minutes only."
            )
        config = replace(config, minutes=config.minutes + minutes)
    machine = machines.find()
    run = Run(folder, config, _gather(config, cache_home, listener), machine)
    if has_checkpoint(folder):
        run.position = load_checkpoint(folder, run.learner)
    else:
        run.give_first_weights()
    if machine.leads:
        sweep(folder)
        config.save(folder)
    return run


def _gather(config: TrainConfig, cache_home: Path, listener: Listener) -> Photographs:
    """The photographs of a configuration, decoded."""
    side = math.ceil(config.crop * CACHE_MARGIN / CACHE_STEP) * CACHE_STEP
    cache = open_cache(config.sources, config.categories, side, cache_home, listener.on_photo)
    listener.on_cache(cache)
    return Photographs.divided(cache, config.validation)


def _next_epoch(position: Position) -> Position:
    return replace(position, epoch=position.epoch + 1, batch=0, loss=0.0)
