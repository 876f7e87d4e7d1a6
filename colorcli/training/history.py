"""history.csv of a run: a line an epoch."""

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path

HISTORY_NAME = "history.csv"


@dataclass(frozen=True)
class Epoch:
    """How a run stood at the end of an epoch."""

    epoch: int
    step: int
    seconds: float
    loss: float
    validation_loss: float


def read_history(run: Path) -> list[Epoch]:
    """All epochs of a run so far."""
    path = run / HISTORY_NAME
    if not path.exists():
        return []
    with path.open(newline="") as lines:
        return [
            Epoch(int(row["epoch"]), int(row["step"]), *(float(row[name]) for name in FLOATS))
            for row in csv.DictReader(lines)
        ]


def append_epoch(run: Path, epoch: Epoch) -> None:
    """Add a line."""
    _write(run, [*read_history(run), epoch])


def drop_after(run: Path, step: int) -> None:
    """Forget what a resumed run will do again."""
    _write(run, [epoch for epoch in read_history(run) if epoch.step <= step])


FLOATS = tuple(field.name for field in fields(Epoch))[2:]


def _write(run: Path, epochs: list[Epoch]) -> None:
    with (run / HISTORY_NAME).open("w", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Epoch)])
        table.writeheader()
        table.writerows(asdict(epoch) for epoch in epochs)
