"""Everything that decides a training run, in one frozen record that is saved beside its weights."""

import dataclasses
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from colorcli.errors import UsageError
from colorcli.training.run_folder.files import whole_run_file

CONFIG_NAME = "config.json"
WORDS = {
    "folder",
    "name",
    "imagenet",
    "none",
    "cifar10",
    "cifar100",
}  # that are no paths, where paths may stand
EARLIER_NAMES = {"feature": "feature_weight"}  # of fields of a network, in runs and models made before
DEFAULT_EPOCHS = 20  # of a run that nothing else bounds


@dataclass(frozen=True, kw_only=True)
class Damage:
    """Which kinds of damage of old photographs are put on L while training."""

    noise: bool = True
    blur: bool = True
    fading: bool = True
    curve: bool = True
    jpeg: bool = True


@dataclass(frozen=True)
class NetworkConfig:
    """What is built: enough to build it again, with nothing else at hand."""

    architecture: str = "inception-unet"
    objective: str = "classification"
    decoder: str = "classification"  # how the generator of `gan` speaks: the objective that it had before
    width: float = 1.0  # factor on the channels that are ours (never on a pretrained encoder's)
    encoder: str = "inception-v3"
    palette: tuple[tuple[float, float, float], ...] = ()  # (a, b, share of all pixels) of each colour class
    loss: str = "huber"  # of `regression`: mse, l1, huber
    cost: str = "kl"  # of `histogram`: kl, emd
    temperature: float = 0.4  # of the annealed mean; 1 is the mean, towards 0 the mode
    rebalance: float = 0.5  # 1 weighs each colour class by its rarity alone, 0 not at all
    decoded: float = 0.0  # weight of the L1 distance of the decoded colour beside the classes
    adversarial: float = 0.1  # of `gan` and `critic`: weight of the critic's verdict
    feature_weight: float = 0.0  # of `gan` and `critic`: weight of the distance of encoder features
    classes: float = 0.2  # of `critic`: weight of the colour classes

    @property
    def has_classes(self) -> bool:
        """Whether the network's numbers stand for colour classes, those of the palette."""
        decoder = self.decoder if self.objective == "gan" else self.objective
        return decoder in ("classification", "critic")

    @classmethod
    def parsed(cls, values: dict[str, Any]) -> "NetworkConfig":
        """Back from JSON, also where a field still has an earlier name."""
        named = {EARLIER_NAMES.get(name, name): value for name, value in values.items()}
        palette = tuple(tuple(colour) for colour in values["palette"])
        return cls(**named | {"palette": palette})


@dataclass(frozen=True)
class TrainConfig:
    """One run of `colorcli train`: one field a flag."""

    sources: tuple[str, ...]
    network: NetworkConfig = field(default_factory=NetworkConfig)
    categories: tuple[str, ...] = ()  # empty: all
    encoder_weights: str = "colorcli"  # colorcli (the shipped model's), imagenet, none, or a file
    start: str = ""  # a run or model whose weights this one begins with
    category_from: str = "folder"  # that a photograph lies in; name, or a CSV file
    limit: int = 0  # photographs of each source; 0: all
    unfreeze: str = ""  # first encoder block that learns, or all; empty: the encoder is frozen
    encoder_rate: float = 2e-4  # peak of its learning rate
    critic_rate: float = 1e-3  # of `gan` and `critic`: peak of the critic's learning rate
    critic_first: int = 0  # steps in which the critic learns alone
    critic_weights: str = ""  # of the encoder that a loss looks through; empty: `encoder_weights`
    crop: int = 192  # pixels
    batch_size: int = 32
    epochs: int | None = None  # epochs or minutes bound the run; neither: DEFAULT_EPOCHS
    minutes: float | None = None
    learning_rate: float = 1e-3
    schedule: str = "cosine"  # of the rates: cosine (to zero), constant
    warmup: int = 200  # steps
    ema: float = 0.998
    clip: float = 1.0  # largest norm of all gradients together
    precision: str = "auto"  # auto, float32, bfloat16
    seed: int = 0
    validation: float | str = 0.1  # share of the photographs; from 1 on their number; a list or a folder
    patience: int = 0  # epochs without a better validation loss that end the run; 0: none do
    flip: bool = True
    scale: float = 0.6  # the smallest crop, as a share of the short side
    damage: Damage = field(default_factory=Damage)
    features: bool = True  # what the frozen layers see is computed once and kept
    variants: int = 2  # of each photograph that are kept
    features_limit: float = 10.0  # GB
    checkpoint_minutes: float = 10.0
    sample_minutes: float = 10.0  # between two sheets of samples
    workers: int = 0  # threads that prepare batches; 0: one a core
    photographs: int = 0  # that it learnt from; counted when the run begins

    @property
    def pretrained(self) -> bool:
        """Whether the encoder has learnt before."""
        return bool(self.start) or self.encoder_weights != "none"

    @property
    def last_epoch(self) -> int:
        """How many epochs there are in all, where minutes do not bound the run."""
        return self.epochs or DEFAULT_EPOCHS

    def located(self) -> "TrainConfig":
        """With absolute paths, so that the run can go on from another working folder."""
        return replace(
            self,
            sources=tuple(map(_absolute, self.sources)),
            validation=_absolute(self.validation) if isinstance(self.validation, str) else self.validation,
            category_from=_absolute(self.category_from),
            encoder_weights=_absolute(self.encoder_weights),
            start=_absolute(self.start),
        )

    def save(self, run: Path) -> None:
        """Write config.json into the run's folder."""
        with whole_run_file(run / CONFIG_NAME) as part:
            part.write_text(json.dumps(dataclasses.asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, run: Path) -> "TrainConfig":
        """Read config.json of a run's folder."""
        try:
            values = json.loads((run / CONFIG_NAME).read_text())
            values["network"] = NetworkConfig.parsed(values["network"])
            values["damage"] = Damage(**values["damage"])
            for name in ("sources", "categories"):
                values[name] = tuple(values[name])
            return cls(**values)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UsageError(
                f"{run} is not a training run: {error}", "Give the folder that `colorcli train --out` made."
            ) from error


def _absolute(name: str) -> str:
    """A path from the root; words that mean something else stay as they are."""
    is_path = name and name.partition(":")[0] not in WORDS
    return str(Path(name).absolute()) if is_path and Path(name).exists() else name
