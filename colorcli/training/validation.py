"""How good a run's averaged weights are on the photographs that it does not learn from."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from statistics import fmean

import cv2
import numpy as np
from keras import ops

from colorcli.color import lab
from colorcli.color.lab import Floats
from colorcli.evaluate import metrics
from colorcli.training.colorization import Colorization
from colorcli.training.data.batches import Batch, central_crop, stack, unpack
from colorcli.training.data.cache import PhotoCache
from colorcli.training.data.photographs import Photographs, Rows
from colorcli.training.data.selection import evenly

VALIDATED = 512  # photographs at most
SHOWN = 8  # photographs that samples are made of

Picture = metrics.Pixels  # RGB (H, W, 3)


@dataclass(frozen=True, eq=False)
class Sample:
    """One photograph (S, S): grey, as the network colours it, and as it is."""

    grey: Picture
    predicted: Picture
    truth: Picture


@dataclass(frozen=True)
class PhotoScores:
    """Of one photograph, or means of several."""

    psnr: float  # dB
    grey_psnr: float  # dB: what no colour at all would get
    chroma: float  # mean, in ab units
    true_chroma: float
    colourfulness: float
    true_colourfulness: float

    @property
    def chroma_ratio(self) -> float:
        """Mean chroma over the true one."""
        return self.chroma / self.true_chroma


@dataclass(frozen=True)
class ValidationResult:
    """How the averaged weights did on the validation photographs."""

    loss: float  # mean
    scores: tuple[tuple[str, PhotoScores], ...]  # category and scores of each photograph

    def overall(self) -> PhotoScores:
        """Means over all photographs."""
        return mean([scores for _, scores in self.scores])

    def by_category(self) -> dict[str, tuple[int, PhotoScores]]:
        """How many photographs a category has, and their means; last, where there are several, all."""
        groups: dict[str, list[PhotoScores]] = {
            name: [] for name in sorted({name for name, _ in self.scores})
        }
        for name, scores in self.scores:
            groups[name].append(scores)
        if len(groups) > 1:
            groups["all"] = [scores for _, scores in self.scores]
        return {name: (len(group), mean(group)) for name, group in groups.items()}


class Validator:
    """Measures a network on the same central crops every time."""

    def __init__(self, photographs: Photographs, crop: int, batch_size: int) -> None:
        self.cache, self.crop, self.batch_size = photographs.validation_cache, crop, batch_size
        self.rows = _spread(photographs.validation, VALIDATED)
        held = len(photographs.validation) > 0
        shown = photographs.validation if held else photographs.train
        self.shown_of = photographs.validation_cache if held else photographs.cache
        self.shown = _spread(shown, SHOWN)

    def validate(self, learner: Colorization) -> ValidationResult | None:
        """Loss and scores of the validation photographs, or None where nothing was held back."""
        losses, scores = [], []
        for rows in self._batched(self.rows):
            lightness, truth = self._batch(self.cache, rows)
            raw = learner.network(lightness, training=False)
            losses.append(float(learner.objective.loss(lightness, truth, raw)))
            predicted = ops.convert_to_numpy(learner.objective.decode(raw))
            for row, *photo in zip(rows, lightness[..., 0], predicted, truth, strict=True):
                scores.append((self.cache.entries[row].category, measure(*photo)))
        sizes = [len(rows) for rows in self._batched(self.rows)]
        return ValidationResult(float(np.average(losses, weights=sizes)), tuple(scores)) if scores else None

    def samples(self, learner: Colorization) -> list[Sample]:
        """A few photographs to look at, the same every time."""
        lightness, truth = self._batch(self.shown_of, self.shown)
        predicted = ops.convert_to_numpy(learner.colour(lightness))
        return [paint(*photo) for photo in zip(lightness[..., 0], predicted, truth, strict=True)]

    def _batched(self, rows: Rows) -> Iterator[Rows]:
        for first in range(0, len(rows), self.batch_size):
            yield rows[first : first + self.batch_size]

    def _batch(self, cache: PhotoCache, rows: Rows) -> Batch:
        return stack([unpack(central_crop(cache.photo(row), self.crop)) for row in rows])


def paint(lightness: Floats, predicted: Floats, truth: Floats) -> Sample:
    """The pictures of L (S, S), predicted ab (s, s, 2) and true ab (S, S, 2)."""
    grey = np.zeros_like(truth)
    return Sample(*(_picture(lightness, ab) for ab in (grey, enlarged(predicted, len(truth)), truth)))


def measure(lightness: Floats, predicted: Floats, truth: Floats) -> PhotoScores:
    """The scores of L (S, S), predicted ab (s, s, 2) and true ab (S, S, 2)."""
    predicted = enlarged(predicted, len(truth))
    sample = paint(lightness, predicted, truth)
    return PhotoScores(
        psnr=metrics.psnr(sample.truth, sample.predicted),
        grey_psnr=metrics.psnr(sample.truth, sample.grey),
        chroma=metrics.chroma(predicted),
        true_chroma=metrics.chroma(truth),
        colourfulness=metrics.colourfulness(sample.predicted),
        true_colourfulness=metrics.colourfulness(sample.truth),
    )


def mean(scores: Sequence[PhotoScores]) -> PhotoScores:
    """The mean of each figure."""
    return PhotoScores(*(fmean(column) for column in zip(*map(astuple, scores), strict=True)))


def enlarged(ab: Floats, side: int) -> Floats:
    """ab (s, s, 2) as (side, side, 2), linearly: `colorize` has better ways, a training run has no time."""
    result: Floats = cv2.resize(np.float32(ab), (side, side), interpolation=cv2.INTER_LINEAR)
    return result


def _picture(lightness: Floats, ab: Floats) -> Picture:
    return np.asarray(lab.join(lightness, np.ascontiguousarray(ab), np.dtype(np.uint8)), np.uint8)


def _spread(rows: Rows, count: int) -> Rows:
    """At most so many rows, evenly spread."""
    return rows[np.array(evenly(len(rows), count), np.intp)]
