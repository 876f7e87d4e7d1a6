"""Keeps a run to its length: sets the learning rate, counts, and stops `fit` when something else is due."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from colorcli.training.checkpoint import Position
from colorcli.training.config import TrainConfig
from colorcli.training.optimizer import Schedule


@dataclass(frozen=True)
class Progress:
    """What is told while a run goes on."""

    epoch: int
    batch: int
    batches: int  # of an epoch
    step: int
    loss: float  # mean since the last checkpoint or epoch
    speed: float  # photographs a second
    share: float  # of the run, 0..1
    left: float  # seconds


class Interrupt:
    """Set by the first Ctrl-C; the second one ends the process as ever."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def caught(self) -> Iterator["Interrupt"]:
        """Within the block the first SIGINT only sets `asked`."""

        def ask(*_: object) -> None:
            self.asked = True
            signal.signal(signal.SIGINT, before)

        before = signal.signal(signal.SIGINT, ask)
        try:
            yield self
        finally:
            signal.signal(signal.SIGINT, before)


class Pace(keras.callbacks.Callback):
    """Runs through one `fit` call: from `start` to the epoch's end, the next checkpoint, or the run's end."""

    def __init__(
        self,
        config: TrainConfig,
        start: Position,
        batches: int,
        interrupt: Interrupt,
        listen: Callable[[Progress], None],
    ) -> None:
        super().__init__()
        self.config, self.start, self.batches = config, start, batches
        self.interrupt, self.listen = interrupt, listen
        self.schedule = Schedule(config.learning_rate, config.warmup)
        self.done = 0  # batches
        self.began = time.monotonic()
        self.loss = float("nan")

    @property
    def seconds(self) -> float:
        """Spent on the run so far."""
        return self.start.seconds + time.monotonic() - self.began

    @property
    def step(self) -> int:
        """Optimizer steps of the run so far."""
        return self.start.step + self.done

    @property
    def share(self) -> float:
        """Of the run that lies behind: by time where minutes bound it, else by steps."""
        if self.config.minutes is not None:
            return min(1.0, self.seconds / (60 * self.config.minutes))
        return min(1.0, self.step / ((self.config.epochs or 1) * self.batches))

    @property
    def position(self) -> Position:
        """Where the run stands."""
        batch = self.start.batch + self.done
        epoch, batch = (self.start.epoch + 1, 0) if batch >= self.batches else (self.start.epoch, batch)
        return Position(epoch, batch, self.step, self.seconds)

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.model.optimizer.learning_rate = self.schedule.rate(self.step, self.share)

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.done += 1
        self.loss = float((logs or {})["loss"])
        self._tell()
        checkpoint_due = time.monotonic() - self.began > 60 * self.config.checkpoint_minutes
        if self.share >= 1 or checkpoint_due or self.interrupt.asked:
            self.model.stop_training = True

    def _tell(self) -> None:
        spent = time.monotonic() - self.began
        self.listen(
            Progress(
                epoch=self.start.epoch,
                batch=self.start.batch + self.done,
                batches=self.batches,
                step=self.step,
                loss=self.loss,
                speed=self.done * self.config.batch_size / spent,
                share=self.share,
                left=self.seconds * (1 - self.share) / max(self.share, 1e-9),
            )
        )
