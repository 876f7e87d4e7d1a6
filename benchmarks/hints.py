"""How far hints carry: `python benchmarks/hints.py FOLDER [--count N] [--points 0,1,2,...] [--model MODEL]`.

Photographs in colour are made grey and given the true colour of some of their pixels, drawn at random or, as
a careful person would, one after the other where the colour is worst by then. Of each way of spreading, in
one run: dB is how much nearer to the truth than grey its ab is, 10 log10((mean ab^2 + 2) / (mean error^2 +
2)), at full size and averaged to cells of 8 pixels of the working size; dE00 is the mean CIEDE2000,
everywhere and at the points. "elsewhere" is the mean change of ab by one hint over the tenth of the
photograph that is least akin to its place. The folder may also come from COLORCLI_PHOTOS.

- ours: the model's colours, put right by hints (colorcli.guided)
- ours on the grid: the process alone, of cells; a point has the mean colour of its cell, without the grain
- least squares: Levin, Lischinski and Weiss 2004, "Colorization using optimization", on the grey photograph
- nearest: each pixel has the colour of the nearest point
"""

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import scipy.sparse.linalg

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.evaluate.metrics import ciede2000
from colorcli.evaluate.photographs import find_photographs, grey_of, load
from colorcli.guided import Guide
from colorcli.guided.hints import Spot
from colorcli.guided.spread import resized

POINTS = (0, 1, 2, 5, 10, 20, 50, 100)
STRIDE = 8  # pixels of the working size to a cell
NARROWEST = 2e-6  # variance of luminance in a window, below which it counts as this
LEAST_AKIN = 0.1  # share of the photograph


