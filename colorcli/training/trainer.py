"""A training run from its configuration to its averaged weights: cache, model, epochs, checkpoints."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras

from colorcli.errors import ColorcliError, UsageError
from colorcli.training import architectures
from colorcli.training.cache import PhotoCache, open_cache
from colorcli.training.checkpoint import (
    Position,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    save_weights,
)
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import TrainConfig
from colorcli.training.dataset import Batches, FixedBatches, Split, split
from colorcli.training.encoders import load_encoder_weights, thaw
from colorcli.training.history import Epoch, append_epoch, drop_after
from colorcli.training.optimizer import Adam
from colorcli.training.pace import Interrupt, Pace, Progress
from colorcli.training.palette import find_palette
from colorcli.training.precision import set_precision

CACHE_MARGIN = 1.25  # the cache keeps short sides of this many crops, so that a crop can be a part of it
JUDGED = 512  # validation photographs looked at after an epoch


@dataclass(frozen=True)
class Listener:
    """Who is told what: the command prints it, a library user may not care."""

    on_photo: Callable[[int, int], None] = lambda kept, skipped: None
    on_progress: Callable[[Progress], None] = lambda progress: None
    on_epoch: Callable[[Epoch], None] = lambda epoch: None


class Run:
    """A run that is set up: its photographs, its model, and where it stands."""

    def __init__(self, config: TrainConfig, folder: Path, cache: PhotoCache) -> None:
        self.folder, self.cache = folder, cache
        self.rows: Split = split(cache, config.validation)
        self.config = with_palette(config, cache, self.rows)
        self.position = Position()
        set_precision(config.precision)
        keras.utils.set_random_seed(config.seed)
        self.model = compiled(self.config)

    def go_on(self, listener: Listener) -> None:
        """Train to the end of the run, or to Ctrl-C, which is raised after the checkpoint is written."""
        with Interrupt().caught() as interrupt:
            while not self._finished():
                self._segment(interrupt, listener)
                self.save()
                if interrupt.asked:
                    raise KeyboardInterrupt

    def save(self) -> None:
        """Write the checkpoint, and the averaged weights beside it."""
        save_checkpoint(self.folder, self.model, self.position)
        with self.averages():
            save_weights(self.folder, self.model.network)

    def averages(self):  # type: ignore[no-untyped-def]
        """Within the block the model holds its averaged weights."""
        return self.model.optimizer.averages(self.model.trainable_variables)

    def _finished(self) -> bool:
        if self.config.minutes is not None:
            return self.position.seconds >= 60 * self.config.minutes
        return self.position.epoch >= (self.config.epochs or 1)

    def _segment(self, interrupt: Interrupt, listener: Listener) -> None:
        """To the end of the epoch or the next checkpoint, whichever comes first."""
        batches = Batches(self.cache, self.rows.train, self.config, self.position.epoch, self.position.batch)
        pace = Pace(self.config, self.position, batches.whole, interrupt, listener.on_progress)
        self.model.fit(batches, verbose=0, callbacks=[pace], shuffle=False)
        if not math.isfinite(pace.loss):
            raise ColorcliError(
                f"the loss became {pace.loss} at step {pace.step}",
                "Resume from the last checkpoint with a smaller --learning-rate.",
            )
        self.position = pace.position
        if self.position.batch == 0 or self._finished():
            epoch = Epoch(
                self.position.epoch, self.position.step, self.position.seconds, pace.loss, self._validate()
            )
            append_epoch(self.folder, epoch)
            listener.on_epoch(epoch)
        self.position = pace.position

    def _validate(self) -> float:
        rows = self.rows.validation[:JUDGED]
        if not len(rows):
            return math.nan
        batches = FixedBatches(self.cache, rows, self.config.crop, self.config.batch_size)
        with self.averages():
            return float(self.model.evaluate(batches, verbose=0))


def start(config: TrainConfig, folder: Path, home: Path, listener: Listener) -> Run:
    """Set up a new run in an empty folder."""
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty", "Give a new folder, or --resume to go on with the run in it.")
    cache = cache_of(config, home, listener)
    run = Run(config, folder, cache)
    encoder = run.config.network.encoder
    if encoder != "none":
        load_encoder_weights(run.model.network.get_layer("encoder"), encoder, config.encoder_weights)
    if config.start:
        load_weights(Path(config.start), run.model.network)
    folder.mkdir(parents=True, exist_ok=True)
    run.config.save(folder)
    return run


def resume(folder: Path, minutes: float | None, home: Path, listener: Listener) -> Run:
    """Take up a run where its last checkpoint left it; `minutes` are added to its time."""
    config = TrainConfig.load(folder)
    if minutes is not None:
        config = replace(config, minutes=(config.minutes or 0) + minutes)
        config.save(folder)
    run = Run(config, folder, cache_of(config, home, listener))
    run.position = load_checkpoint(folder, run.model)
    drop_after(folder, run.position.step)
    return run


def cache_of(config: TrainConfig, home: Path, listener: Listener) -> PhotoCache:
    """The photographs of a configuration, decoded."""
    side = round(config.crop * CACHE_MARGIN)
    return open_cache(config.sources, config.categories, side, home, listener.on_photo)


def with_palette(config: TrainConfig, cache: PhotoCache, rows: Split) -> TrainConfig:
    """The configuration with the colour classes of these photographs, unless it has its own."""
    speaks = config.network.decoder if config.network.objective == "gan" else config.network.objective
    if speaks != "classification" or config.network.palette:
        return config
    return replace(config, network=replace(config.network, palette=find_palette(cache, rows.train)))


def compiled(config: TrainConfig) -> Colorization:
    """The model of a configuration, ready for `fit`, its optimizer's state in place."""
    model = build(config.network)
    slow: set[str] = set()
    if config.network.encoder != "none":
        encoder = model.network.get_layer("encoder")
        thaw(encoder, config.thaw)
        slow = {variable.path for variable in encoder.trainable_variables}
    optimizer = Adam(config, slow)
    # XLA makes TensorFlow slower here; JAX is nothing without it.
    model.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    optimizer.build(model.trainable_variables)
    return model


def recipe_of(name: str) -> architectures.Recipe:
    """What an architecture is trained with by default."""
    return architectures.get(name).RECIPE
