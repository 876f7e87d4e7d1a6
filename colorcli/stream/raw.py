"""Raw frames: samples and nothing else, their size and kind told beforehand."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from colorcli.color.lab import Floats, Pixels
from colorcli.colorizer import tint
from colorcli.stream.frame import Frame
from colorcli.stream.intake import Intake

# Samples of a pixel and their type, under the names ffmpeg has for them. Grey comes out as RGB of its depth.
LAYOUTS: dict[str, tuple[int, np.dtype[np.uint8 | np.uint16]]] = {
    "rgb24": (3, np.dtype(np.uint8)),
    "gray8": (1, np.dtype(np.uint8)),
    "gray16le": (1, np.dtype("<u2")),
}


@dataclass(frozen=True)
class Raw:
    """Frames of one layout and size in; rgb24, or rgb48le for gray16le, out."""

    layout: str
    width: int
    height: int
    threads: int

    def frames(self, intake: Intake) -> Iterator[bytes]:
        samples, kind = LAYOUTS[self.layout]
        size = self.width * self.height * samples * kind.itemsize
        while intake.peek(1):
            yield intake.take(size)

    def start(self) -> bytes:
        return b""

    def decode(self, data: bytes) -> Frame:
        samples, kind = LAYOUTS[self.layout]
        shape = (self.height, self.width, 3)[: 3 if samples == 3 else 2]
        pixels: Pixels = np.frombuffer(data, kind).reshape(shape)
        return Frame(pixels, None)

    def encode(self, frame: Frame, lightness: Floats, ab: Floats) -> bytes:
        rgb = tint(frame.pixels, lightness, ab, border=False, threads=self.threads)
        return rgb.astype(rgb.dtype.newbyteorder("<"), copy=False).tobytes()
