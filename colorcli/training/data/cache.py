"""Photographs decoded once: all of them as 8-bit Lab in one memory-mapped file, with an index beside it.

A pixel is three bytes: L x 2.55, a + 128, b + 128. Half a step of a or b is far below what the eye sees."""

import csv
import hashlib
import itertools
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli import images
from colorcli.color import lab
from colorcli.color.lab import Floats, Pixels
from colorcli.errors import PhotoError, cause_of
from colorcli.training.data.selection import PhotoSelection, select
from colorcli.training.data.sources import FoundPhoto, fingerprint

PIXELS_NAME, INDEX_NAME, SKIPPED_NAME = "pixels.bin", "index.json", "skipped.csv"
LAYOUT = 2  # of the files of a cache: a new one when they change
L_SCALE = np.float32(2.55)
AB_ZERO = 128
SMALLEST = 32  # pixels: a shorter side is too tiny to learn from
GREY_CHROMA = 5.0  # a photograph whose 99th percentile stays below has no colour
TINT_SPREAD = 2.4  # ab units that lightness does not explain: less is a toned print, or thick fog
TINT_SAMPLE = 20_000  # pixels that decide it

Packed = NDArray[np.uint8]  # 8-bit Lab (H, W, 3)
OnPhoto = Callable[[int, int], None]  # told how many photographs are kept and skipped so far


@dataclass(frozen=True)
class CachedPhoto:
    """Where one photograph lies in the cache."""

    name: str
    category: str
    offset: int
    height: int
    width: int


class PhotoCache:
    """A finished cache: `photo(row)` is (H, W, 3) uint8, straight from the page cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries = [CachedPhoto(*values) for values in json.loads((folder / INDEX_NAME).read_text())]
        self._pixels = np.memmap(folder / PIXELS_NAME, np.uint8, "r")

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def names(self) -> list[str]:
        """Of all photographs, each inside its source."""
        return [entry.name for entry in self.entries]

    def photo(self, row: int) -> Packed:
        """8-bit Lab of one photograph."""
        entry = self.entries[row]
        end = entry.offset + entry.height * entry.width * 3
        return self._pixels[entry.offset : end].reshape(entry.height, entry.width, 3)

    def skipped(self) -> Counter[str]:
        """How many photographs were left out, by reason: broken, tiny, grey or sepia."""
        with (self.folder / SKIPPED_NAME).open(newline="", encoding="utf-8") as lines:
            return Counter(row["reason"].partition(":")[0] for row in csv.DictReader(lines))


def open_cache(
    sources: tuple[str, ...],
    categories: tuple[str, ...],
    side: int,
    home: Path,
    on_photo: OnPhoto = lambda kept, skipped: None,
    selection: PhotoSelection | None = None,
) -> PhotoCache:
    """The cache of these sources with short sides of at most `side`, made now unless it is there.

    `selection` says more about what is wanted of the sources than `categories` do.
    """
    selection = selection or PhotoSelection(categories)
    key = repr((LAYOUT, side, *selection.key, [(source, fingerprint(source)) for source in sources]))
    folder = home / hashlib.sha256(key.encode()).hexdigest()[:16]
    if not folder.exists():
        _build(select(sources, selection), side, folder, on_photo)
    cache = PhotoCache(folder)
    if not cache.entries:
        raise PhotoError(f"no photograph to learn from in {', '.join(sources)}", _advice(cache))
    return cache


def _advice(cache: PhotoCache) -> str:
    skipped = cache.skipped()
    if skipped:
        reasons = ", ".join(f"{count} {reason}" for reason, count in skipped.most_common())
        return f"Skipped: {reasons}; each is listed in {cache.folder / SKIPPED_NAME}."
    return "There are no images in it."


def _build(found: Iterable[FoundPhoto], side: int, folder: Path, on_photo: OnPhoto) -> None:
    """Write a cache beside its place, then move it there whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as workshop:
            finished = Path(workshop) / "cache"
            finished.mkdir()
            _fill(found, side, finished, on_photo)
            if not folder.exists():  # another process may have made the same one meanwhile
                finished.replace(folder)
    except OSError as error:
        raise PhotoError(
            f"{folder.parent}: the decoded photographs could not be kept there: {cause_of(error)}",
            "Give a folder with more room with --cache.",
        ) from error


def _fill(found: Iterable[FoundPhoto], side: int, workshop: Path, on_photo: OnPhoto) -> None:
    entries: list[tuple[str, str, int, int, int]] = []
    offset = skipped = 0
    with (
        (workshop / PIXELS_NAME).open("wb") as pixels,
        (workshop / SKIPPED_NAME).open("w", newline="", encoding="utf-8", errors="replace") as reasons,
    ):
        report = csv.writer(reasons)
        report.writerow(("name", "reason"))
        for photo, result in _decoded(found, side):
            if isinstance(result, str):
                report.writerow((photo.name, result))
                skipped += 1
            else:
                entries.append((photo.name, photo.category, offset, *result.shape[:2]))
                offset += pixels.write(result.tobytes())
            on_photo(len(entries), skipped)
        if not entries:
            pixels.write(b"\0")  # an empty file cannot be mapped
    (workshop / INDEX_NAME).write_text(json.dumps(entries))


def _decoded(found: Iterable[FoundPhoto], side: int) -> Iterator[tuple[FoundPhoto, Packed | str]]:
    """Each photograph with its 8-bit Lab, or with the reason why it is of no use; in order, on all cores."""
    found = iter(found)
    with ThreadPoolExecutor() as pool:
        while batch := list(itertools.islice(found, 256)):
            yield from zip(batch, pool.map(lambda photo: prepare(photo.content, side), batch), strict=True)


def prepare(content: Path | bytes | Pixels, side: int) -> Packed | str:
    """8-bit Lab (H, W, 3) with a short side of at most `side`, or the reason to skip this photograph."""
    try:
        pixels = content if isinstance(content, np.ndarray) else images.decode(content).pages[0].pixels
    except PhotoError as error:
        return f"broken: {error.message}"
    if min(pixels.shape[:2]) < SMALLEST:
        return "tiny"
    if pixels.ndim == 2:
        return "grey"
    lightness, ab = lab.split(_shrunk(pixels, side))
    if fault := colour_fault(lightness, ab):
        return fault
    packed = np.dstack((lightness * L_SCALE, ab + AB_ZERO))
    return np.clip(packed, 0, 255).round().astype(np.uint8)


def colour_fault(lightness: Floats, ab: Floats) -> str:
    """'grey' or 'sepia' for L (H, W) with ab (H, W, 2) that nobody can learn colour from, else ''."""
    points = ab.reshape(-1, 2)
    if np.percentile(np.hypot(points[:, 0], points[:, 1]), 99) < GREY_CHROMA:
        return "grey"
    return "sepia" if _unexplained(lightness.reshape(-1), points) < TINT_SPREAD else ""


def _unexplained(lightness: Floats, points: Floats) -> float:
    """Spread of ab (N, 2) about a parabola over L (N,): in a toned print each lightness has one colour."""
    step = max(1, len(points) // TINT_SAMPLE)
    curve = np.vander(lightness[::step] / 100, 3)
    solution = np.linalg.lstsq(curve, points[::step], rcond=None)[0]
    return float(np.sqrt(2) * (points[::step] - curve @ solution).std())


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    height, width = pixels.shape[:2]
    factor = side / min(height, width)
    if factor >= 1:
        return pixels
    size = (max(side, round(width * factor)), max(side, round(height * factor)))
    shrunk: Pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return shrunk
