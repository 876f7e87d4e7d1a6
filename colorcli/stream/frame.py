"""One picture of a stream, and what a kind of stream knows how to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from colorcli.color.lab import Floats, Pixels
from colorcli.stream.intake import Intake


@dataclass(frozen=True, eq=False)
class Frame:
    """`pixels` are what network and motion look at, sRGB, (H, W) or (H, W, 3); `origin` is the kind's own."""

    pixels: Pixels
    origin: object


class Kind(Protocol):
    """A kind of stream.

    `start`: the bytes before the first frame of the result, known once there is a frame. `encode` colours a
    frame with the ab (h, w, 2) that belongs to the L (H, W).
    """

    def frames(self, intake: Intake) -> Iterator[bytes]: ...

    def start(self) -> bytes: ...

    def decode(self, data: bytes) -> Frame: ...

    def encode(self, frame: Frame, lightness: Floats, ab: Floats) -> bytes: ...
