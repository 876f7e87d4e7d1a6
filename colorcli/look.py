"""How colours shall look. It imports nothing, so that the commands can read their defaults from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """One of `count` variants, by its number from 1 on; a seed makes them the same again."""

    number: int
    count: int
    seed: int = 0


@dataclass(frozen=True)
class Look:
    """How the colours shall look."""

    saturation: float = 1.0
    temperature: float | None = None  # of a classifying model; None means its own
    strength: float = 1.0  # 0..1
    render_size: int | None = None  # square root of the working area in pixels; None means the model's own
    border: bool = True  # keep a scan's plain border or mount neutral; streams do not look for one
    variant: Variant | None = None  # other colours that the model holds possible; streams have none

    @property
    def chroma(self) -> float:
        """The factor of what the model says."""
        return self.saturation * self.strength
