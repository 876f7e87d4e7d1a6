"""What variants and certainty are worth: `python benchmarks/variants.py FOLDER [--count N] [--model NAME]`.

Photographs in colour are made grey. Of N variants: PSNR of RGB of the best and of the answer alone, in dB,
and the mean CIEDE2000 between two of them. Of certainty: the mean error of ab over the tenth of all pixels
said to be most doubtful and over the most certain half. The folder may also come from COLORCLI_PHOTOS.
"""

import argparse
import os
from itertools import combinations
from pathlib import Path

import numpy as np

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.color.lab import Pixels
from colorcli.evaluate.metrics import ciede2000, psnr, to_lab
from colorcli.evaluate.photographs import find_photographs, grey_of, load
from colorcli.look import Look, Variant

STEP = 4  # pixels each way: neighbours repeat each other


def of_variants(colorizer: Colorizer, truth: Pixels, count: int) -> tuple[float, float, float, float]:
    """PSNR of the answer, of the best and of all variants in the mean; CIEDE2000 between them."""
    grey = grey_of(truth)
    looks = [Look(variant=Variant(number, count)) for number in range(1, count + 1)]
    painted = [colorizer.colorize(grey, look) for look in looks]
    quality = [psnr(truth, one) for one in painted]
    coarse = [to_lab(one)[::STEP, ::STEP] for one in painted]
    apart = np.mean([ciede2000(one, other).mean() for one, other in combinations(coarse, 2)])
    return psnr(truth, colorizer.colorize(grey)), max(quality), float(np.mean(quality)), float(apart)


def of_certainty(colorizer: Colorizer, truth: Pixels) -> np.ndarray:
    """Certainty and error of ab (2, n) of some pixels."""
    grey = grey_of(truth)
    error = np.linalg.norm(lab.split(colorizer.colorize(grey))[1] - lab.split(truth)[1], axis=-1)
    return np.stack([plane[::STEP, ::STEP].ravel() for plane in (colorizer.see(grey).certainty(), error)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=60, help="photographs, spread evenly over the folder")
    parser.add_argument("--variants", type=int, default=4)
    parser.add_argument("--model")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    truths = [load(photograph) for photograph in find_photographs(arguments.folder, limit=arguments.count)]
    answer, best, mean, apart = np.mean(
        [of_variants(colorizer, truth, arguments.variants) for truth in truths], axis=0
    )
    print(f"PSNR {answer:.2f} dB, best of {arguments.variants} {best:.2f}, mean {mean:.2f}; dE00 {apart:.1f}")
    certainty, error = np.concatenate([of_certainty(colorizer, truth) for truth in truths], axis=1)
    order = certainty.argsort()
    doubtful, sure = error[order[: len(order) // 10]].mean(), error[order[len(order) // 2 :]].mean()
    print(f"error of the doubtful tenth {doubtful:.1f} ab, of the certain half {sure:.1f}")


if __name__ == "__main__":
    main()
