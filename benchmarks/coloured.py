"""How often colour is taken for grey, and the other way: `python benchmarks/coloured.py FOLDER`.

FOLDER has photographs in colour, or COLORCLI_PHOTOS names it. They are measured as they are and faded; their
lightness as a grey print and toned by six curves, with stains; both also with a stamp, a border or a ruler;
each as JPEG of quality 80. Photographs of less mean chroma than 4 (fog, snow, silver) are left out: they are
grey to the eye. --old FOLDER adds real old scans. Photographs in colour that are missed are named.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from colorcli.color import lab
from colorcli.color.coloured import DOUBTFUL_SPREADS, SPREAD_OF_COLOUR, colour_spread
from colorcli.color.lab import Floats, Pixels

# What a toner or paper's tint adds at lightness t, 0 to 1: a and b.
TONES: tuple[Callable[[Floats], tuple[Floats, Floats]], ...] = (
    lambda t: (2 + 32 * t * (1 - t), 6 + 88 * t * (1 - t)),  # sepia
    lambda t: (0 * t - 6, -100 * t * (1 - t)),  # cyanotype
    lambda t: (4 * t - 2, 32 * t - 18),  # split: blue shadows, cream paper
    lambda t: (14 * (1 - t) ** 2, 4 + 10 * (1 - t)),  # selenium
    lambda t: (1 + 2 * t, 5 + 14 * t),  # yellowed paper
    lambda t: (10 * t * (1 - t), 12 * t * (1 - t) - 2),  # warm black
)
LEAST_CHROMA = 4.0
RULER = np.array(
    [(200, 30, 30), (230, 130, 30), (240, 230, 30), (30, 160, 60), (30, 60, 190), (130, 40, 140)], np.uint8
)


def faded(pixels: Pixels, _number: int) -> Pixels:
    """45 % of its chroma, 60 % of its contrast, and a cast."""
    light, ab = lab.split(pixels)
    cast = np.array((3, 8), np.float32)
    return lab.join(30 + 0.6 * light, 0.45 * ab + cast, pixels.dtype)


def grey(pixels: Pixels, _number: int) -> Pixels:
    return cv2.merge([cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)] * 3)


def toned(pixels: Pixels, number: int) -> Pixels:
    """By one of the curves, and stained on one side."""
    light = lab.split(grey(pixels, number))[0]
    a, b = TONES[number % len(TONES)](light / 100)
    stain = np.linspace(0, 5 * (number % 3), light.shape[1], dtype=np.float32)
    return lab.join(light, np.stack([a + 0.2 * stain, b + stain], axis=-1).astype(np.float32), pixels.dtype)


def marked(pixels: Pixels, number: int) -> Pixels:
    """With a blue stamp, a brown border or a ruler of six colours."""
    height, width = pixels.shape[:2]
    scan = pixels.copy()
    if number % 3 == 0:
        scan[: height // 5, : width // 4] = (40, 60, 150)
    elif number % 3 == 1:
        edge = max(2, min(height, width) // 30)
        return cv2.copyMakeBorder(scan, *[edge] * 4, cv2.BORDER_CONSTANT, value=(120, 80, 50))
    else:
        row = RULER[np.arange(width) * len(RULER) // width]
        scan[-max(2, height // 14) :] = row
    return scan


KINDS: dict[str, Callable[[Pixels, int], Pixels]] = {
    "colour": lambda pixels, _: pixels,
    "faded colour": faded,
    "grey": grey,
    "toned": toned,
    "grey, marked": lambda pixels, number: marked(grey(pixels, number), number),
    "toned, marked": lambda pixels, number: marked(toned(pixels, number), number // len(TONES)),
}


def photographs(folder: Path, count: int | None) -> Iterator[tuple[str, Pixels]]:
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in (".jpg", ".png", ".webp")]
    for path in paths[:: max(1, len(paths) // count) if count else 1][:count]:
        yield path.name, cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def in_colour(folder: Path, count: int | None) -> dict[str, Pixels]:
    """Those that are not grey to the eye."""
    found = dict(photographs(folder, count))
    chroma = {name: np.linalg.norm(lab.split(pixels)[1], axis=-1).mean() for name, pixels in found.items()}
    kept = {name: pixels for name, pixels in found.items() if chroma[name] >= LEAST_CHROMA}
    print("left out:", *(found.keys() - kept.keys()) or ["none"])
    return kept


def as_jpeg(pixels: Pixels) -> Pixels:
    data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def line(name: str, spreads: list[float]) -> str:
    values = np.array(spreads)
    low, high = DOUBTFUL_SPREADS
    doubtful = int(((values > low) & (values < high)).sum())
    parts = " | ".join(f"{value:.2f}" for value in (values.min(), np.median(values), values.max()))
    return f"| {name} | {len(values)} | {int((values >= SPREAD_OF_COLOUR).sum())} | {doubtful} | {parts} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--old", type=Path)
    parser.add_argument("--count", type=int)
    options = parser.parse_args()
    pictures = in_colour(Path(options.folder), options.count)
    print("| | photographs | taken for colour | doubtful | least | median | most |")
    print("|---|---|---|---|---|---|---|")
    for name, made in KINDS.items():
        spreads = [colour_spread(as_jpeg(made(one, number))) for number, one in enumerate(pictures.values())]
        print(line(name, spreads), flush=True)
        if name == "colour":
            missed = [one for one, spread in zip(pictures, spreads, strict=True) if spread < SPREAD_OF_COLOUR]
    if options.old:
        print(line("old scans", [colour_spread(pixels) for _, pixels in photographs(options.old, None)]))
    print("missed:", *missed)


if __name__ == "__main__":
    main()
