"""One frame of a film."""

import numpy as np

from colorcli.color.lab import Pixels
from colorcli.stream.intake import Intake
from colorcli.stream.probe import MOST_PIXELS, Film
from colorcli.stream.transcode import Span, decoding
from colorcli.stream.y4m import Y4m


def frame_at(film: Film, seconds: float) -> Pixels | None:
    """Grey, 8 bits (H, W); None where the film has ended."""
    kind = Y4m(MOST_PIXELS)
    with decoding(film, Span(seconds), most=1) as process:
        data = next(kind.frames(Intake(process.stdout)), None)
        if data is None:
            return None
        pixels = kind.decode(data).pixels
    grey: Pixels = pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    return grey
