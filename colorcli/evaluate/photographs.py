"""The photographs of an evaluation: which ones, of what category and source, and how each is prepared."""

import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorcli import images
from colorcli.color import lab
from colorcli.errors import PhotoError, UsageError
from colorcli.evaluate.metrics import Pixels

SIZE = 256  # pixels a side at which everything but the edges is measured
NO_CATEGORY = "all"


@dataclass(frozen=True)
class Photograph:
    """One file; `source` is what its name says before the first hyphen."""

    path: Path
    category: str

    @property
    def source(self) -> str:
        return self.path.stem.partition("-")[0] if "-" in self.path.stem else NO_CATEGORY


def find_photographs(
    folder: Path, manifest: Path | None = None, limit: int | None = None
) -> list[Photograph]:
    """The photographs below `folder`, sorted; their category is their first sub-folder or the manifest's.

    With `limit`, that many of them, evenly spread.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder", hint="the last argument is the folder of photographs")
    found = _from_manifest(folder, manifest) if manifest else _from_folders(folder)
    if not found:
        raise PhotoError(f"{folder}: no photographs in it")
    count = min(limit or len(found), len(found))
    return [found[index * len(found) // count] for index in range(count)]


def _from_folders(folder: Path) -> list[Photograph]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and images.format_of_path(path))
    return [Photograph(path, _sub_folder(path.relative_to(folder))) for path in paths]


def _sub_folder(relative: Path) -> str:
    return relative.parts[0] if len(relative.parts) > 1 else NO_CATEGORY


def _from_manifest(folder: Path, manifest: Path) -> list[Photograph]:
    """The rows of a CSV file with the columns `file` (below the folder) and `category`."""
    try:
        with manifest.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
        found = [Photograph(folder / row["file"], row["category"]) for row in rows]
    except OSError as error:
        raise UsageError(f"{manifest}: {error.strerror}") from error
    except (KeyError, ValueError, csv.Error) as error:
        raise UsageError(f"{manifest}: not a manifest ({error})", "its columns are file, category") from error
    missing = [photograph.path.name for photograph in found if not photograph.path.is_file()]
    if missing:
        raise UsageError(f"{folder}: lacks {len(missing)} photographs of {manifest}, first {missing[0]}")
    return sorted(found, key=lambda photograph: photograph.path)


def load(photograph: Photograph) -> Pixels:
    """8-bit RGB pixels at full size; a grey photograph is an error, for it has no colour to compare with."""
    try:
        pixels = images.decode(photograph.path).pages[0].pixels
    except PhotoError as error:
        raise error.about(str(photograph.path)) from error
    if lab.is_grey(pixels):
        raise PhotoError(f"{photograph.path}: is grey, so there is no colour to compare with")
    levels = pixels if pixels.dtype == np.uint8 else np.round(pixels / np.float32(257))
    return levels.astype(np.uint8, copy=False)


def square(pixels: Pixels, side: int = SIZE) -> Pixels:
    """The whole photograph on side x side pixels, by area; its aspect is not kept."""
    resized: Pixels = cv2.resize(pixels, (side, side), interpolation=cv2.INTER_AREA)
    return resized


def grey_of(truth: Pixels) -> Pixels:
    """The black-and-white photograph (H, W): grey pixels with the lightness of the truth."""
    lightness = lab.lightness(truth)
    neutral = np.zeros((*lightness.shape, 2), np.float32)
    return np.ascontiguousarray(lab.join(lightness, neutral, np.uint8)[..., 0], np.uint8)
