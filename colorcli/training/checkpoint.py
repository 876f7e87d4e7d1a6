"""The whole state of a run in one file, written beside its place and moved there: it is old or new, never half."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import keras
import numpy as np
from keras import ops

from colorcli.errors import UsageError

CHECKPOINT_NAME = "checkpoint.npz"
WEIGHTS_NAME = "averaged.npz"


@dataclass(frozen=True)
class Position:
    """How far a run has come."""

    epoch: int = 0  # whole epochs done
    batch: int = 0  # batches done of the next one
    step: int = 0  # optimizer steps in all
    seconds: float = 0.0  # spent


def save_checkpoint(run: Path, model: keras.Model, position: Position) -> None:
    """Write weights, optimizer, averages, random states and position."""
    arrays = {f"model/{index}": ops.convert_to_numpy(value) for index, value in enumerate(model.variables)}
    for index, value in enumerate(model.optimizer.variables):
        arrays[f"optimizer/{index}"] = ops.convert_to_numpy(value)
    _write(run / CHECKPOINT_NAME, arrays | {"position": np.array(json.dumps(asdict(position)))})


def load_checkpoint(run: Path, model: keras.Model) -> Position:
    """Put a run's last state into a model built and compiled the same way."""
    path = run / CHECKPOINT_NAME
    if not path.is_file():
        raise UsageError(f"{run} holds no checkpoint to resume from", "Start it anew without --resume.")
    with np.load(path) as arrays:
        _assign(model.variables, arrays, "model", path)
        _assign(model.optimizer.variables, arrays, "optimizer", path)
        return Position(**json.loads(str(arrays["position"])))


def save_weights(run: Path, network: keras.Model) -> None:
    """Write the weights as they are now: what `export` and `--start` read."""
    arrays = {f"network/{index}": ops.convert_to_numpy(value) for index, value in enumerate(network.weights)}
    _write(run / WEIGHTS_NAME, arrays)


def load_weights(run: Path, network: keras.Model) -> None:
    """Put a run's averaged weights into a network of the same design."""
    path = run / WEIGHTS_NAME
    if not path.is_file():
        raise UsageError(f"{run} holds no weights yet", "Let `colorcli train` come to its first checkpoint.")
    with np.load(path) as arrays:
        _assign(network.weights, arrays, "network", path)


def _assign(variables: list[keras.Variable], arrays: dict[str, np.ndarray], group: str, path: Path) -> None:
    if sum(key.startswith(f"{group}/") for key in arrays) != len(variables):
        raise UsageError(f"{path} is of another network: its {group} does not have {len(variables)} arrays")
    for index, variable in enumerate(variables):
        value = arrays[f"{group}/{index}"]
        if value.shape != tuple(variable.shape):
            raise UsageError(
                f"{path} is of another network: {variable.path} is {variable.shape}, not {value.shape}"
            )
        variable.assign(value)


def _write(path: Path, arrays: dict[str, np.ndarray]) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
