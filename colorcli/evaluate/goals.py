"""The goals a default model is held to, each with what was measured: reached, or missed by how much."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from colorcli.evaluate.edges import EdgeDifference
from colorcli.evaluate.protocol import Measurement, by_category, by_source, fid, summarise
from colorcli.inference.model import packaged_file


@dataclass(frozen=True)
class Bounds:
    """What a default model is asked for; models/goals.json has the figures."""

    gain: float  # dB
    chroma_ratio: Sequence[float]
    ciede2000: float
    colourfulness_gap: float
    fid: float  # with average pooling
    lpips: float
    source_photographs: int  # a source with fewer is reported, not judged
    person_chroma_ratio: Sequence[float]
    stability: float  # mean ab distance
    file_size: float  # MB of 10^6 bytes
    parameters: float  # millions


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


def default_bounds() -> Bounds:
    """Those of the default model, as the folder of models has them."""
    values = json.loads(packaged_file("goals.json").read_text("utf-8"))["default"]
    return Bounds(**values)


def judge(evidence: Evidence) -> list[Goal]:
    """Every goal, in a fixed order."""
    asked = default_bounds()
    overall = summarise(evidence.measurements, evidence.painter)
    gap = abs(overall.colourfulness_gap)
    worst_change = max(evidence.stability, key=lambda name: evidence.stability[name])
    return [
        _gain(overall.gain, overall.chroma_ratio, asked),
        _at_most("CIEDE2000", overall.ciede2000, asked.ciede2000),
        _at_most("colourfulness gap to the truth", gap, asked.colourfulness_gap),
        _fid(evidence, asked.fid),
        _at_most("LPIPS", overall.lpips, asked.lpips),
        _sources(evidence, asked.source_photographs),
        _flowers(evidence),
        *_persons(evidence, overall.ciede2000_median, asked.person_chroma_ratio),
        _edges(evidence.edges),
        _at_most(f"change of ab, worst: {worst_change}", evidence.stability[worst_change], asked.stability),
        _at_most("file size, MB", evidence.model.stat().st_size / 1e6, asked.file_size),
        _at_most("parameters, millions", _parameters(evidence.model), asked.parameters),
    ]


def _at_most(name: str, value: float | None, limit: float) -> Goal:
    target = f"at most {limit:g}"
    if value is None:
        return Goal(name, target, "-", None)
    return Goal(name, target, f"{value:.2f}", f"{value - limit:.2f}" if value > limit else "")


def _fid(evidence: Evidence, most: float) -> Goal:
    """The name says which features: their distances are not alike."""
    name = f"FID on {evidence.inception}" if evidence.inception else "FID"
    return _at_most(name, fid(evidence.measurements, evidence.painter), most)


def _gain(gain: float, ratio: float, asked: Bounds) -> Goal:
    """Neither counts without the other: a dull model gains, a gaudy one has chroma."""
    misses = [f"{asked.gain - gain:.2f} dB"] if gain < asked.gain else []
    misses += [f"{miss:.2f} of chroma ratio"] if (miss := _outside(ratio, asked.chroma_ratio)) else []
    low, high = asked.chroma_ratio
    target = f"at least {asked.gain} dB with {low:.2f} to {high:.2f}"
    measured = f"{gain:+.2f} dB with chroma ratio {ratio:.2f}"
    return Goal("PSNR gain over grey", target, measured, " and ".join(misses))


def _sources(evidence: Evidence, least_photographs: int) -> Goal:
    gains = {
        name: (len(measurements), summarise(measurements, evidence.painter).gain)
        for name, measurements in by_source(evidence.measurements).items()
    }
    judged = {name: gain for name, (count, gain) in gains.items() if count >= least_photographs}
    worse = [f"{name} {gain:+.2f} dB" for name, gain in judged.items() if gain < 0]
    small = [f"{name} {gain:+.2f}" for name, (count, gain) in gains.items() if count < least_photographs]
    least = min(judged, key=lambda name: judged[name], default=None)
    measured = f"least {least} {judged[least]:+.2f} dB" if least else "-"
    measured += f"; with fewer photographs: {', '.join(small)}" if small else ""
    target = f"none of {least_photographs} photographs or more worse than grey"
    return Goal("sources", target, measured, ", ".join(worse) if judged else None)


def _flowers(evidence: Evidence) -> Goal:
    """The category that wrong colours cost most."""
    name, target = "flower: gain", "at least 0 dB"
    flowers = by_category(evidence.measurements).get("flower")
    if not flowers:
        return Goal(name, target, "-", None)
    gain = summarise(flowers, evidence.painter).gain
    return Goal(name, target, f"{gain:+.2f} dB", f"{-gain:.2f} dB" if gain < 0 else "")


def _persons(evidence: Evidence, median_of_all: float, bounds: Sequence[float]) -> list[Goal]:
    low, high = bounds
    names = "person: chroma ratio", "person: median CIEDE2000"
    targets = f"{low} to {high}", f"at most that of all, {median_of_all:.2f}"
    persons = by_category(evidence.measurements).get("person")
    if not persons:
        return [Goal(name, target, "-", None) for name, target in zip(names, targets, strict=True)]
    summary = summarise(persons, evidence.painter)
    ratio, median = summary.chroma_ratio, summary.ciede2000_median
    miss, excess = _outside(ratio, bounds), median - median_of_all
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


def _outside(value: float, bounds: Sequence[float]) -> float:
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
