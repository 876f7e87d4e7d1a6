"""How much colour flickers: `python benchmarks/flicker.py FOLDER [--count N] [--sheet FILE]`.

Pans, zooms and cuts are made from photographs of FOLDER (or of the environment variable COLORCLI_PHOTOS), so
that the true colour and the true motion are known. Each clip is coloured frame by frame, with colour carried,
and with the network on every fourth frame. "change" is the mean distance of ab from each frame to the next,
after the true motion is undone, cuts left out; PSNR is that of RGB against the photograph.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli import Colorizer, images
from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.look import Look
from colorcli.stream.guidance import UNGUIDED, Guidance
from colorcli.stream.kinds import Form
from colorcli.stream.pipeline import StreamSettings, run

WIDTH, HEIGHT = 320, 240
FRAMES = 16
WAYS = {
    "frame by frame": StreamSettings(Look(border=False), temporal=False),
    "carried": StreamSettings(Look(border=False)),
    "carried, every 4": StreamSettings(Look(border=False), every=4),
}
_BACK = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Clip:
    """`views` (2, 3) map pixels of frames to those of their photographs, one of each scene."""

    name: str
    frames: list[Pixels]  # RGB
    views: list[Matrix]
    scenes: list[int]


def clip(name: str, photographs: list[Pixels]) -> Clip:
    """A pan over a photograph, a zoom into it, or a pan that cuts to another photograph half way.

    Pans go by whole pixels: their frames are cut out and not resampled, so that what changes is colour.
    """
    room = (WIDTH + 2 * FRAMES, HEIGHT + FRAMES)  # pixels that a pan sees
    enlarged = [_covering(photograph, room) for photograph in photographs]
    frames, views, scenes = [], [], []
    for number in range(FRAMES):
        scene = int(name == "cut" and number >= FRAMES // 2)
        scale = 1 - 0.012 * number if name == "zoom" else 1.0
        corner = (
            ((1 - scale) * WIDTH / 2, (1 - scale) * HEIGHT / 2) if name == "zoom" else (2 * number, number)
        )
        view = np.array([[scale, 0, corner[0]], [0, scale, corner[1]]])
        frames.append(cv2.warpAffine(enlarged[scene], view, (WIDTH, HEIGHT), flags=_BACK))
        views.append(view)
        scenes.append(scene)
    return Clip(name, frames, views, scenes)


def _covering(photograph: Pixels, room: tuple[int, int]) -> Pixels:
    """The photograph, no larger than it must be to fill so many columns and rows."""
    height, width = photograph.shape[:2]
    scale = max(room[0] / width, room[1] / height)
    size = (round(width * scale), round(height * scale))
    resized: Pixels = cv2.resize(
        photograph, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    return resized


def coloured(
    one: Clip,
    settings: StreamSettings,
    colorizer: Colorizer,
    grain: float = 0,
    guidance: Guidance = UNGUIDED,
) -> NDArray[np.uint16]:
    """The clip's lightness, with grain, through the stream: 16-bit RGB (frames, H, W, 3)."""
    noise = np.random.default_rng(0)
    grey = [
        lab.join(lab.lightness(frame), np.zeros((HEIGHT, WIDTH, 2), np.float32), np.uint16)[..., 0]
        for frame in one.frames
    ]
    grainy = [
        np.clip(frame + noise.normal(0, grain * 257, frame.shape), 0, 65535).astype("<u2") for frame in grey
    ]
    form = Form("gray16le", (WIDTH, HEIGHT))
    with TemporaryDirectory() as folder:
        source, sink = Path(folder, "in"), Path(folder, "out")
        source.write_bytes(b"".join(frame.tobytes() for frame in grainy))
        with FileIO(source) as stdin, FileIO(sink, "w") as stdout:
            for _ in run(form, colorizer, settings, stdin, stdout, guidance):
                pass
        return np.frombuffer(sink.read_bytes(), "<u2").reshape(-1, HEIGHT, WIDTH, 3)


