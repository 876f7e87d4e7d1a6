"""Does an exported graph answer as Keras does? Asked about photographs, at several sizes and batches."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorcli.color.lab import Floats
from colorcli.errors import ModelError
from colorcli.inference.model import AB
from colorcli.training.colorization import Colorization
from colorcli.training.data.batches import unpack
from colorcli.training.data.cache import prepare
from colorcli.training.data.sources import find
from colorcli.training.onnx_export.graph import insights

SHAPES = (  # (N, H, W): odd sizes too, and sizes that no stride divides
    (1, 33, 47),
    (2, 33, 47),
    (1, 97, 160),
    (2, 97, 160),
    (1, 256, 256),
    (2, 256, 256),
)
PHOTOGRAPHS = 2  # the largest batch
SIDE = 256  # pixels of a photograph's short side
OTHER_TEMPERATURE = 0.7  # times the default: an input that is ignored would not be noticed otherwise

# L (N, H, W, 1), the outputs wanted, the temperature -> those outputs
Ask = Callable[[Floats, Collection[str], float | None], Mapping[str, Floats]]


@dataclass(frozen=True)
class Question:
    """L (N, H, W, 1), the temperature to decode at (None is the model's own), and Keras's answers by name."""

    lightness: Floats
    temperature: float | None
    answers: Mapping[str, Floats]


@dataclass(frozen=True)
class Difference:
    """The largest distances of a graph's answers from Keras's."""

    ab: float  # ab units
    others: float  # of the further outputs, as a share of the largest value of each


def ask(
    model: Colorization,
    photographs: list[Floats],
    temperature: float | None,
    saturation: float,
    logits: bool,
) -> list[Question]:
    """Keras's answers; `temperature` is the default that the graph holds."""
    seeing = insights(model, logits)
    questions = []
    for number, (count, height, width) in enumerate(SHAPES):
        lightness = np.stack([cv2.resize(photo, (width, height)) for photo in photographs[:count]])[..., None]
        fed = None
        if temperature is not None and number % 2:
            fed = temperature * OTHER_TEMPERATURE
        raw, further = seeing(lightness, training=False)
        ab = np.asarray(model.objective.decode(raw, temperature if fed is None else fed), np.float32)
        answers = {name: np.asarray(values, np.float32) for name, values in further.items()}
        questions.append(Question(lightness, fed, {AB: ab * np.float32(saturation)} | answers))
    return questions


def largest_difference(ask: Ask, questions: list[Question]) -> Difference:
    """How far a graph's answers are from Keras's at most."""
    ab, others = [0.0], [0.0]
    for question in questions:
        answers = ask(question.lightness, question.answers.keys(), question.temperature)
        for name, wanted in question.answers.items():
            distance = _distance(name, answers.get(name), wanted)
            if name == AB:
                ab.append(distance)
            else:
                others.append(distance / max(float(np.abs(wanted).max()), 1e-6))
    return Difference(float(np.max(ab)), float(np.max(others)))  # NaN stays NaN


def _distance(name: str, answer: Floats | None, wanted: Floats) -> float:
    shape = None if answer is None else answer.shape
    if answer is None or shape != wanted.shape:
        raise ModelError(f"the exported model answers {name} with shape {shape}, not {wanted.shape}")
    return float(np.abs(answer - wanted).max())


def photographs_of(sources: tuple[str, ...]) -> list[Floats]:
    """L (H, W) of the first photographs of a run; where they are gone, of pictures that resemble some."""
    files = (source for source in sources if Path(source).exists())
    found = itertools.chain.from_iterable(find(source) for source in files)
    packed = (prepare(photo.content, SIDE) for photo in itertools.islice(found, 100))
    usable = (unpack(photo)[0] for photo in packed if not isinstance(photo, str))
    return list(itertools.islice(itertools.chain(usable, _lookalikes()), PHOTOGRAPHS))


def _lookalikes() -> Iterator[Floats]:
    """L (SIDE, SIDE) of noise that is as strong at every scale, as in photographs."""
    rng = np.random.default_rng(0)
    while True:
        octaves = [rng.random((side, side), np.float32) for side in (2, 4, 8, 16, 32, 64, 128)]
        picture = sum(cv2.resize(octave, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for octave in octaves)
        yield np.clip(picture / len(octaves) * 200 - 50, 0, 100)
