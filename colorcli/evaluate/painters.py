"""What is measured: anything with a name that turns grey pixels (H, W) into RGB pixels (H, W, 3)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from colorcli.colorizer import Colorizer
from colorcli.evaluate.metrics import Pixels
from colorcli.inference.description import Description
from colorcli.look import Look


class Painter(Protocol):
    """Anything that colours."""

    @property
    def name(self) -> str: ...

    def paint(self, grey: Pixels) -> Pixels: ...


@dataclass(frozen=True)
class Grey:
    """Leaves the photograph as it is: what every model has to beat."""

    name: str = "grey"

    def paint(self, grey: Pixels) -> Pixels:
        return np.repeat(grey[..., None], 3, axis=2)


@dataclass(frozen=True)
class ModelPainter:
    """A model, through the same path as `colorcli colorize`."""

    name: str
    colorizer: Colorizer
    look: Look

    @classmethod
    def open(
        cls,
        name: str | Path,
        look: Look,
        device: str = "auto",
        threads: int = 0,
        described: Description | None = None,
    ) -> "ModelPainter":
        return cls(Path(name).stem, Colorizer(name, device, threads, described=described), look)

    def paint(self, grey: Pixels) -> Pixels:
        return np.asarray(self.colorizer.colorize(grey, self.look), np.uint8)