def change(one: Clip, result: NDArray[np.uint16]) -> float:
    """Mean distance of ab between neighbouring frames of a scene, at the same place of the photograph."""
    colours = [lab.split(frame)[1] for frame in result]
    changes = []
    for now in range(1, FRAMES):
        if one.scenes[now] != one.scenes[now - 1]:
            continue
        there = whole(np.linalg.inv(whole(one.views[now - 1])) @ whole(one.views[now]))[:2]
        inside = (
            cv2.warpAffine(
                np.ones((HEIGHT, WIDTH), np.float32),
                there,
                (WIDTH, HEIGHT),
                flags=_BACK,
            )
            > 0.999
        )
        moved: Floats = cv2.warpAffine(colours[now - 1], there, (WIDTH, HEIGHT), flags=_BACK)
        changes.append(np.linalg.norm(moved - colours[now], axis=-1)[inside].mean())
    return float(np.mean(changes))


def whole(view: Matrix) -> Matrix:
    return view if len(view) == 3 else np.vstack([view, [0, 0, 1]])


def psnr(one: Clip, result: NDArray[np.uint16]) -> float:
    errors = [np.mean((frame / 257 - truth) ** 2) for frame, truth in zip(result, one.frames, strict=True)]
    return float(10 * np.log10(255**2 / np.mean(errors)))


def clips(folder: Path, count: int) -> Iterator[Clip]:
    paths = sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp")
    )
    chosen = paths[:: max(1, len(paths) // count)][:count]
    photographs = [images.decode(path).pages[0].pixels for path in chosen]
    photographs = [cv2.merge([one] * 3) if one.ndim == 2 else one for one in photographs]
    for number, photograph in enumerate(photographs):
        for name in ("pan", "zoom", "cut"):
            yield clip(name, [photograph, photographs[number - 1]])


def sheet(one: Clip, results: dict[str, NDArray[np.uint16]]) -> Pixels:
    """Every third frame: a row each way, and below it 64 times the change of its colour."""
    rows = []
    for result in results.values():
        shown = range(1, FRAMES, 3)
        rows.append(np.hstack([(result[number] >> 8).astype(np.uint8) for number in shown]))
        colours = [lab.split(frame)[1] for frame in result]
        moves = []
        for number in shown:
            there = (np.linalg.inv(whole(one.views[number - 1])) @ whole(one.views[number]))[:2]
            moved = cv2.warpAffine(
                colours[number - 1],
                there,
                (WIDTH, HEIGHT),
                flags=_BACK,
                borderMode=cv2.BORDER_REPLICATE,
            )
            moves.append(np.linalg.norm(moved - colours[number], axis=-1) * 64)
        rows.append(np.dstack([np.hstack(moves).clip(0, 255).astype(np.uint8)] * 3))
    return np.vstack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=8, help="photographs")
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--grain", type=float, default=0, help="noise of the lightness, in levels of 255")
    parser.add_argument("--sheet", type=Path, help="write frames of the first pan to this picture")
    arguments = parser.parse_args()
    if arguments.folder is None:
        parser.error("name a folder of photographs")
    colorizer = Colorizer(arguments.model, "cpu")
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for number, one in enumerate(clips(arguments.folder, arguments.count)):
        results = {way: coloured(one, settings, colorizer, arguments.grain) for way, settings in WAYS.items()}
        for way, result in results.items():
            found.setdefault((one.name, way), []).append((change(one, result), psnr(one, result)))
        if arguments.sheet and number == 0:
            cv2.imwrite(str(arguments.sheet), sheet(one, results)[..., ::-1])
    print("| clips | way | change of ab | times less | PSNR dB | gain dB |\n|---|---|---|---|---|---|")
    for (name, way), values in found.items():
        moved, quality = np.mean(values, axis=0)
        plain_moved, plain_quality = np.mean(found[name, "frame by frame"], axis=0)
        less, gain = plain_moved / moved, quality - plain_quality
        print(f"| {name} | {way} | {moved:.3f} | {less:.1f} | {quality:.2f} | {gain:+.2f} |")


if __name__ == "__main__":
    main()
