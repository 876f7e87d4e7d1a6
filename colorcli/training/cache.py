"""Photographs decoded once: all of them as 8-bit Lab in one memory-mapped file, with an index beside it.

A pixel is three bytes: L x 2.55, a + 128, b + 128. Half a step of a or b is far below what the eye sees."""

import csv
import hashlib
import itertools
import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from colorcli import images, lab
from colorcli.errors import PhotoError, UsageError
from colorcli.training.sources import Found, find, fingerprint

PIXELS_NAME, INDEX_NAME, SKIPPED_NAME = "pixels.bin", "index.json", "skipped.csv"
LAYOUT = 1  # of the files of a cache: a new one when they change
L_SCALE = np.float32(2.55)
AB_ZERO = 128
SMALLEST = 32  # pixels: a shorter side is too tiny to learn from
GREY_CHROMA = 5.0  # a photograph whose 99th percentile stays below has no colour
TINT_SPREAD = 1.5  # ab units about one line through grey: less is a sepia or otherwise toned print


@dataclass(frozen=True)
class Entry:
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
        self.entries = [Entry(*values) for values in json.loads((folder / INDEX_NAME).read_text())]
        self._pixels = np.memmap(folder / PIXELS_NAME, np.uint8, "r")

    def __len__(self) -> int:
        return len(self.entries)

    def photo(self, row: int) -> np.ndarray:
        """8-bit Lab of one photograph."""
        entry = self.entries[row]
        end = entry.offset + entry.height * entry.width * 3
        return self._pixels[entry.offset : end].reshape(entry.height, entry.width, 3)

    def skipped(self) -> Counter[str]:
        """How many photographs were left out, by reason."""
        with (self.folder / SKIPPED_NAME).open(newline="") as lines:
            return Counter(row["reason"] for row in csv.DictReader(lines))


def open_cache(
    sources: tuple[str, ...],
    categories: tuple[str, ...],
    side: int,
    home: Path,
    on_photo: Callable[[int, int], None] = lambda kept, skipped: None,
) -> PhotoCache:
    """The cache of these sources with short sides of at most `side`, made now unless it is there."""
    key = repr((LAYOUT, side, sorted(categories), [(source, fingerprint(source)) for source in sources]))
    folder = home / hashlib.sha256(key.encode()).hexdigest()[:16]
    if not folder.exists():
        found = itertools.chain.from_iterable(find(source) for source in sources)
        wanted = (photo for photo in found if not categories or photo.category in categories)
        _build(wanted, side, folder, on_photo)
    cache = PhotoCache(folder)
    if not cache.entries:
        raise UsageError(
            f"no photograph to learn from in {', '.join(sources)}",
            f"{sum(cache.skipped().values())} were skipped; the reasons are in {folder / SKIPPED_NAME}.",
        )
    return cache


def _build(found: Iterable[Found], side: int, folder: Path, on_photo: Callable[[int, int], None]) -> None:
    """Write a cache beside its place, then move it there whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _fill(found, side, workshop, on_photo)
        os.replace(workshop, folder)
    except BaseException:
        shutil.rmtree(workshop, ignore_errors=True)
        raise


def _fill(found: Iterable[Found], side: int, workshop: Path, on_photo: Callable[[int, int], None]) -> None:
    entries: list[tuple[str, str, int, int, int]] = []
    offset = skipped = 0
    with (
        (workshop / PIXELS_NAME).open("wb") as pixels,
        (workshop / SKIPPED_NAME).open("w", newline="") as reasons,
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


def _decoded(found: Iterable[Found], side: int) -> Iterator[tuple[Found, np.ndarray | str]]:
    """Each photograph with its 8-bit Lab, or with the reason why it is of no use; in order, on all cores."""
    found = iter(found)
    with ThreadPoolExecutor() as pool:
        while batch := list(itertools.islice(found, 256)):
            yield from zip(batch, pool.map(lambda photo: prepare(photo.content, side), batch), strict=True)


def prepare(content: bytes | np.ndarray, side: int) -> np.ndarray | str:
    """8-bit Lab (H, W, 3) with a short side of at most `side`, or the reason to skip this photograph."""
    try:
        pixels = images.decode(content).pages[0].pixels if isinstance(content, bytes) else content
    except PhotoError as error:
        return f"broken: {error.message}"
    if min(pixels.shape[:2]) < SMALLEST:
        return "tiny"
    if pixels.ndim == 2:
        return "grey"
    lightness, ab = lab.split(_shrunk(pixels, side))
    if fault := colour_fault(ab):
        return fault
    packed = np.dstack((lightness * L_SCALE, ab + AB_ZERO))
    return np.clip(packed, 0, 255).round().astype(np.uint8)


def colour_fault(ab: np.ndarray) -> str:
    """'grey' or 'sepia' for ab (H, W, 2) that nobody can learn colour from, else ''."""
    points = ab.reshape(-1, 2)
    if np.percentile(np.hypot(points[:, 0], points[:, 1]), 99) < GREY_CHROMA:
        return "grey"
    moments = points.T @ points / len(points)
    return "sepia" if np.linalg.eigvalsh(moments)[0] < TINT_SPREAD**2 else ""


def _shrunk(pixels: np.ndarray, side: int) -> np.ndarray:
    height, width = pixels.shape[:2]
    factor = side / min(height, width)
    if factor >= 1:
        return pixels
    size = (max(side, round(width * factor)), max(side, round(height * factor)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