@dataclass(frozen=True)
class Case:
    """One photograph: its grey pixels with what the model makes of them, and its true L and ab."""

    guide: Guide
    lightness: Floats
    truth: Floats

    def cells(self, ab: Floats) -> Floats:
        """The means of ab in the cells of the grid."""
        size = self.guide.working.shape[1] // STRIDE, self.guide.working.shape[0] // STRIDE
        return cv2.resize(ab, size, interpolation=cv2.INTER_AREA)

    def cell(self, spot: Spot) -> int:
        """The number of the cell of the scene that it lies in."""
        (high, wide), (height, width) = self.guide.scene.shape, self.lightness.shape
        return spot.y * high // height * wide + spot.x * wide // width

    def spots(self, places: Sequence[int]) -> list[Spot]:
        """The true colours of pixels, by their numbers."""
        width = self.truth.shape[1]
        return [
            Spot(place % width, place // width, tuple(self.truth.reshape(-1, 2)[place])) for place in places
        ]


Spread = Callable[[Case, list[Spot]], Floats]


def ours(case: Case, spots: list[Spot]) -> Floats:
    return case.guide.lines(spots).strip(case.lightness, 0, len(case.lightness)).copy()


def ours_on_the_grid(case: Case, spots: list[Spot]) -> Floats:
    if not spots:
        return ours(case, spots)
    guide = case.guide
    wanted, now = (resized(ab, guide.scene.shape) for ab in (case.cells(case.truth), guide.ab))
    cells = [case.cell(spot) for spot in spots]
    spread = guide.scene.correction(np.array(cells), (wanted - now).reshape(-1, 2)[cells])
    grid = guide.ab + resized(spread, guide.ab.shape[:2])
    return cv2.resize(grid, case.lightness.shape[::-1], interpolation=cv2.INTER_CUBIC)


def nearest(case: Case, spots: list[Spot]) -> Floats:
    if not spots:
        return np.zeros_like(case.truth)
    y, x = np.mgrid[: case.truth.shape[0], : case.truth.shape[1]]
    distance = np.stack([(x - spot.x) ** 2 + (y - spot.y) ** 2 for spot in spots])
    return np.array([spot.ab for spot in spots], np.float32)[distance.argmin(0)]


def least_squares(case: Case, spots: list[Spot]) -> Floats:
    """Each pixel's ab is the mean of its eight neighbours', weighted by how near their luminance is."""
    if not spots:
        return np.zeros_like(case.truth)
    height, width = case.lightness.shape
    fixed = np.zeros(case.lightness.size, bool)
    known = np.zeros((case.lightness.size, 2))
    for spot in spots:
        fixed[spot.y * width + spot.x] = True
        known[spot.y * width + spot.x] = spot.ab
    mean = scipy.sparse.diags_array((~fixed).astype(float)) @ neighbours(case.lightness / 100)
    system = scipy.sparse.eye_array(fixed.size) - mean
    # Neighbours are mutual: the order of elimination that suits such a system takes half the time.
    factors = scipy.sparse.linalg.splu(
        system.tocsc(), "MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
    )
    solved = factors.solve(known)
    return solved.reshape(height, width, 2).astype(np.float32)


def neighbours(luminance: Floats) -> scipy.sparse.csr_array:
    """The weights (n, n) with the windows and the floors of the authors' own program; rows add up to 1."""
    mean = cv2.blur(luminance, (3, 3))
    variance = cv2.blur(luminance**2, (3, 3)) - mean**2
    shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    squares = np.stack([(luminance - np.roll(luminance, shift, (0, 1))) ** 2 for shift in shifts])
    spread = np.maximum(np.maximum(0.6 * variance, squares.min(0) / np.log(100)), NARROWEST)
    numbers = np.arange(luminance.size).reshape(luminance.shape)
    others = np.stack([np.roll(numbers, shift, (0, 1)) for shift in shifts])
    rows, columns = np.indices(luminance.shape)
    beside = [
        (abs(rows - other // luminance.shape[1]) <= 1) & (abs(columns - other % luminance.shape[1]) <= 1)
        for other in others
    ]
    weights = np.exp(-squares / spread) * beside + 1e-12 * np.array(beside)
    weights /= weights.sum(0)
    here = np.broadcast_to(numbers, others.shape)
    size = (luminance.size, luminance.size)
    return scipy.sparse.csr_array((weights.ravel(), (here.ravel(), others.ravel())), size)


WAYS: dict[str, Spread] = {
    "ours": ours,
    "ours on the grid": ours_on_the_grid,
    "least squares": least_squares,
    "nearest": nearest,
}


def gain(truth: Floats, ab: Floats) -> float:
    return float(10 * np.log10((np.mean(truth**2) + 2) / (np.mean((ab - truth) ** 2) + 2)))


def measured(case: Case, ab: Floats, spots: list[Spot]) -> tuple[float, float, float, float]:
    """dB at full size and of cells, dE00 everywhere and at the points."""
    difference = ciede2000(np.dstack([case.lightness, case.truth]), np.dstack([case.lightness, ab]))
    at_points = [difference[spot.y, spot.x] for spot in spots]
    return (
        gain(case.truth, ab),
        gain(case.cells(case.truth), case.cells(ab)),
        float(difference.mean()),
        float(np.mean(at_points)) if spots else np.nan,
    )


def elsewhere(case: Case, spot: Spot) -> float:
    """How much one hint changes the ab of what is least akin to its place."""
    guide = case.guide
    affinity = guide.scene.affinity(case.cell(spot))
    strange = cv2.resize(affinity, case.lightness.shape[::-1]) <= np.quantile(affinity, LEAST_AKIN)
    change = np.linalg.norm(ours(case, [spot]) - ours(case, []), axis=-1)
    return float(change[strange].mean())


def worst_first(case: Case, count: int) -> list[int]:
    """Pixels in the order in which a careful person mends them, each where the blurred error is largest."""
    places: list[int] = []
    while len(places) < count:
        ab = ours(case, case.spots(places))
        error = cv2.GaussianBlur(np.linalg.norm(ab - case.truth, axis=-1), (0, 0), 3)
        error.reshape(-1)[places] = 0
        places.append(int(error.argmax()))
    return places


def cases(folder: Path, count: int, colorizer: Colorizer) -> Iterator[Case]:
    for photograph in find_photographs(folder, limit=count):
        truth: Pixels = load(photograph)
        lightness, ab = lab.split(truth)
        yield Case(colorizer.guide(grey_of(truth)), lightness, ab)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=60, help="photographs, spread evenly over the folder")
    parser.add_argument("--points", type=lambda text: [int(one) for one in text.split(",")], default=POINTS)
    parser.add_argument("--ways", type=lambda text: text.split(","), default=list(WAYS), help="of spreading")
    parser.add_argument("--careful", type=int, default=20, help="points at most, the worst first; 0: none")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    rows: dict[tuple[str, int], list[tuple[float, ...]]] = {}
    strange = []
    draw = np.random.default_rng(1)
    for case in cases(Path(arguments.folder), arguments.count, colorizer):
        for count in arguments.points:
            spots = case.spots(draw.choice(case.lightness.size, count, replace=False))
            for name in arguments.ways:
                rows.setdefault((name, count), []).append(measured(case, WAYS[name](case, spots), spots))
            if count == 1:
                strange.append(elsewhere(case, spots[0]))
        worst = worst_first(case, arguments.careful)
        for count in (count for count in arguments.points if 0 < count <= arguments.careful):
            spots = case.spots(worst[:count])
            rows.setdefault(("ours, worst first", count), []).append(measured(case, ours(case, spots), spots))
    print("| spread by | points | dB | dB of cells | dE00 | dE00 at the points |\n|---|---|---|---|---|---|")
    for (name, count), values in rows.items():
        full, cells, everywhere, points = np.mean(values, axis=0)
        at_points = "" if np.isnan(points) else f"{points:.2f}"
        print(f"| {name} | {count} | {full:.2f} | {cells:.2f} | {everywhere:.2f} | {at_points} |")
    print(f"\n{len(strange)} photographs; elsewhere: {np.mean(strange):.2f} ab")


if __name__ == "__main__":
    main()
