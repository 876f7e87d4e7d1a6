"""What a run begins with: another run, or a model by its name or file."""

from pathlib import Path

from colorcli.errors import UsageError
from colorcli.inference.model import DEFAULT_NAME, find_model
from colorcli.training.colorization import Colorization
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.network.onnx_weights import load_exported, read_design
from colorcli.training.run_folder.checkpoint import load_weights


def load_start(start: str, model: Colorization) -> None:
    """The weights of a run, or of a model file of the same design."""
    if is_run(start):
        load_weights(Path(start), model.network)
    else:
        load_exported(find_model(start), model.network, model.encoder)


def design_of(start: str) -> NetworkConfig:
    """What the network of a run, or of a model file, looks like."""
    if is_run(start):
        return TrainConfig.load(Path(start)).network
    return read_design(find_model(start))


def is_run(start: str) -> bool:
    """Whether this is a run's folder, and not a model by its name or file."""
    return start != DEFAULT_NAME and not start.endswith(".onnx")


def check_designs(ours: NetworkConfig, theirs: NetworkConfig, start: str) -> None:
    """Weights go only into a network of the same design."""
    for part in ("architecture", "encoder", "width"):
        if getattr(ours, part) != getattr(theirs, part):
            raise UsageError(
                f"{start} has the {part} {getattr(theirs, part)}, not {getattr(ours, part)}",
                "Leave that option out: a run takes the design of the one that it starts from.",
            )
