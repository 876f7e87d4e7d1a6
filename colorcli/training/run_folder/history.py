"""history.csv of a run: a line an epoch."""

import csv
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from colorcli.training.run_folder.files import whole_run_file

HISTORY_NAME = "history.csv"


@dataclass(frozen=True)
class Epoch:
    """How a run stood at the end of an epoch."""

    epoch: int
    step: int
    seconds: float
    loss: float  # mean over the epoch, or over the part of it that --minutes left
    validation_loss: float = math.nan  # of the averaged weights, as are the rest; nan without validation
    psnr: float = math.nan  # dB
    chroma_ratio: float = math.nan  # predicted over true mean chroma


def read_history(run: Path) -> list[Epoch]:
    """All epochs of a run so far."""
    path = run / HISTORY_NAME
    if not path.exists():
        return []
    with path.open(newline="") as lines:
        return [
            Epoch(int(row["epoch"]), int(row["step"]), *(float(row[name]) for name in _FLOATS))
            for row in csv.DictReader(lines)
        ]


def append_epoch(run: Path, epoch: Epoch) -> None:
    """Add a line."""
    _write(run, [*read_history(run), epoch])


def drop_after(run: Path, step: int) -> None:
    """Forget what a resumed run will do again."""
    _write(run, [epoch for epoch in read_history(run) if epoch.step <= step])


_FLOATS = tuple(field.name for field in fields(Epoch))[2:]


def _write(run: Path, epochs: list[Epoch]) -> None:
    with whole_run_file(run / HISTORY_NAME) as part, part.open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Epoch)])
        table.writeheader()
        table.writerows(asdict(epoch) for epoch in epochs)
