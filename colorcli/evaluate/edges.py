"""Whether colour stays inside its object: the colour difference along strong edges of lightness."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli import lab, upsample
from colorcli.colorizer import tint, working_lightness
from colorcli.evaluate import metrics
from colorcli.evaluate.metrics import Pixels
from colorcli.evaluate.painters import Model
from colorcli.evaluate.photographs import Photograph, grey_of, load, square

SIDE = 512  # pixels
REACH = 3  # pixels from an edge
CANNY = (100, 200)  # thresholds on 8-bit L


@dataclass(frozen=True)
class EdgeDifference:
    """Mean CIEDE2000 near strong edges with colour enlarged as we do it, and with bicubic interpolation."""

    guided: float
    bicubic: float


def edge_difference(photographs: Sequence[Photograph], model: Model) -> EdgeDifference | None:
    """Mean over the photographs that have strong edges; None if none has."""
    pairs = [pair for photograph in photographs if (pair := _one(square(load(photograph), SIDE), model))]
    if not pairs:
        return None
    return EdgeDifference(fmean(pair.guided for pair in pairs), fmean(pair.bicubic for pair in pairs))


def near_edges(lightness: lab.Floats) -> NDArray[np.bool_]:
    """Which pixels (H, W) lie within 3 pixels of a strong edge of L."""
    edges = cv2.Canny(np.round(lightness * 2.55).astype(np.uint8), *CANNY)
    distances = cv2.distanceTransform(255 - edges, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distances <= REACH)


def _one(truth: Pixels, model: Model) -> EdgeDifference | None:
    grey = grey_of(truth)
    lightness = lab.lightness(grey)
    near = near_edges(lightness)
    if not near.any():
        return None
    look = replace(model.look, border=False)  # the same colour for both, whatever surrounds the picture
    network = model.colorizer.model
    small = working_lightness(grey, look.render_size or network.spec.render_size)
    ab = network.predict(small[None, ..., None], look.temperature)[0]
    large = cv2.resize(ab * np.float32(look.saturation), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    true_lab = metrics.to_lab(truth)[near]
    guided, bicubic = (
        float(metrics.ciede2000(true_lab, metrics.to_lab(np.asarray(painted, np.uint8))[near]).mean())
        for painted in (
            tint(grey, small, upsample.calmed(small, ab), look),
            lab.join(lightness, large, np.uint8),
        )
    )
    return EdgeDifference(guided, bicubic)
