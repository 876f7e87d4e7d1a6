"""How colours shall look. It imports nothing, so that the commands can read their defaults from it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How the colours shall look."""

    saturation: float = 1.0
    temperature: float | None = None  # of a classifying model; None means its own
    strength: float = 1.0  # 0..1
    render_size: int | None = None  # square root of the working area in pixels; None means the model's own
    border: bool = True  # keep a scan's plain border or mount neutral; streams do not look for one

    @property
    def chroma(self) -> float:
        """The factor of what the model says."""
        return self.saturation * self.strength
