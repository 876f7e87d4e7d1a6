"""The course of a run as a picture."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from colorcli.training.history import Epoch

PANELS = {  # title: the columns of the history that it shows
    "loss": ("loss", "validation_loss"),
    "PSNR, dB": ("psnr",),
    "chroma ratio": ("chroma_ratio",),
}


def draw_curves(epochs: Sequence[Epoch], target: Path) -> None:
    """Write a PNG with a panel for the losses, one for PSNR and one for the chroma ratio, over the steps."""
    figure = Figure(figsize=(12, 3.5), layout="constrained")
    for axes, (title, columns) in zip(figure.subplots(1, len(PANELS)), PANELS.items(), strict=True):
        _draw(axes, title, columns, epochs)
    figure.savefig(target, format="png")


def _draw(axes: Axes, title: str, columns: Sequence[str], epochs: Sequence[Epoch]) -> None:
    steps = [epoch.step for epoch in epochs]
    for column in columns:
        axes.plot(steps, [getattr(epoch, column) for epoch in epochs], ".-", label=column.replace("_", " "))
    axes.set(title=title, xlabel="step")
    axes.grid(alpha=0.3)
    if len(columns) > 1:
        axes.legend()
