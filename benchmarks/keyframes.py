"""What a keyframe is worth: `python benchmarks/keyframes.py FOLDER [--count N] [--model MODEL]`.

The clips are those of `flicker.py`: a pan over each photograph, a zoom into it, and a pan that is cut off
half way. The frame in the middle of the first scene, in its true colours, is its keyframe. Mean CIEDE2000
over the scene without and with it, at its own frame and at the farthest one; and the mean change of ab from
frame to frame, with the true motion undone. The folder may also come from COLORCLI_PHOTOS.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from flicker import FRAMES, WAYS, Clip, change, clips, coloured
from numpy.typing import NDArray

from colorcli import Colorizer
from colorcli.evaluate.metrics import ciede2000, to_lab
from colorcli.stream.guidance import Guidance, Key, Shot

STEP = 2  # pixels each way: neighbours repeat each other


def keyed(one: Clip, colorizer: Colorizer) -> Guidance:
    """The frame in the middle of the first scene as its keyframe."""
    end = one.scenes.index(1) if 1 in one.scenes else FRAMES
    rgb = one.frames[end // 2]
    key = Key.of(end // 2, rgb, colorizer.reference(rgb), rgb.shape[:2], strength=1.0)
    return Guidance(shots=(Shot(0, end, (key,)),))


def distances(one: Clip, result: NDArray[np.uint16]) -> list[float]:
    """Mean CIEDE2000 of each frame."""
    pairs = zip(one.frames, result, strict=True)
    seen = [[to_lab(frame)[::STEP, ::STEP] for frame in pair] for pair in pairs]
    return [float(ciede2000(truth, made).mean()) for truth, made in seen]


def measured(one: Clip, colorizer: Colorizer) -> tuple[float, ...]:
    """CIEDE2000 without and with, at the keyframe, at the frame farthest from it; change without and with."""
    guidance = keyed(one, colorizer)
    (shot,) = guidance.shots
    (key,) = shot.keys
    alone, guided = (
        coloured(one, WAYS["carried"], colorizer, guidance=how) for how in (Guidance(), guidance)
    )
    without, now = (distances(one, result)[: shot.end] for result in (alone, guided))
    changes = change(one, alone), change(one, guided)
    return float(np.mean(without)), float(np.mean(now)), now[key.number], now[0], *changes


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=20, help="photographs, spread evenly over the folder")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    rows: dict[str, list[tuple[float, ...]]] = {}
    for one in clips(arguments.folder, arguments.count):
        rows.setdefault(one.name, []).append(measured(one, colorizer))
    print("| clips | dE00 without | with | at the keyframe | farthest | change of ab without | with |")
    print("|---|---|---|---|---|---|---|")
    for name, values in rows.items():
        *apart, alone, guided = np.mean(values, axis=0)
        cells = [f"{value:.2f}" for value in apart]
        print(f"| {name} | {' | '.join(cells)} | {alone:.3f} | {guided:.3f} |")


if __name__ == "__main__":
    main()
