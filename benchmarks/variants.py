"""What variants and certainty are worth: `python benchmarks/variants.py FOLDER [--count N] [--model NAME]`.

Photographs in colour are made grey, as squares of 256 pixels. Of N variants: PSNR of RGB of the best and of
the answer alone, in dB, the mean CIEDE2000 between two of them, and, with `--inception` and the file of
`colorcli weights inception`, FID of the answer and of each variant. Of certainty: the mean error of ab over
the tenth of all pixels said to be most doubtful and over the most certain half. The folder may also come from
COLORCLI_PHOTOS.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from colorcli import Colorizer
from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.evaluate.features import Inception
from colorcli.evaluate.metrics import ciede2000, frechet_distance, psnr, to_lab
from colorcli.evaluate.photographs import find_photographs, grey_of, load, square
from colorcli.look import Look, Variant

STEP = 4  # pixels each way: neighbours repeat each other


@dataclass(frozen=True)
class Case:
    """A photograph in its true colours, the answer alone, the variants, and how sure (H, W) the model is."""

    truth: Pixels
    answer: Pixels
    variants: list[Pixels]
    certainty: Floats

    def quality(self) -> tuple[float, float, float]:
        """PSNR of the answer, of the best variant and of all in the mean."""
        each = [psnr(self.truth, one) for one in self.variants]
        return psnr(self.truth, self.answer), max(each), float(np.mean(each))

    def apart(self) -> float:
        """CIEDE2000 between two variants."""
        coarse = [to_lab(one)[::STEP, ::STEP] for one in self.variants]
        return float(np.mean([ciede2000(one, other).mean() for one, other in combinations(coarse, 2)]))

    def doubt(self) -> Floats:
        """Certainty and error of ab (2, n) of some pixels."""
        error = np.linalg.norm(lab.split(self.answer)[1] - lab.split(self.truth)[1], axis=-1)
        return np.stack([plane[::STEP, ::STEP].ravel() for plane in (self.certainty, error)])

    def features(self, network: Inception) -> Floats:
        """(2 + N, 2048) of the truth, the answer and the variants."""
        return np.stack([network.features(one) for one in (self.truth, self.answer, *self.variants)])


def cases(folder: Path, limit: int, colorizer: Colorizer, count: int) -> Iterator[Case]:
    looks = [Look(variant=Variant(number, count)) for number in range(1, count + 1)]
    for photograph in find_photographs(folder, limit=limit):
        truth = square(load(photograph))
        seen = colorizer.see(grey_of(truth))
        answer, *variants = (colorizer.paint(seen.steered(look, ()), ()) for look in (Look(), *looks))
        yield Case(truth, answer, variants, seen.certainty())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?", default=os.environ.get("COLORCLI_PHOTOS"))
    parser.add_argument("--count", type=int, default=60, help="photographs, spread evenly over the folder")
    parser.add_argument("--variants", type=int, default=4)
    parser.add_argument("--inception", type=Path, metavar="ONNX")
    parser.add_argument("--model")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model, "cpu")
    network = arguments.inception and Inception(arguments.inception, "cpu")
    quality, apart, doubt, features = [], [], [], []
    for case in cases(arguments.folder, arguments.count, colorizer, arguments.variants):
        quality.append(case.quality())
        apart.append(case.apart())
        doubt.append(case.doubt())
        if network:
            features.append(case.features(network))
    answer, best, mean = np.mean(quality, axis=0)
    print(
        f"{len(quality)} photographs; PSNR {answer:.2f} dB, best of {arguments.variants} {best:.2f}, ", end=""
    )
    print(f"mean {mean:.2f}; dE00 between two {np.mean(apart):.1f}")
    certainty, error = np.concatenate(doubt, axis=1)
    order = certainty.argsort()
    doubtful, sure = error[order[: len(order) // 10]].mean(), error[order[len(order) // 2 :]].mean()
    print(f"error of the doubtful tenth {doubtful:.1f} ab, of the certain half {sure:.1f}")
    if network:
        truths, *painted = np.swapaxes(features, 0, 1)
        fids = [f"{frechet_distance(truths, one):.1f}" for one in painted]
        print(f"FID of the answer {fids[0]}, of the variants {', '.join(fids[1:])}")


if __name__ == "__main__":
    main()
