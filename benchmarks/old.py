"""Real old photographs, coloured: `python benchmarks/old.py OLD PLATES --sheet FILE [--model MODEL]`.

OLD is a folder of black-and-white photographs. PLATES is one of scans with three exposures below each other,
taken through a blue, a green and a red filter, as Prokudin-Gorskii did from 1909 on: together, each stretched
from black to white, they are the true colour, and its lightness is the photograph to colour. Shown are all
plates, and as many of the others, evenly spread, as make ten: grey, coloured, and the truth if there is one.
Whether the colour lies calmly on walls, sky and clothes is for the eye to say.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from colorcli import Colorizer
from colorcli.color.lab import Floats, Pixels
from colorcli.evaluate.metrics import chroma, ciede2000, psnr, to_lab
from colorcli.evaluate.photographs import grey_of

SHOWN = 10
FRAME = 0.07  # of each side of an exposure
MOVED = 0.03  # of each side of the three together: what alignment leaves empty
ROW, COLUMN = 200, 300  # pixels, the most that a picture has on the sheet
GAP = 4  # pixels between two
BLANK = np.full((ROW, COLUMN), 255, np.uint8)


def true_colour(plate: Pixels) -> Pixels:
    """RGB of the three exposures of a plate, red and blue moved onto green by phase correlation."""
    height = len(plate) // 3
    blue, green, red = (
        stretched(within(plate[top * height : (top + 1) * height], FRAME)) for top in range(3)
    )
    aligned = (moved_onto(green, red), green, moved_onto(green, blue))
    return within(np.dstack(aligned), MOVED)


def within(exposure: Pixels, margin: float) -> Pixels:
    rows, columns = (round(margin * side) for side in exposure.shape[:2])
    return exposure[rows:-rows, columns:-columns]


def stretched(exposure: Pixels) -> Pixels:
    black, white = np.percentile(exposure, (1, 99))
    return np.clip((exposure - black) * (255 / (white - black)), 0, 255).astype(np.uint8)


def moved_onto(fixed: Pixels, moving: Pixels) -> Pixels:
    window = cv2.createHanningWindow(fixed.shape[::-1], cv2.CV_64F)
    (right, down), _ = cv2.phaseCorrelate(outlines(moving), outlines(fixed), window)
    shift = np.array([[1, 0, right], [0, 1, down]])
    size = fixed.shape[::-1]
    return cv2.warpAffine(moving, shift, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def outlines(exposure: Pixels) -> Floats:
    """What exposures through different filters have in common: where something ends, not how bright it is."""
    smooth = cv2.GaussianBlur(exposure.astype(np.float64), (0, 0), 1.5)
    return np.hypot(cv2.Sobel(smooth, cv2.CV_64F, 1, 0), cv2.Sobel(smooth, cv2.CV_64F, 0, 1))


def read(path: Path) -> Pixels:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8)


def pictures(old: Path, plates: Path) -> Iterator[tuple[str, Pixels, Pixels | None]]:
    """Name, grey and, where it is known, true colour."""
    scans, photographs = sorted(plates.iterdir()), sorted(old.iterdir())
    for path in scans:
        truth = true_colour(read(path))
        yield path.stem, grey_of(truth), truth
    wanted = SHOWN - len(scans)
    for index in np.linspace(0, len(photographs) - 1, wanted).round().astype(int):
        yield photographs[index].stem, read(photographs[index]), None


def tile(picture: Pixels) -> Pixels:
    scale = min(ROW / picture.shape[0], COLUMN / picture.shape[1])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if small.ndim == 2:
        small = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    bottom, right = ROW + GAP - small.shape[0], COLUMN + GAP - small.shape[1]
    return cv2.copyMakeBorder(small, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=(255, 255, 255))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old", type=Path)
    parser.add_argument("plates", type=Path)
    parser.add_argument("--sheet", type=Path, required=True)
    parser.add_argument("--model", help="in place of the default one")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    rows = []
    for name, grey, truth in pictures(arguments.old, arguments.plates):
        painted = colorizer.colorize(grey)
        rows.append(np.hstack([tile(grey), tile(painted), tile(BLANK if truth is None else truth)]))
        line = f"{name[:40]:40}"
        if truth is not None:
            lab, true_lab = to_lab(painted), to_lab(truth)
            gain = psnr(truth, painted) - psnr(truth, np.dstack([grey] * 3))
            line += f" gain {gain:+.2f} dB, CIEDE2000 {ciede2000(true_lab, lab).mean():.2f}"
            line += f", chroma ratio {chroma(lab[..., 1:]) / chroma(true_lab[..., 1:]):.2f}"
        print(line, flush=True)
    cv2.imwrite(str(arguments.sheet), np.vstack(rows)[..., ::-1])


if __name__ == "__main__":
    main()
