"""What a run leaves behind to look at: history.csv, curves.png, samples, index.html, TensorBoard logs."""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from colorcli import images
from colorcli.training.fit_callback import Progress
from colorcli.training.run_folder.files import errors_named, whole_run_file
from colorcli.training.run_folder.history import Epoch, append_epoch, drop_after, read_history
from colorcli.training.run_folder.html_page import CURVES_NAME, SAMPLES_NAME, drop_sheets_after, write_page
from colorcli.training.validation import Picture, Sample

LOGS_NAME = "tensorboard"
LOGGED_EVERY = 20  # steps
GAP = 4  # pixels between two pictures
EVENT_VERSION = "brain.Event:2"  # what every file of TensorBoard begins with
PANELS = {  # title: the columns of the history that it shows
    "loss": ("loss", "validation_loss"),
    "PSNR, dB": ("psnr",),
    "chroma ratio": ("chroma_ratio",),
}


class RunLog:
    """Writes into the run's folder as the run goes on."""

    def __init__(self, run: Path, step: int) -> None:
        """Forgets what lies behind `step`: a resumed run does it again."""
        self.run = run
        drop_after(run, step)
        drop_sheets_after(run, step)
        with errors_named(run / LOGS_NAME):
            self.tensorboard = TensorBoardLog(run / LOGS_NAME)

    def note_step(self, progress: Progress) -> None:
        """Loss, rate and speed, every so many steps."""
        if progress.step % LOGGED_EVERY == 0:
            values = {"loss": progress.loss, "learning rate": progress.rate, "speed": progress.speed}
            self._log(progress.step, values)

    def note_epoch(self, epoch: Epoch) -> None:
        """A line of the history, the curves drawn anew."""
        append_epoch(self.run, epoch)
        with whole_run_file(self.run / CURVES_NAME) as part:
            draw_curves(read_history(self.run), part)
        names = ("validation_loss", "psnr", "chroma_ratio")
        self._log(epoch.step, {f"validation/{name}": getattr(epoch, name) for name in names})

    def _log(self, step: int, values: dict[str, float]) -> None:
        with errors_named(self.run / LOGS_NAME):
            self.tensorboard.add(step, values)

    def note_samples(self, step: int, samples: Sequence[Sample]) -> None:
        """A sheet of samples, and the page that shows all of them."""
        picture = images.Picture(
            (images.Page(sheet(samples)),), images.format_named("jpeg"), (images.Metadata(),)
        )
        with whole_run_file(self.run / SAMPLES_NAME / f"step-{step:07}.jpg") as part:
            part.write_bytes(images.encode(picture))
        write_page(self.run)


def sheet(samples: Sequence[Sample]) -> Picture:
    """A row a photograph: grey, prediction, truth."""
    rows = []
    for sample in samples:
        framed = [
            np.pad(picture, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
            for picture in (sample.grey, sample.predicted, sample.truth)
        ]
        rows.append(np.concatenate(framed, axis=1))
    return np.concatenate(rows, axis=0)


def draw_curves(epochs: Sequence[Epoch], target: Path) -> None:
    """Write a PNG with a panel for the losses, one for PSNR and one for the chroma ratio, over the steps."""
    figure = Figure(figsize=(12, 3.5), layout="constrained")
    for axes, (title, columns) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        _draw(axes, title, columns, epochs)
    figure.savefig(target, format="png")


def _draw(axes: Axes, title: str, columns: Sequence[str], epochs: Sequence[Epoch]) -> None:
    steps = [epoch.step for epoch in epochs]
    for column in columns:
        axes.plot(steps, [getattr(epoch, column) for epoch in epochs], ".-", label=column.replace("_", " "))
    axes.set(title=title, xlabel="step")
    axes.grid(alpha=0.3)
    if len(columns) > 1:
        axes.legend()


class TensorBoardLog:
    """One event file. TensorBoard's own writer has a thread, whose errors nobody can catch."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time_ns()}.{os.getpid()}"
        self.records = RecordWriter((folder / name).open("wb"))
        self.records.write(Event(wall_time=time.time(), file_version=EVENT_VERSION).SerializeToString())

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Some figures by name."""
        points = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=points))
        self.records.write(event.SerializeToString())
        self.records.flush()
