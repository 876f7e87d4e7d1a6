"""A model tried on the photograph that comes with colorcli."""

import time

import numpy as np

from colorcli.color import lab
from colorcli.colorizer import Colorizer
from colorcli.images import decode
from colorcli.inference.model import packaged_file

PALE, GAUDY = 1.0, 60.0  # mean chroma in CIE units: beyond them the ports are probably not as described


def figures(colorizer: Colorizer) -> str:
    """What came of it, in two lines."""
    photograph = decode(packaged_file("trial.jpg")).pages[0].pixels
    started = time.perf_counter()
    seen = colorizer.working_lightness(photograph)
    rgb = colorizer.colorize(photograph)
    seconds = time.perf_counter() - started
    chroma = float(np.hypot(*np.moveaxis(lab.split(rgb)[1], -1, 0)).mean())
    height, width = seen.shape
    told = f"tried at {width}x{height} in {seconds:.1f} s: mean chroma {chroma:.1f}"
    if PALE <= chroma <= GAUDY:
        return told
    what = "hardly any colour" if chroma < PALE else "more colour than photographs have"
    return f"{told}\n{what}: see whether --kind, --input-range and --output-scale describe it rightly"
