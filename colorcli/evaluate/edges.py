"""Whether colour stays inside its object: the colour difference along strong edges of lightness."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.colorizer import Colorizer
from colorcli.evaluate import metrics
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import ModelPainter
from colorcli.evaluate.photographs import Photograph, grey_of, load, square
from colorcli.look import Look

SIDE = 512  # pixels
REACH = 3  # pixels from an edge
CANNY = (100, 200)  # thresholds on 8-bit L


@dataclass(frozen=True)
class EdgeDifference:
    """Mean CIEDE2000 near strong edges with colour enlarged as we do it, and with bicubic interpolation."""

    guided: float
    bicubic: float


def edge_difference(photographs: Sequence[Photograph], model: ModelPainter) -> EdgeDifference | None:
    """Mean over the photographs that have strong edges; None if none has."""
    pairs = [pair for photograph in photographs if (pair := _one(square(load(photograph), SIDE), model))]
    if not pairs:
        return None
    return EdgeDifference(fmean(pair.guided for pair in pairs), fmean(pair.bicubic for pair in pairs))


def near_edges(lightness: lab.Floats) -> NDArray[np.bool_]:
    """Which pixels (H, W) lie within REACH pixels of a strong edge of L."""
    edges = cv2.Canny(np.round(lightness * 2.55).astype(np.uint8), *CANNY)
    distances = cv2.distanceTransform(255 - edges, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distances <= REACH)


def _one(truth: Pixels, model: ModelPainter) -> EdgeDifference | None:
    grey = grey_of(truth)
    lightness = lab.lightness(grey)
    near = near_edges(lightness)
    if not near.any():
        return None
    look = replace(model.look, border=False)  # as the other one does not look for a border
    large = _bicubic(grey, model.colorizer, look)
    true_lab = metrics.to_lab(truth)[near]
    guided, bicubic = (
        float(metrics.ciede2000(true_lab, metrics.to_lab(np.asarray(painted, np.uint8))[near]).mean())
        for painted in (
            model.colorizer.colorize(grey, look),
            lab.join(lightness, large, np.uint8),
        )
    )
    return EdgeDifference(guided, bicubic)


def _bicubic(grey: Pixels, colorizer: Colorizer, look: Look) -> lab.Floats:
    """ab (SIDE, SIDE, 2): what the network says, as it is, enlarged."""
    small = colorizer.working_lightness(grey, look)
    ab = colorizer.model.predict(small[None, ..., None], look.temperature)[0] * np.float32(look.chroma)
    large: lab.Floats = cv2.resize(ab, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return large
