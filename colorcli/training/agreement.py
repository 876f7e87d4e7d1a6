"""Does an exported graph answer as Keras does? Asked about photographs, at several sizes and batches."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorcli.color.lab import Floats
from colorcli.errors import ModelError
from colorcli.training.cache import prepare
from colorcli.training.colorization import Colorization
from colorcli.training.dataset import unpack
from colorcli.training.sources import find

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

Predict = Callable[[Floats, float | None], Floats]


@dataclass(frozen=True)
class Question:
    """L (N, H, W, 1), the temperature to decode at (None is the model's own), and Keras's ab (N, h, w, 2)."""

    lightness: Floats
    temperature: float | None
    ab: Floats


def ask(
    model: Colorization, photographs: list[Floats], temperature: float | None, saturation: float
) -> list[Question]:
    """Keras's answers; `temperature` is the default that the graph holds."""
    questions = []
    for number, (count, height, width) in enumerate(SHAPES):
        lightness = np.stack([cv2.resize(photo, (width, height)) for photo in photographs[:count]])[..., None]
        fed = None
        if temperature is not None and number % 2:
            fed = temperature * OTHER_TEMPERATURE
        ab = np.asarray(model.colour(lightness, temperature if fed is None else fed), np.float32)
        questions.append(Question(lightness, fed, ab * np.float32(saturation)))
    return questions


def largest_difference(predict: Predict, questions: list[Question]) -> float:
    """The largest distance between a graph's ab and Keras's, in ab units."""
    differences = []
    for question in questions:
        ab = predict(question.lightness, question.temperature)
        if ab.shape != question.ab.shape:
            raise ModelError(f"the exported model answers with shape {ab.shape}, not {question.ab.shape}")
        differences.append(float(np.abs(ab - question.ab).max()))
    return max(differences)


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
