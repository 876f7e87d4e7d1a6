"""What a run leaves behind to look at: history.csv, curves.png, samples, index.html, TensorBoard logs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from colorcli import images
from colorcli.training.curves import draw_curves
from colorcli.training.history import Epoch, append_epoch, drop_after, read_history
from colorcli.training.judge import Picture, Sample
from colorcli.training.pace import Progress
from colorcli.training.page import CURVES_NAME, SAMPLES_NAME, drop_sheets_after, write_page
from colorcli.training.scalars import ScalarLog
from colorcli.training.writing import failures_told, written_whole

LOGS_NAME = "tensorboard"
LOGGED_EVERY = 20  # steps
GAP = 4  # pixels between two pictures


class Journal:
    """Writes into the run's folder as the run goes on."""

    def __init__(self, run: Path, step: int) -> None:
        """Forgets what lies behind `step`: a resumed run does it again."""
        self.run = run
        drop_after(run, step)
        drop_sheets_after(run, step)
        with failures_told(run / LOGS_NAME):
            self.log = ScalarLog(run / LOGS_NAME)

    def note_step(self, progress: Progress) -> None:
        """Loss, rate and speed, every so many steps."""
        if progress.step % LOGGED_EVERY == 0:
            values = {"loss": progress.loss, "learning rate": progress.rate, "speed": progress.speed}
            self._log(progress.step, values)

    def note_epoch(self, epoch: Epoch) -> None:
        """A line of the history, the curves drawn anew."""
        append_epoch(self.run, epoch)
        with written_whole(self.run / CURVES_NAME) as part:
            draw_curves(read_history(self.run), part)
        names = ("validation_loss", "psnr", "chroma_ratio")
        self._log(epoch.step, {f"validation/{name}": getattr(epoch, name) for name in names})

    def _log(self, step: int, values: dict[str, float]) -> None:
        with failures_told(self.run / LOGS_NAME):
            self.log.add(step, values)

    def note_samples(self, step: int, samples: Sequence[Sample]) -> None:
        """A sheet of samples, and the page that shows all of them."""
        picture = images.Picture(
            (images.Page(sheet(samples)),), images.format_named("jpeg"), (images.Metadata(),)
        )
        with written_whole(self.run / SAMPLES_NAME / f"step-{step:07}.jpg") as part:
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
