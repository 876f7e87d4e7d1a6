"""The one protocol: every photograph on 256 x 256 pixels, its lightness coloured, compared with itself.

Grey comes first among the painters, so that every table shows what has to be beaten.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

import numpy as np

from colorcli.color.lab import Floats
from colorcli.errors import PhotoError
from colorcli.evaluate import metrics
from colorcli.evaluate.features import Comparison, Inception, Lpips
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import Painter
from colorcli.evaluate.photographs import Photograph, grey_of, load, square


@dataclass(frozen=True)
class Scores:
    """One painter on one photograph."""

    psnr: float  # dB, over RGB
    gain: float  # dB over grey
    ssim: float
    ciede2000: float  # mean over the pixels
    colourfulness: float
    true_colourfulness: float
    chroma: float  # mean over the pixels, CIE units
    true_chroma: float
    lpips: float | None


@dataclass(frozen=True)
class Features:
    """What one network sees of a photograph, and of each painter's result."""

    truth: Floats
    painted: tuple[Floats, ...]


@dataclass(frozen=True)
class Measurement:
    """All painters on one photograph, in their order; features only of the networks that were given."""

    photograph: Photograph
    figures: tuple[Scores, ...]
    inception: Features | None = None
    alexnet: Features | None = None


@dataclass(frozen=True)
class Summary:
    """One painter on a set of photographs."""

    photographs: int
    psnr: float  # dB, mean of the photographs'
    gain: float
    ssim: float
    ciede2000: float  # mean of the photographs'
    ciede2000_median: float  # median of the photographs'
    colourfulness: float
    colourfulness_gap: float  # to the truth; negative is duller
    chroma_ratio: float  # mean chroma of all pixels over the true one
    lpips: float | None


@dataclass(frozen=True)
class Networks:
    """The optional networks."""

    inception: Inception | None = None
    lpips: Lpips | None = None


def measure(
    photographs: Sequence[Photograph], painters: Sequence[Painter], networks: Networks = Networks()
) -> Iterator[Measurement | PhotoError]:
    """One measurement a photograph, or the error that left it out; the first painter is grey."""
    for photograph in photographs:
        try:
            truth = square(load(photograph))
        except PhotoError as error:
            yield error
            continue
        yield _measure_one(photograph, truth, painters, networks)


def _measure_one(
    photograph: Photograph, truth: Pixels, painters: Sequence[Painter], networks: Networks
) -> Measurement:
    grey = grey_of(truth)
    painted = [painter.paint(grey) for painter in painters]
    floor = metrics.psnr(truth, painted[0])
    compared = [networks.lpips.compare(truth, pixels) if networks.lpips else None for pixels in painted]
    figures = tuple(
        _figures(truth, pixels, floor, comparison.distance if comparison else None)
        for pixels, comparison in zip(painted, compared, strict=True)
    )
    return Measurement(
        photograph, figures, _inception(networks.inception, truth, painted), _alexnet(compared)
    )


def _inception(network: Inception | None, truth: Pixels, painted: Sequence[Pixels]) -> Features | None:
    if network is None:
        return None
    return Features(network.features(truth), tuple(network.features(pixels) for pixels in painted))


def _alexnet(compared: Sequence[Comparison | None]) -> Features | None:
    """Of the comparisons of the truth with each result."""
    found = [comparison for comparison in compared if comparison]
    return Features(found[0].first, tuple(comparison.second for comparison in found)) if found else None


def _figures(truth: Pixels, painted: Pixels, floor: float, lpips: float | None) -> Scores:
    true_lab, painted_lab = metrics.to_lab(truth), metrics.to_lab(painted)
    psnr = metrics.psnr(truth, painted)
    return Scores(
        psnr=psnr,
        gain=psnr - floor,
        ssim=metrics.ssim(truth, painted),
        ciede2000=float(metrics.ciede2000(true_lab, painted_lab).mean()),
        colourfulness=metrics.colourfulness(painted),
        true_colourfulness=metrics.colourfulness(truth),
        chroma=metrics.chroma(painted_lab[..., 1:]),
        true_chroma=metrics.chroma(true_lab[..., 1:]),
        lpips=lpips,
    )


def summarise(measurements: Sequence[Measurement], painter: int) -> Summary:
    """The figures of one painter over these photographs."""
    rows = [measurement.figures[painter] for measurement in measurements]
    colourfulness = fmean(row.colourfulness for row in rows)
    distances = [row.lpips for row in rows if row.lpips is not None]
    return Summary(
        photographs=len(rows),
        psnr=fmean(row.psnr for row in rows),
        gain=fmean(row.gain for row in rows),
        ssim=fmean(row.ssim for row in rows),
        ciede2000=fmean(row.ciede2000 for row in rows),
        ciede2000_median=median(row.ciede2000 for row in rows),
        colourfulness=colourfulness,
        colourfulness_gap=colourfulness - fmean(row.true_colourfulness for row in rows),
        chroma_ratio=fmean(row.chroma for row in rows) / fmean(row.true_chroma for row in rows),
        lpips=fmean(distances) if distances else None,
    )


def fid(measurements: Sequence[Measurement], painter: int) -> float | None:
    """Frechet distance between the painter's results and the truths; None without the Inception network."""
    return _frechet([measurement.inception for measurement in measurements], painter)


def frechet_alexnet(measurements: Sequence[Measurement], painter: int) -> float | None:
    """The same, times 1000, by the features of the LPIPS network, which no colorizer here descends from."""
    distance = _frechet([measurement.alexnet for measurement in measurements], painter)
    return None if distance is None else 1000 * distance


def _frechet(features: Sequence[Features | None], painter: int) -> float | None:
    seen = [photograph for photograph in features if photograph]
    if len(seen) < 2:
        return None
    truths = np.stack([photograph.truth for photograph in seen])
    return metrics.frechet_distance(truths, np.stack([photograph.painted[painter] for photograph in seen]))


def by_category(measurements: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    return _grouped(measurements, [measurement.photograph.category for measurement in measurements])


def by_source(measurements: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    return _grouped(measurements, [measurement.photograph.source for measurement in measurements])


def _grouped(measurements: Sequence[Measurement], names: Sequence[str]) -> dict[str, list[Measurement]]:
    groups: dict[str, list[Measurement]] = {name: [] for name in sorted(set(names))}
    for measurement, name in zip(measurements, names, strict=True):
        groups[name].append(measurement)
    return groups
