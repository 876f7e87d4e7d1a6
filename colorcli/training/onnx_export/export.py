"""From a training run to one ONNX file that holds the network, its decoding to colour, and what it is.

lightness (N, H, W, 1) -> network -> decoded -> x saturation -> ab (N, ceil(H/stride), ceil(W/stride), 2)
temperature () ----------------------^   (optional: its default is inside; only where decoding has one)

Further outputs, computed only for who asks: features8 and features16 of a pretrained encoder, and the logits
over the classes of the palette in the metadata.
"""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Literal

import numpy as np
import onnx

from colorcli.errors import ModelError, PhotoError, UsageError
from colorcli.files import refuse_existing, whole_file
from colorcli.inference.model import AB, DEFAULT_NAME, Model
from colorcli.inference.spec import ModelSpec
from colorcli.training import architectures
from colorcli.training.colorization import Colorization, build
from colorcli.training.config import NetworkConfig, TrainConfig
from colorcli.training.dependencies import muted
from colorcli.training.devices import set_precision
from colorcli.training.network.blend import blend
from colorcli.training.network.onnx_weights import DESIGN
from colorcli.training.onnx_export.check import Difference, Question, ask, largest_difference, photographs_of
from colorcli.training.onnx_export.graph import halve, to_onnx
from colorcli.training.run_folder.checkpoint import BEST_NAME, WEIGHTS_NAME, load_weights, steps_of
from colorcli.training.start import load_start

Precision = Literal["fp16", "fp32"]
SATURATION = "saturation"  # further metadata: the factor on ab that is inside the graph
EXACT = 0.01  # ab units, a 10,000th of their range: what float32 sums in another order may differ by
ROUNDED = 0.5  # ab units: what weights rounded to float16 may add to it; a step of 8-bit RGB is as large
ROUNDED_SHARE = 0.01  # of the strongest colour: what they may add where that is more
EXACT_SHARE = 1e-3  # the same two for the further outputs, of the largest value of each
ROUNDED_OTHERS = 0.05


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What the file shall say of itself, and how it is stored."""

    name: str = DEFAULT_NAME
    version: str = ""  # empty: how many steps it has learnt
    licence: str = "not stated"
    data: str = ""  # what it was trained on; empty: what the run knows
    render_size: int | None = None  # pixels; None is the architecture's own
    large_render_size: int | None = None  # of photographs that are at least as large; None is the same
    temperature: float | None = None  # the default inside the file; None is the run's own
    saturation: float = 1.0  # factor on ab
    precision: Precision = "fp16"  # of large weights in the file; the arithmetic is float32 in any case
    overwrite: bool = False
    weights: Literal["last", "best"] = "last"
    keep: float = 0.0  # share of the weights that the run began with; the rest are its own


@dataclass(frozen=True)
class Exported:
    """A finished file, and the largest distance of its colours from Keras's, in ab units."""

    path: Path
    spec: ModelSpec
    difference: float


def export(run: Path, target: Path, options: ExportOptions) -> Exported:
    """Write a run's averaged network to `target`; a file that does not answer as Keras does is not left."""
    config = TrainConfig.load(run)
    refuse_existing(target, options.overwrite)
    set_precision("float32")  # a network of mixed precision cannot be exported
    model = build(config.network)
    weights = {"last": WEIGHTS_NAME, "best": BEST_NAME}[options.weights]
    load_weights(run, model.network, weights)
    if options.keep:
        _keep(model, config, options.keep)
    spec = describe(config, model.objective.temperature, options, steps_of(run, weights))
    photographs = photographs_of(config.sources)
    classes = bool(spec.palette)
    with muted():
        graph = to_onnx(model, spec.temperature, options.saturation, classes)
        questions = ask(model, photographs, spec.temperature, options.saturation, classes)
    further = {SATURATION: str(options.saturation), DESIGN: json.dumps(asdict(config.network))}
    onnx.helper.set_model_props(graph, spec.to_metadata() | further)
    difference = _write(graph, target, options, questions)
    return Exported(target, spec, difference)


