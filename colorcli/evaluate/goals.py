"""The goals a default model is held to, each with what was measured: reached, or missed by how much."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorcli.evaluate.edges import EdgeDifference
from colorcli.evaluate.protocol import Measurement, by_category, by_source, fid, summarise

GAIN = 2.2  # dB
CHROMA_RATIO = (0.90, 1.05)
COLOURFULNESS_GAP = 4.0
FID = 50.0
SOURCE_PHOTOGRAPHS = 30  # a source with fewer is reported, not judged
PERSON_CHROMA_RATIO = (0.8, 1.1)
STABILITY = 6.0  # mean ab distance
FILE_SIZE = 60.0  # MB of 10^6 bytes
PARAMETERS = 28.0  # millions


@dataclass(frozen=True)
class Goal:
    """One goal; `missed_by` is empty when it is reached, None when it could not be measured."""

    name: str
    target: str
    measured: str
    missed_by: str | None

    @property
    def reached(self) -> bool | None:
        return None if self.missed_by is None else not self.missed_by

    def __str__(self) -> str:
        verdict = {True: "reached", False: f"MISSED by {self.missed_by}", None: "not measured"}[self.reached]
        return f"{self.name}: {self.measured} ({self.target}): {verdict}"


@dataclass(frozen=True)
class Evidence:
    """What the goals of one model are judged by; `painter` is its place among the figures."""

    measurements: Sequence[Measurement]
    painter: int
    model: Path
    inception: str | None  # the network whose features FID compares
    edges: EdgeDifference | None
    stability: Mapping[str, float]


def judge(evidence: Evidence) -> list[Goal]:
    """Every goal, in a fixed order."""
    overall = summarise(evidence.measurements, evidence.painter)
    gap = abs(overall.colourfulness_gap)
    worst_change = max(evidence.stability, key=lambda name: evidence.stability[name])
    return [
        _gain(overall.gain, overall.chroma_ratio),
        _at_most("colourfulness gap to the truth", gap, COLOURFULNESS_GAP),
        _fid(evidence),
        _sources(evidence),
        *_persons(evidence, overall.ciede2000_median),
        _edges(evidence.edges),
        _at_most(f"change of ab, worst: {worst_change}", evidence.stability[worst_change], STABILITY),
        _at_most("file size, MB", evidence.model.stat().st_size / 1e6, FILE_SIZE),
        _at_most("parameters, millions", _parameters(evidence.model), PARAMETERS),
    ]


def _at_most(name: str, value: float | None, limit: float) -> Goal:
    target = f"at most {limit:g}"
    if value is None:
        return Goal(name, target, "-", None)
    return Goal(name, target, f"{value:.2f}", f"{value - limit:.2f}" if value > limit else "")


def _fid(evidence: Evidence) -> Goal:
    """The name says which features: their distances are not alike."""
    name = f"FID on {evidence.inception}" if evidence.inception else "FID"
    return _at_most(name, fid(evidence.measurements, evidence.painter), FID)


def _gain(gain: float, ratio: float) -> Goal:
    """Neither counts without the other: a dull model gains, a gaudy one has chroma."""
    misses = [f"{GAIN - gain:.2f} dB"] if gain < GAIN else []
    misses += [f"{miss:.2f} of chroma ratio"] if (miss := _outside(ratio, CHROMA_RATIO)) else []
    target = f"at least {GAIN} dB with {CHROMA_RATIO[0]:.2f} to {CHROMA_RATIO[1]:.2f}"
    measured = f"{gain:+.2f} dB with chroma ratio {ratio:.2f}"
    return Goal("PSNR gain over grey", target, measured, " and ".join(misses))


def _sources(evidence: Evidence) -> Goal:
    gains = {
        name: (len(measurements), summarise(measurements, evidence.painter).gain)
        for name, measurements in by_source(evidence.measurements).items()
    }
    judged = {name: gain for name, (count, gain) in gains.items() if count >= SOURCE_PHOTOGRAPHS}
    worse = [f"{name} {gain:+.2f} dB" for name, gain in judged.items() if gain < 0]
    small = [f"{name} {gain:+.2f}" for name, (count, gain) in gains.items() if count < SOURCE_PHOTOGRAPHS]
    least = min(judged, key=lambda name: judged[name], default=None)
    measured = f"least {least} {judged[least]:+.2f} dB" if least else "-"
    measured += f"; with fewer photographs: {', '.join(small)}" if small else ""
    target = f"none of {SOURCE_PHOTOGRAPHS} photographs or more worse than grey"
    return Goal("sources", target, measured, ", ".join(worse) if judged else None)


def _persons(evidence: Evidence, median_of_all: float) -> list[Goal]:
    low, high = PERSON_CHROMA_RATIO
    names = "person: chroma ratio", "person: median CIEDE2000"
    targets = f"{low} to {high}", f"at most that of all, {median_of_all:.2f}"
    persons = by_category(evidence.measurements).get("person")
    if not persons:
        return [Goal(name, target, "-", None) for name, target in zip(names, targets, strict=True)]
    summary = summarise(persons, evidence.painter)
    ratio, median = summary.chroma_ratio, summary.ciede2000_median
    miss, excess = _outside(ratio, PERSON_CHROMA_RATIO), median - median_of_all
    return [
        Goal(names[0], targets[0], f"{ratio:.2f}", f"{miss:.2f}" if miss else ""),
        Goal(names[1], targets[1], f"{median:.2f}", f"{excess:.2f}" if excess > 0 else ""),
    ]


def _edges(edges: EdgeDifference | None) -> Goal:
    name, target = "CIEDE2000 along edges", "lower than with bicubic upsampling"
    if edges is None:
        return Goal(name, target, "-", None)
    margin = edges.bicubic - edges.guided
    measured = f"{edges.guided:.3f} against {edges.bicubic:.3f}, margin {margin:.3f}"
    return Goal(name, target, measured, "" if margin > 0 else f"{-margin:.3f}")


def _outside(value: float, bounds: tuple[float, float]) -> float:
    """How far a value lies outside its bounds, 0 inside."""
    return max(bounds[0] - value, value - bounds[1], 0.0)


def _parameters(model: Path) -> float | None:
    """Numbers in the file's initializers, in millions; None where onnx, which can count them, is missing."""
    try:
        import onnx
    except ImportError:
        return None
    count: int = sum(math.prod(tensor.dims) for tensor in onnx.load(model).graph.initializer)
    return count / 1e6
