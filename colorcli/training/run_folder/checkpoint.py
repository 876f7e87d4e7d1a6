"""The whole state of a run in one file, and beside it the averaged weights that are its result."""

import json
import math
import zipfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import keras
import numpy as np
from keras import ops
from numpy.lib.npyio import NpzFile

from colorcli.errors import UsageError
from colorcli.training.run_folder.files import whole_run_file

CHECKPOINT_NAME = "checkpoint.npz"
WEIGHTS_NAME = "averaged.npz"  # the last
BEST_NAME = "best.npz"  # those with the lowest validation loss


@dataclass(frozen=True)
class Position:
    """How far a run has come."""

    epoch: int = 0  # whole epochs done
    batch: int = 0  # batches done of the next one
    step: int = 0  # optimizer steps in all
    seconds: float = 0.0  # spent
    loss: float = 0.0  # mean of the batches done of the next epoch
    best_loss: float = math.inf  # the lowest validation loss so far
    best_step: int = -1  # that it was seen at; -1: it never was
    improved: int = 0  # epochs that were done then

    def after_validation(self, loss: float) -> "Position":
        """With what a look at the validation photographs said, now."""
        if not loss < self.best_loss:
            return self
        return replace(self, best_loss=loss, best_step=self.step, improved=self.epoch)

    @property
    def is_best(self) -> bool:
        """Whether there was never a lower validation loss than here."""
        return self.best_step == self.step


def save_checkpoint(run: Path, model: keras.Model, position: Position) -> None:
    """Write weights, optimizer, averages, random states and position."""
    arrays = {f"model/{index}": ops.convert_to_numpy(value) for index, value in enumerate(model.variables)}
    for index, value in enumerate(model.optimizer.variables):
        arrays[f"optimizer/{index}"] = ops.convert_to_numpy(value)
    arrays["position"] = np.array(json.dumps(asdict(position)))
    with whole_run_file(run / CHECKPOINT_NAME) as part, part.open("wb") as file:
        np.savez(file, **arrays)


def has_checkpoint(run: Path) -> bool:
    """Whether a run came to its first checkpoint."""
    return (run / CHECKPOINT_NAME).is_file()


def load_checkpoint(run: Path, model: keras.Model) -> Position:
    """Put a run's last state into a model built and compiled the same way."""
    path = run / CHECKPOINT_NAME
    with _opened(path) as arrays:
        _assign(model.variables, arrays, "model", path)
        _assign(model.optimizer.variables, arrays, "optimizer", path)
        return _position(arrays)


def steps_of(run: Path, name: str) -> int | None:
    """After how many steps the averaged weights of that name were written; None without a checkpoint."""
    if not has_checkpoint(run):
        return None
    with _opened(run / CHECKPOINT_NAME) as arrays:
        position = _position(arrays)
    return position.best_step if name == BEST_NAME else position.step


def _position(arrays: NpzFile) -> Position:
    return Position(**json.loads(str(arrays["position"])))


def save_weights(run: Path, network: keras.Model, name: str = WEIGHTS_NAME) -> None:
    """Write the weights as they are now: what `export` and `--start` read."""
    arrays = {f"network/{index}": ops.convert_to_numpy(value) for index, value in enumerate(network.weights)}
    with whole_run_file(run / name) as part, part.open("wb") as file:
        np.savez(file, **arrays)


def load_weights(run: Path, network: keras.Model, name: str = WEIGHTS_NAME) -> None:
    """Put a run's averaged weights, the last or the best, into a network of the same design."""
    path = run / name
    if not path.is_file() and name == BEST_NAME:
        raise UsageError(f"{run} holds no best weights: no epoch of it was judged", "Take the last ones.")
    if not path.is_file():
        raise UsageError(f"{run} holds no weights yet", "Let `colorcli train` come to its first checkpoint.")
    with _opened(path) as arrays:
        _assign(network.weights, arrays, "network", path)


def _opened(path: Path) -> NpzFile:
    try:
        opened: NpzFile = np.load(path)
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    return opened


def _assign(variables: list[keras.Variable], arrays: NpzFile, group: str, path: Path) -> None:
    if sum(key.startswith(f"{group}/") for key in arrays) != len(variables):
        raise UsageError(f"{path} is of another network: its {group} does not have {len(variables)} arrays")
    for index, variable in enumerate(variables):
        value = arrays[f"{group}/{index}"]
        if value.shape != tuple(variable.shape):
            raise UsageError(
                f"{path} is of another network: {variable.path} is {tuple(variable.shape)}, not {value.shape}"
            )
        variable.assign(value)
