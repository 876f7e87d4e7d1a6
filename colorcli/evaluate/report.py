"""What was measured, as plain tables and as one JSON document."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from colorcli.evaluate.protocol import (
    Measurement,
    Summary,
    by_category,
    by_source,
    fid,
    frechet_alexnet,
    summarise,
)

COLUMNS = {
    "photographs": ("N", "{:d}"),
    "psnr": ("PSNR dB", "{:.2f}"),
    "gain": ("gain dB", "{:+.2f}"),
    "ssim": ("SSIM", "{:.4f}"),
    "ciede2000": ("CIEDE2000", "{:.2f}"),
    "ciede2000_median": ("median", "{:.2f}"),
    "colourfulness": ("colourful", "{:.1f}"),
    "colourfulness_gap": ("gap", "{:+.1f}"),
    "chroma_ratio": ("chroma ratio", "{:.2f}"),
    "lpips": ("LPIPS", "{:.4f}"),
    "fid": ("FID", "{:.1f}"),
    "frechet_alexnet": ("AlexNet", "{:.1f}"),
}
GROUP_COLUMNS = tuple(COLUMNS)[:-2]  # the distances of whole sets mean little on few photographs
NOT_MEASURED = "-"


@dataclass(frozen=True)
class Report:
    """All measurements; the first name is grey, then come the models."""

    names: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    left_out: tuple[str, ...]  # why, one line a photograph
    inception: str | None  # which network FID was read from

    def summaries(self, measurements: Sequence[Measurement]) -> list[tuple[str, Summary]]:
        return [(name, summarise(measurements, index)) for index, name in enumerate(self.names)]

    def groupings(self) -> dict[str, dict[str, list[Measurement]]]:
        """The tables beside the overall one: only those that divide the photographs."""
        both = {"category": by_category(self.measurements), "source": by_source(self.measurements)}
        return {kind: groups for kind, groups in both.items() if len(groups) > 1}


def text(report: Report) -> str:
    """The overall table, one by category, one by source, and the notes that keep them honest."""
    parts = [_overall_table(report), _notes(report)]
    for kind, groups in report.groupings().items():
        rows = [
            [group, name, *_cells(asdict(summary))]
            for group, measurements in groups.items()
            for name, summary in report.summaries(measurements)[1:]
        ]
        parts.append(_aligned([[kind, "model", *_headings(GROUP_COLUMNS)], *rows]))
    return "\n\n".join(parts)


def document(report: Report) -> dict[str, Any]:
    """The same figures for programs."""
    models = []
    for index, name in enumerate(report.names):
        groups = {
            kind: {group: asdict(summarise(measurements, index)) for group, measurements in parts.items()}
            for kind, parts in report.groupings().items()
        }
        models.append({"name": name, "overall": _overall(report, index), "by": groups})
    return {
        "photographs": len(report.measurements),
        "left_out": list(report.left_out),
        "inception": report.inception,
        "models": models,
    }


def _overall(report: Report, painter: int) -> dict[str, Any]:
    """The figures of one painter on all photographs, as COLUMNS names them."""
    return asdict(summarise(report.measurements, painter)) | {
        "fid": fid(report.measurements, painter),
        "frechet_alexnet": frechet_alexnet(report.measurements, painter),
    }


def _overall_table(report: Report) -> str:
    rows = [[name, *_cells(_overall(report, index))] for index, name in enumerate(report.names)]
    return _aligned([["model", *_headings(tuple(COLUMNS))], *rows])


def _notes(report: Report) -> str:
    count = len(report.measurements)
    overall = summarise(report.measurements, 0)
    true = overall.colourfulness - overall.colourfulness_gap
    lines = [f"{count} photographs at 256x256; the truth has colourfulness {true:.1f}"]
    if report.inception:
        lines.append(f"FID: N = {count}, features of {report.inception}; comparable at equal N only")
    else:
        lines.append("FID is left out: give --inception FILE (see `colorcli weights inception --help`)")
    if overall.lpips is None:
        lines.append(
            "LPIPS and AlexNet are left out: give --lpips FILE (see `colorcli weights lpips --help`)"
        )
    if report.left_out:
        lines += [f"{len(report.left_out)} left out:", *(f"  {reason}" for reason in report.left_out)]
    return "\n".join(lines)


def _headings(keys: Sequence[str]) -> list[str]:
    return [COLUMNS[key][0] for key in keys]


def _cells(figures: Mapping[str, Any]) -> list[str]:
    return [
        NOT_MEASURED if value is None else COLUMNS[key][1].format(value) for key, value in figures.items()
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    """Names to the left, numbers to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if _is_number(rows, column) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _is_number(rows: Sequence[Sequence[str]], column: int) -> bool:
    return rows[-1][column].lstrip("+-").replace(".", "", 1).isdigit() or rows[-1][column] == NOT_MEASURED
