"""What references are worth: `python benchmarks/references.py FOLDER [--count N] [--model MODEL]`.

The first half of each photograph in colour is made grey and given, in turn, one reference: what of the same
photograph lies beside it, with no pixel in common; a crop of which it shows half; another frame of the scene,
moved, nearer and darker; and part of the photograph before it in the folder, which has nothing to do with it.
Mean CIEDE2000 without and with, the share that the reference was used for, and the share that it made worse
by more than 0.3. `--sheet FILE` draws the grey half, what becomes of it alone, and what lies beside it and
another frame, each with what becomes of it then. The folder may also come from COLORCLI_PHOTOS.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.color.lab import Pixels
from colorcli.evaluate.metrics import ciede2000
from colorcli.evaluate.photographs import find_photographs, grey_of, load
from colorcli.guided import Guide

WORSE = 0.3  # CIEDE2000
SHOWN = ("beside it", "another frame")
WIDTH, HEIGHT, GAP = 120, 120, 3  # pixels of a picture on the sheet, and between two
NEARER, DARKER = 1.25, 1.3  # zoom and gamma of another frame


def part(rgb: Pixels, start: float, end: float) -> Pixels:
    """A stretch along the longer side, given in shares of it."""
    if rgb.shape[0] > rgb.shape[1]:
        return np.ascontiguousarray(part(rgb.transpose(1, 0, 2), start, end).transpose(1, 0, 2))
    width = rgb.shape[1]
    return np.ascontiguousarray(rgb[:, round(start * width) : round(end * width)])


def other_frame(rgb: Pixels) -> Pixels:
    """The first half as the camera sees it a little later: moved, nearer, darker, with grain."""
    seen = part(rgb, 0.08, 0.48)
    top = round(len(seen) * 0.08)
    seen = cv2.resize(seen[top:], None, fx=NEARER, fy=NEARER, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(1).normal(0, 3, seen.shape)
    return np.clip(255 * (seen / 255) ** DARKER + grain, 0, 255).astype(np.uint8)


def references(rgb: Pixels, before: Pixels) -> dict[str, Pixels]:
    return {
        "beside it": part(rgb, 0.5, 1),
        "half of it": part(rgb, 0.25, 0.75),
        "another frame": other_frame(rgb),
        "unrelated": part(before, 0.5, 1),
    }


def distance(guide: Guide, truth: Pixels) -> float:
    """Mean CIEDE2000, the lightness being the truth's."""
    lightness, ab = lab.split(truth)
    made = guide.lines([]).strip(lightness, 0, len(lightness))
    return float(ciede2000(np.dstack([lightness, ab]), np.dstack([lightness, made])).mean())


def measured(colorizer: Colorizer, rgb: Pixels, before: Pixels) -> Iterator[tuple[str, float, float, bool]]:
    """The kind of each reference, the distance without and with it, and whether it was used."""
    truth = part(rgb, 0, 0.5)
    alone = colorizer.guide(grey_of(truth))
    without = distance(alone, truth)
    for kind, pixels in references(rgb, before).items():
        guided = alone.matched([colorizer.reference(pixels)])
        used = bool(guided.references)
        yield kind, without, distance(guided, truth) if used else without, used


def shown_row(colorizer: Colorizer, rgb: Pixels) -> Pixels:
    """One photograph on the sheet."""
    grey = grey_of(part(rgb, 0, 0.5))
    alone = colorizer.guide(grey)
    shown = [cv2.merge([grey] * 3), colorizer.paint(alone, [])]
    for pixels in (references(rgb, rgb)[kind] for kind in SHOWN):
        shown += [pixels, colorizer.paint(alone.matched([colorizer.reference(pixels)]), [])]
    return np.hstack([framed(one) for one in shown])


def framed(pixels: Pixels) -> Pixels:
    """A picture in the middle of its place on the sheet."""
    height, width = pixels.shape[:2]
    scale = min(HEIGHT / height, WIDTH / width)
    small = cv2.resize(pixels, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    down, across = HEIGHT + 2 * GAP - small.shape[0], WIDTH + 2 * GAP - small.shape[1]
    edges = ((down // 2, down - down // 2), (across // 2, across - across // 2), (0, 0))
    return np.pad(small, edges, constant_values=255)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=60, help="photographs, spread evenly over the folder")
    parser.add_argument("--sheet", type=Path, metavar="FILE")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    photographs = find_photographs(arguments.folder, limit=arguments.count)
    rows: dict[str, list[tuple[float, float, bool]]] = {}
    drawn = []
    before = load(photographs[-1])
    for photograph in photographs:
        rgb = load(photograph)
        for kind, *row in measured(colorizer, rgb, before):
            rows.setdefault(kind, []).append(row)
        before = rgb
        if arguments.sheet:
            drawn.append(shown_row(colorizer, rgb))
    print("| reference | dE00 without | with | used | worse |\n|---|---|---|---|---|")
    for kind, values in rows.items():
        without, guided, used = np.array(values, float).T
        worse = (guided - without > WORSE).mean()
        print(f"| {kind} | {without.mean():.2f} | {guided.mean():.2f} | {used.mean():.0%} | {worse:.0%} |")
    if arguments.sheet:
        cv2.imwrite(str(arguments.sheet), np.vstack(drawn)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()
