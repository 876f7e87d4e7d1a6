"""The second programs that judge what colorcli reads and writes, and photographs to give them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from colorcli.images import EncodeOptions, Page, Picture, Pixels, Provenance

PROVENANCE = Provenance("colorcli 9.9", "testmodel", "0123456789abcdef" * 4)
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


def run(*command: str | Path) -> str:
    """What the program prints; the test fails if the program does or is not there."""
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return done.stdout


def convert(*arguments: str | Path) -> None:
    """ImageMagick."""
    run("convert", *arguments)


def tag(path: Path, *assignments: str) -> None:
    """Write tags with exiftool, e.g. "EXIF:Artist=Ann"."""
    run("exiftool", "-q", "-m", "-overwrite_original", *(f"-{one}" for one in assignments), path)


def tags(path: Path, *wanted: str) -> dict[str, Any]:
    """Tags as exiftool reads them, with their group: {"IFD0:Artist": "Ann"}; warnings are a tag too."""
    asked = [f"-{one}" for one in wanted]
    found = json.loads(run("exiftool", "-json", "-G1", "-n", "-warning", "-error", *asked, path))[0]
    del found["SourceFile"]
    return dict(found)


def grey_photo(height: int, width: int, dtype: type = np.uint8) -> Pixels:
    """Something like a photograph: soft shapes and a little grain, no two corners alike."""
    full = np.iinfo(dtype).max
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    grain = np.random.default_rng(1).normal(0, 0.01, (height, width))
    soft = 0.15 + 0.5 * x + 0.25 * y + 0.1 * np.sin(9 * x * y + 3 * x) + grain
    return (soft.clip(0, 1) * full).round().astype(dtype)


def colour_photo(height: int, width: int, dtype: type = np.uint8) -> Pixels:
    """The same with a little colour."""
    grey = grey_photo(height, width, dtype)
    return np.stack([grey, grey - grey // 8, grey - grey // 4], axis=-1)


def coloured(picture: Picture) -> Picture:
    """What a colorizer makes of a picture, as far as its encoding is concerned: RGB of the same depth."""
    pages = tuple(
        Page(page.pixels if page.pixels.ndim == 3 else np.stack([page.pixels] * 3, axis=-1), page.alpha)
        for page in picture.pages
    )
    return Picture(
        pages, picture.format, picture.metadata, picture.bits, picture.compressed, notes=picture.notes
    )


def options(**changes: Any) -> EncodeOptions:
    """Options with a provenance, as colorize always gives them."""
    return EncodeOptions(provenance=PROVENANCE, **changes)