def _keep(model: Colorization, config: TrainConfig, share: float) -> None:
    """Go back a share of the way to what the run began with."""
    if not config.start:
        raise UsageError("the run began with nothing to keep", "Leave --keep out, or train with --start.")
    before = build(config.network)
    load_start(config.start, before)
    blend(model.network, before.network, share)


def describe(
    config: TrainConfig, temperature: float | None, options: ExportOptions, steps: int | None
) -> ModelSpec:
    """What the file says of itself; `temperature` is the run's own, None where its objective has none."""
    if options.temperature is not None and temperature is None:
        raise UsageError(
            f"a network that learnt {config.network.objective} has no temperature",
            "Leave --temperature out.",
        )
    recipe = architectures.get(config.network.architecture).RECIPE
    return ModelSpec(
        name=options.name,
        architecture=config.network.architecture,
        objective=config.network.objective,
        version=options.version or ("not stated" if steps is None else f"{steps} steps"),
        render_size=options.render_size or recipe.render_size,
        stride=recipe.stride,
        temperature=temperature if options.temperature is None else options.temperature,
        data=options.data or summary(config),
        licence=options.licence,
        colorcli=version_of("colorcli"),
        palette=_palette(config.network, options.saturation),
        large_render_size=options.large_render_size,
    )


def _palette(network: NetworkConfig, saturation: float) -> tuple[tuple[float, float], ...]:
    """The colour (a, b) of each class as the file answers it; none where the network knows no classes."""
    if not network.has_classes:
        return ()
    return tuple((round(a * saturation, 3), round(b * saturation, 3)) for a, b, _ in network.palette)


def summary(config: TrainConfig) -> str:
    """What a run learnt from, in one line: sources and weights by their names, without anybody's folders."""
    sources = ", ".join(dict.fromkeys(_plain(source) for source in config.sources))
    parts = [f"{config.photographs or ''} photographs of {sources}".lstrip()]
    if config.categories:
        parts.append(f"only {', '.join(config.categories)}")
    if "none" not in (config.network.encoder, config.encoder_weights):
        parts.append(f"encoder {config.network.encoder} from {_plain(config.encoder_weights)}")
    if config.start:
        parts.append(f"begun from {_plain(config.start)}")
    return "; ".join(parts)


def _plain(source: str) -> str:
    """cifar10:dog stays; of a path only the last part, without its suffix."""
    return Path(source).stem


def _write(graph: onnx.ModelProto, target: Path, options: ExportOptions, questions: list[Question]) -> float:
    """Whole and right, or not at all: compared before its weights are rounded, and again after."""
    try:
        with whole_file(target, options.overwrite) as part:
            difference = _written(graph, part, questions, Difference(EXACT, EXACT_SHARE))
            if options.precision == "fp16":
                halve(graph)
                strongest = max(float(np.abs(question.answers[AB]).max()) for question in questions)
                allowed = Difference(max(ROUNDED, ROUNDED_SHARE * strongest), ROUNDED_OTHERS)
                difference = _written(graph, part, questions, allowed)
    except PhotoError as error:
        raise ModelError(f"{target}: {error.message}", error.hint) from error
    return difference


def _written(graph: onnx.ModelProto, path: Path, questions: list[Question], allowed: Difference) -> float:
    """Write the graph, open the file, and compare its answers with Keras's; how far the colours differ."""
    path.write_bytes(graph.SerializeToString())
    found = largest_difference(Model.open(path, "cpu").ask, questions)
    _refuse("colours", found.ab, allowed.ab)
    _refuse("further outputs", found.others, allowed.others)
    return found.ab


def _refuse(what: str, difference: float, allowed: float) -> None:
    if not difference <= allowed:  # so that NaN fails as well
        raise ModelError(
            f"the file's {what} differ from Keras's by {difference:.2g}, where {allowed:g} is allowed",
            "Nothing was written. Try other versions of tensorflow and tf2onnx.",
        )
