"""Where the time and the memory go: `python benchmarks/colorize.py [--model MODEL] [--megapixels N ...]`.

A grainy photograph is made, written as JPEG and coloured. "own" is all that is neither codec nor network
(Lab, upsampling, gamut, join); its ratio is to cv2.imdecode + cv2.imencode + the run of ONNX Runtime
measured in turns with it. Peak memory is that of a process of its own that goes from file to file.
"""

import argparse
import multiprocessing
import re
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from colorcli import Colorizer, images
from colorcli.color import lab, upsample
from colorcli.color.lab import Pixels
from colorcli.colorizer import tint

ROUNDS = 5  # the best of so many, each thing in turn: other work on the machine then falls on all alike
STRIP = 1 << 17  # pixels


def photograph(megapixels: float) -> Pixels:
    """RGB with soft shapes, edges and grain, 4 to 3."""
    height = round((megapixels * 0.75e6) ** 0.5)
    width = height * 4 // 3
    noise = np.random.default_rng(0)
    shapes = cv2.resize(noise.integers(20, 220, (12, 16, 3), np.uint8), (width, height))
    for top in range(0, height, 500):  # by and by, so that the maker needs little memory itself
        part = shapes[top : top + 500]
        grain = noise.normal(0, 8, part.shape[:2]).astype(np.float32)[..., None]
        part[:] = np.clip(part + grain, 0, 255)
    return shapes


def timed(steps: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Seconds of each step, the best of several rounds."""
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(ROUNDS):
        for name, step in steps.items():
            started = time.perf_counter()
            step()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def split_of_tint(pixels: Pixels, lines: upsample.ColorLines) -> dict[str, float]:
    """Shares of Lab, upsampling and join in the work on one strip in the middle of the photograph."""
    rows = max(1, STRIP // pixels.shape[1])
    top = pixels.shape[0] // 2
    strip = np.ascontiguousarray(pixels[top : top + rows])
    light = lab.lightness(strip)
    ab_space, join_space = upsample.workspace(light.size), lab.workspace(light.size)
    ab = lines.strip(light, top, pixels.shape[0]).copy()
    seconds = timed(
        {
            "Lab": lambda: lab.lightness(strip),
            "upsample": lambda: lines.strip(light, top, pixels.shape[0], ab_space),
            "join": lambda: lab.join(light, ab, strip.dtype, join_space),
        }
    )
    return {name: value / sum(seconds.values()) for name, value in seconds.items()}


def measure(rgb: Pixels, colorizer: Colorizer) -> dict[str, float]:
    """Seconds of each part, and of what they are compared with."""
    jpeg = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1]
    picture = images.decode(jpeg.tobytes())
    bgr = cv2.imdecode(jpeg, cv2.IMREAD_COLOR)
    light = colorizer.working_lightness(rgb)
    ab = colorizer.working_ab(light)
    seconds = timed(
        {
            "cv2.imdecode": lambda: cv2.imdecode(jpeg, cv2.IMREAD_COLOR),
            "cv2.imencode": lambda: cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 95]),
            "decode": lambda: images.decode(jpeg.tobytes()),
            "working L": lambda: colorizer.working_lightness(rgb),
            "model": lambda: colorizer.working_ab(light),
            "tint": lambda: tint(rgb, light, ab),
            "encode": lambda: images.encode(picture),
        }
    )
    for name, share in split_of_tint(rgb, upsample.fit(light, ab)).items():
        seconds[name] = share * seconds["tint"]
    seconds["Lab"] += seconds["working L"]
    return seconds


def colour_file(
    source: Path, target: Path, model: str | None, answer: "multiprocessing.Queue[float]"
) -> None:
    """What `colorcli colorize` does, in a process of its own; answers with its peak memory in GB."""
    picture = Colorizer(model, "cpu").colorize_picture(images.decode(source))
    images.write(picture, target)
    status = Path("/proc/self/status").read_text()  # getrusage would count what the parent had in memory
    answer.put(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e9)


def peak_memory(rgb: Pixels, suffix: str, model: str | None) -> float:
    with TemporaryDirectory() as folder:
        source, target = Path(folder, f"in{suffix}"), Path(folder, f"out{suffix}")
        cv2.imwrite(str(source), rgb[..., ::-1])
        context = multiprocessing.get_context("spawn")
        answer = context.Queue()
        process = context.Process(target=colour_file, args=(source, target, model, answer))
        process.start()
        process.join()
        return float(answer.get(timeout=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="name or file; the default model without it")
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 12, 100])
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    parts = ("decode", "Lab", "model", "upsample", "join", "encode")
    print(f"{colorizer.model.spec.name} at {colorizer.model.spec.render_size}, {colorizer.threads} cores\n")
    print(
        f"| MP | {' | '.join(f'{part} ms' for part in parts)} | own / (cv2 + model) | peak GB, 8 / 16 bits |"
    )
    print("|---" * (len(parts) + 3) + "|")
    for megapixels in arguments.megapixels:
        rgb = photograph(megapixels)
        seconds = measure(rgb, colorizer)
        own = seconds["working L"] + seconds["tint"]
        ratio = own / (seconds["cv2.imdecode"] + seconds["cv2.imencode"] + seconds["model"])
        cells = [f"{seconds[part] * 1000:.0f}" for part in parts]
        peak8 = peak_memory(rgb, ".jpg", arguments.model)
        peak16 = peak_memory(rgb.astype(np.uint16) * np.uint16(257), ".tif", arguments.model)
        print(
            f"| {megapixels:g} | {' | '.join(cells)} | {ratio:.2f} | {peak8:.2f} / {peak16:.2f} |", flush=True
        )


if __name__ == "__main__":
    main()
