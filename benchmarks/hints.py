"""How far hints carry: `python benchmarks/hints.py FOLDER [--count N] [--points 0,1,2,5,...] [--model MODEL]`.

Photographs in colour are made grey and given the true colour of some of their pixels, drawn at random or, as a
careful person would, one after the other where the colour is worst by then. Of each way of spreading, in one
run: dB is how much nearer to the truth than grey its ab is, 10 log10((mean ab^2 + 2) / (mean error^2 + 2)), at
full size and averaged to cells of 8 pixels of the working size; dE00 is the mean CIEDE2000, everywhere and at
the points. "elsewhere" is the mean change of ab, per hint, over the tenth of the photograph that is least akin.
The folder may also come from COLORCLI_PHOTOS.

- ours: the model's colours, put right by hints (colorcli.guided)
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

from colorcli import Colorizer, lab
from colorcli.evaluate.metrics import ciede2000
from colorcli.evaluate.photographs import find_photographs, grey_of, load
from colorcli.guided import Guide
from colorcli.guided.hints import Spot
from colorcli.lab import Floats, Pixels

POINTS = (0, 1, 2, 5, 10, 20, 50, 100)
STRIDE = 8  # pixels of the working size to a cell
WEIGHT_FLOOR = 1e-4  # of squared luminance: flat windows have no sharper edges than that
ROUNDS = 400  # of conjugate gradients
LEAST_AKIN = 0.1  # share of the photograph


@dataclass(frozen=True)
class Case:
    """One photograph: its grey pixels with what the model makes of them, and its true L and ab."""

    guide: Guide
    lightness: Floats
    truth: Floats

    def spots(self, places: Sequence[int]) -> list[Spot]:
        """The true colours of pixels, by their numbers."""
        width = self.truth.shape[1]
        return [
            Spot(place % width, place // width, tuple(self.truth.reshape(-1, 2)[place])) for place in places
        ]


Spread = Callable[[Case, list[Spot]], Floats]


def ours(case: Case, spots: list[Spot]) -> Floats:
    return case.guide.lines(spots).strip(case.lightness, 0, len(case.lightness)).copy()


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
    neighbours = Neighbours(case.lightness / 100)
    known = np.zeros(case.lightness.shape, bool)
    ab = np.zeros_like(case.truth)
    for spot in spots:
        known[spot.y, spot.x] = True
        ab[spot.y, spot.x] = spot.ab
    free = ~known
    start = nearest(case, spots)
    return np.dstack([neighbours.solved(ab[..., i], start[..., i], free) for i in range(2)])


class Neighbours:
    """The system of Levin et al. for one photograph: windows of 3x3, weights exp(-(Y - Y')^2 / (2 variance))."""

    def __init__(self, luminance: Floats) -> None:
        mean = cv2.blur(luminance, (3, 3), borderType=cv2.BORDER_REFLECT)
        variance = cv2.blur(luminance**2, (3, 3), borderType=cv2.BORDER_REFLECT) - mean**2
        variance = np.maximum(variance * 0.6, WEIGHT_FLOOR)
        inside = np.ones_like(luminance)
        self.shifts = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
        weights = [
            _shifted(inside, shift)
            * np.exp(-((luminance - _shifted(luminance, shift)) ** 2) / (2 * variance))
            for shift in self.shifts
        ]
        total = np.maximum(sum(weights), 1e-12)
        self.weights = [weight / total for weight in weights]

    def left(self, plane: Floats) -> Floats:
        """What each pixel differs by from the weighted mean of its neighbours."""
        return plane - sum(
            w * _shifted(plane, shift) for w, shift in zip(self.weights, self.shifts, strict=True)
        )

    def pushed(self, plane: Floats) -> Floats:
        """The transpose of `left`."""
        backs = [(-dy, -dx) for dy, dx in self.shifts]
        return plane - sum(_shifted(w * plane, back) for w, back in zip(self.weights, backs, strict=True))

    def solved(self, known: Floats, start: Floats, free: np.ndarray) -> Floats:
        """The plane with the least squares of `left`, by conjugate gradients over what is free."""
        plane = np.where(free, start, known).astype(np.float64)
        rest = -self.pushed(self.left(plane)) * free
        way, size = rest.copy(), float((rest**2).sum())
        for _ in range(ROUNDS):
            if size < 1e-6 * rest.size:
                break
            bent = self.pushed(self.left(way)) * free
            step = size / float((way * bent).sum())
            plane += step * way
            rest -= step * bent
            new = float((rest**2).sum())
            way, size = rest + new / size * way, new
        return plane.astype(np.float32)


def _shifted(plane: Floats, shift: tuple[int, int]) -> Floats:
    """The neighbour's value at each pixel; 0 beyond the edge."""
    move = np.float32([[1, 0, -shift[1]], [0, 1, -shift[0]]])
    return cv2.warpAffine(plane, move, plane.shape[::-1], flags=cv2.INTER_NEAREST)


WAYS: dict[str, Spread] = {"ours": ours, "least squares": least_squares, "nearest": nearest}


def gain(truth: Floats, ab: Floats) -> float:
    return float(10 * np.log10((np.mean(truth**2) + 2) / (np.mean((ab - truth) ** 2) + 2)))


def measured(case: Case, ab: Floats, spots: list[Spot]) -> tuple[float, float, float, float]:
    """dB at full size and of cells, dE00 everywhere and at the points."""
    cells = case.guide.working.shape[1] // STRIDE, case.guide.working.shape[0] // STRIDE
    coarse = [cv2.resize(plane, cells, interpolation=cv2.INTER_AREA) for plane in (case.truth, ab)]
    difference = ciede2000(np.dstack([case.lightness, case.truth]), np.dstack([case.lightness, ab]))
    at_points = [difference[spot.y, spot.x] for spot in spots]
    return (
        gain(case.truth, ab),
        gain(*coarse),
        float(difference.mean()),
        float(np.mean(at_points)) if spots else np.nan,
    )


def elsewhere(case: Case, spot: Spot) -> float:
    """How much one hint changes the ab of what is least akin to its place."""
    guide = case.guide
    high, wide = guide.scene.shape
    height, width = case.lightness.shape
    affinity = guide.scene.affinity(spot.y * high // height * wide + spot.x * wide // width)
    strange = cv2.resize(affinity, (width, height)) <= np.quantile(affinity, LEAST_AKIN)
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
            for name, spread in WAYS.items():
                rows.setdefault((name, count), []).append(measured(case, spread(case, spots), spots))
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
