"""Which enlargement of colour is best: `python benchmarks/upsampling.py FOLDER [--count N] [--model MODEL]`.

Each photograph is brought to 512 pixels on its short side; its ab is reduced to a quarter of the working size
and enlarged again. The input is the true ab, or a poor prediction made of it (blurred over 1.2 cells; or
blurred, paler and spotted), or with --model the prediction of a network. "edges" is the mean CIEDE2000 within
3 pixels of strong edges of L (Canny 100/200 on 8-bit L). The folder may also come from COLORCLI_PHOTOS.
`--crops FILE` shows, of each photograph, the square where colour changes most at edges: grey, bicubic,
shipped, truth.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

from colorcli import Colorizer
from colorcli.color import lab, upsample
from colorcli.color.lab import Floats, Pixels
from colorcli.color.working import working_lightness
from colorcli.evaluate.edges import near_edges
from colorcli.evaluate.metrics import ciede2000, psnr

SHORT_SIDE = 512
CROP = 96  # pixels a side, shown twice as large
STRIDE = 4
SHIPPED = "calmed, guided detail (shipped)"

Method = Callable[[Floats, Floats, Floats], Floats]  # ab (h, w, 2), working L, full L -> ab (H, W, 2)


def plain(interpolation: int) -> Method:
    return lambda ab, _, full: cv2.resize(ab, full.shape[::-1], interpolation=interpolation)


def guided_filter(radius: int, smoothness: float) -> Method:
    """The fast guided filter as published: slopes and means of windows at low resolution, enlarged."""

    def mean(plane: Floats) -> Floats:
        return cv2.blur(plane, (2 * radius + 1,) * 2, borderType=cv2.BORDER_REFLECT)

    def enlarge(ab: Floats, working: Floats, full: Floats) -> Floats:
        guide = cv2.resize(working, ab.shape[1::-1], interpolation=cv2.INTER_AREA)
        centre = mean(guide)[..., None]
        variance = mean(guide * guide)[..., None] - centre**2
        slope = (mean(guide[..., None] * ab) - centre * mean(ab)) / (variance + smoothness)
        offset = mean(ab) - slope * centre
        slope, offset = (cv2.resize(mean(part), full.shape[::-1]) for part in (slope, offset))
        return slope * full[..., None] + offset

    return enlarge


METHODS: dict[str, Method] = {
    "nearest": plain(cv2.INTER_NEAREST),
    "bilinear": plain(cv2.INTER_LINEAR),
    "bicubic": plain(cv2.INTER_CUBIC),
    "guided filter, 3x3": guided_filter(1, 25),
    "guided filter, 5x5": guided_filter(2, 25),
    "guided detail": lambda ab, working, full: upsample.fit(working, ab).strip(full, 0, len(full)),
    SHIPPED: lambda ab, working, full: upsample.fit(working, upsample.calmed(working, ab)).strip(
        full, 0, len(full)
    ),
}


def inputs(ab: Floats, working: Floats, colorizer: Colorizer | None) -> Iterator[tuple[str, Floats]]:
    """Low-resolution ab by name: what the methods have to enlarge."""
    if colorizer:
        yield "predicted ab", colorizer.model.predict(working[None, ..., None])[0]
        return
    yield "true ab", ab
    yield "blurred", cv2.GaussianBlur(ab, (0, 0), 1.2)
    spots = np.random.default_rng(0).normal(0, 7, ab.shape).astype(np.float32)  # 2 ab after the blur
    yield (
        "blurred, pale, spotted",
        cv2.GaussianBlur(ab, (0, 0), 0.8) * 0.8 + cv2.GaussianBlur(spots, (0, 0), 1),
    )


def figures(
    truth: Pixels, colorizer: Colorizer | None
) -> Iterator[tuple[str, str, tuple[float, float, float]]]:
    """Input, method and (PSNR in dB, CIEDE2000 at edges, CIEDE2000 of all) of one photograph."""
    full, ab = lab.split(truth)
    edges = near_edges(full)
    if not edges.any():
        return
    size = colorizer.model.spec.render_size if colorizer else 256
    working = working_lightness(truth, size)
    low = cv2.resize(
        ab, (working.shape[1] // STRIDE, working.shape[0] // STRIDE), interpolation=cv2.INTER_AREA
    )
    for source, small in inputs(low, working, colorizer):
        for name, method in METHODS.items():
            painted = lab.join(full, method(small, working, full), np.uint8)
            difference = ciede2000(np.dstack([full, ab]), np.dstack(lab.split(painted)))
            yield source, name, (psnr(truth, painted), difference[edges].mean(), difference.mean())


def telling(full: Floats, ab: Floats) -> tuple[slice, slice]:
    """The square of CROP pixels where colour changes most at edges of L."""
    change = np.abs(cv2.Sobel(ab, cv2.CV_32F, 1, 0)) + np.abs(cv2.Sobel(ab, cv2.CV_32F, 0, 1))
    sums = cv2.boxFilter(change.sum(-1) * near_edges(full), -1, (CROP, CROP), anchor=(0, 0))
    whole = sums[: 1 - CROP, : 1 - CROP]
    top, left = np.unravel_index(whole.argmax(), whole.shape)
    return slice(top, top + CROP), slice(left, left + CROP)


def crops(truth: Pixels, colorizer: Colorizer) -> Pixels:
    """Grey, bicubic, shipped and truth side by side."""
    full, true_ab = lab.split(truth)
    working = working_lightness(truth, colorizer.model.spec.render_size)
    ab = colorizer.model.predict(working[None, ..., None])[0]
    painted = [METHODS[name](ab, working, full) for name in ("bicubic", SHIPPED)]
    place = telling(full, true_ab)
    shown = [lab.join(full, colour, np.uint8)[place] for colour in (np.zeros_like(painted[0]), *painted)]
    return np.repeat(np.repeat(np.hstack([*shown, truth[place]]), 2, axis=0), 2, axis=1)


def load(path: Path) -> Pixels:
    rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    scale = SHORT_SIDE / min(rgb.shape[:2])
    return cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=50, help="photographs, spread evenly over the folder")
    parser.add_argument("--model", help="enlarge what this model predicts in place of the true colour")
    parser.add_argument("--crops", type=Path, help="a picture to write; needs --model")
    arguments = parser.parse_args()
    if arguments.crops and not arguments.model:
        parser.error("--crops needs --model")
    colorizer = Colorizer(arguments.model, "cpu") if arguments.model else None
    paths = sorted(
        path for path in Path(arguments.folder).iterdir() if path.suffix in (".webp", ".jpg", ".png")
    )
    paths = paths[:: max(1, len(paths) // arguments.count)][: arguments.count]
    if arguments.crops:
        sheet = np.vstack([crops(load(path), colorizer) for path in paths])
        cv2.imwrite(str(arguments.crops), sheet[..., ::-1])
    rows: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for path in paths:
        for source, name, row in figures(load(path), colorizer):
            rows.setdefault((source, name), []).append(row)
    print(f"{len(paths)} photographs\n")
    print("| input | enlargement | PSNR dB | dE00 edges | dE00 all |\n|---|---|---|---|---|")
    for (source, name), values in sorted(rows.items(), key=lambda item: item[0][0]):
        quality, edges, everywhere = np.mean(values, axis=0)
        print(f"| {source} | {name} | {quality:.2f} | {edges:.3f} | {everywhere:.3f} |")


if __name__ == "__main__":
    main()
