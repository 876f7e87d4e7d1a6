"""Goes along with `fit`: sets the learning rate, counts, and stops it when something else is due."""

import math
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import keras

from colorcli.training.config import TrainConfig
from colorcli.training.optimizer import Schedule
from colorcli.training.run_folder.checkpoint import Position


@dataclass(frozen=True)
class Progress:
    """How a run stands after a batch."""

    epoch: int  # the one that is under way, counted from 0
    batch: int  # done of it
    batches: int  # it has
    step: int
    loss: float  # mean over the epoch so far
    rate: float  # of learning
    speed: float  # photographs a second, since the last checkpoint or epoch
    share: float  # of the run, 0..1
    left: float  # seconds


class Interrupt:
    """Set by the first Ctrl-C or request to end; the second one ends the process as ever."""

    def __init__(self) -> None:
        self.asked = False

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Within the block the first signal only sets `asked`."""
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def ask(*_: object) -> None:
            self.asked = True
            restore()

        def restore() -> None:
            for number, handler in before.items():
                signal.signal(number, handler)

        for number, handler in before.items():
            if handler is not signal.SIG_IGN:  # `nohup` and `trap ''` are respected
                signal.signal(number, ask)
        try:
            yield
        finally:
            restore()


class FitCallback(keras.callbacks.Callback):
    """Goes along with one `fit`: from `start` to the epoch's end, the next checkpoint, or the run's end."""

    def __init__(
        self,
        config: TrainConfig,
        start: Position,
        batches: int,
        zero: float,
        interrupt: Interrupt,
        listen: Callable[[Progress], None],
    ) -> None:
        """`batches` are those of the whole epoch, of which `start.batch` are done; `zero` is when, by
        time.monotonic(), the run would have begun had nothing interrupted it."""
        super().__init__()
        self.config, self.start, self.batches, self.zero = config, start, batches, zero
        self.interrupt, self.listen = interrupt, listen
        self.schedule = Schedule(config.learning_rate, config.warmup)
        self.position = start
        self.began = time.monotonic()
        self.checkpoint_due = self.asked = False  # as they were after the last batch

    @property
    def share(self) -> float:
        """Of the run that lies behind: by time where minutes bound it, else by steps."""
        if self.config.minutes is not None:
            return min(1.0, self.position.seconds / (60 * self.config.minutes))
        return min(1.0, self.position.step / (self.config.last_epoch * self.batches))

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        behind = 0.0 if self.config.schedule == "constant" else self.share
        return self.schedule.rate(self.position.step, behind)

    @property
    def over(self) -> bool:
        """Whether `fit` should end here."""
        return (
            self.position.batch >= self.batches
            or self.share >= 1
            or self.checkpoint_due
            or self.asked
            or not math.isfinite(self.position.loss)
        )

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if keras.backend.backend() == "jax":
            self.model.jax_state_sync()  # else `fit` keeps its own copy of the rate
        self.model.optimizer.learning_rate = self.rate

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.advance(float((logs or {})["loss"]))
        self.model.stop_training = self.over

    def advance(self, loss: float) -> None:
        """One batch more is done; `loss` is the mean since this `fit` began."""
        done = self.position.batch - self.start.batch + 1
        batch = self.start.batch + done
        self.position = replace(
            self.position,
            batch=batch,
            step=self.start.step + done,
            seconds=time.monotonic() - self.zero,
            loss=(self.start.loss * self.start.batch + loss * done) / batch,
        )
        self.listen(self._progress(done))
        pause = min(self.config.checkpoint_minutes, self.config.sample_minutes)
        self.checkpoint_due = time.monotonic() - self.began > 60 * pause
        self.asked = self.interrupt.asked

    def _progress(self, done: int) -> Progress:
        return Progress(
            epoch=self.position.epoch,
            batch=self.position.batch,
            batches=self.batches,
            step=self.position.step,
            loss=self.position.loss,
            rate=self.rate,
            speed=done * self.config.batch_size / (time.monotonic() - self.began),
            share=self.share,
            left=self.position.seconds * (1 - self.share) / max(self.share, 1e-9),
        )
