"""What the coarse grid of colour costs: `python benchmarks/grid.py FOLDER`.

The TRUE colour of each photograph, brought to 800 pixels on its longer side, is put on the grid that a
network of some working size and stride answers on, and enlarged as `colorize` does: mean CIEDE2000, also
within 3 pixels of strong edges of L. No network of that grid can do better. COLORCLI_PHOTOS may name the
folder, too.
"""

import argparse
import os
from pathlib import Path

import cv2
import numpy as np

from colorcli import images
from colorcli.color.lab import Pixels
from colorcli.color.working import working_lightness
from colorcli.colorizer import tint
from colorcli.evaluate.edges import near_edges
from colorcli.evaluate.metrics import ciede2000, to_lab
from colorcli.evaluate.photographs import grey_of

LONGER_SIDE = 800
GRIDS = ((256, 8), (256, 4), (384, 8), (384, 4), (512, 8))  # working size, stride


def load(path: Path) -> Pixels:
    rgb = images.decode(path).pages[0].pixels
    scale = min(1, LONGER_SIDE / max(rgb.shape[:2]))
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def cost(truth: Pixels, size: int, stride: int) -> tuple[float, float]:
    """CIEDE2000 of one photograph: everywhere, along edges."""
    grey, lab = grey_of(truth), to_lab(truth)
    working = working_lightness(grey, size)
    cells = -(-working.shape[1] // stride), -(-working.shape[0] // stride)
    ab = cv2.resize(lab[..., 1:], cells, interpolation=cv2.INTER_AREA)
    difference = ciede2000(lab, to_lab(tint(grey, working, ab, border=False).astype(np.uint8)))
    return float(difference.mean()), float(difference[near_edges(lab[..., 0])].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    photographs = [load(path) for path in sorted(Path(parser.parse_args().folder).glob("*.webp"))]
    print(f"{len(photographs)} photographs\n")
    print("| working size | stride | dE00 all | dE00 edges |\n|---|---|---|---|")
    for size, stride in GRIDS:
        everywhere, edges = np.mean([cost(truth, size, stride) for truth in photographs], axis=0)
        print(f"| {size} | {stride} | {everywhere:.2f} | {edges:.2f} |", flush=True)


if __name__ == "__main__":
    main()
