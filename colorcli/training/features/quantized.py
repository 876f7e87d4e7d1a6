"""Maps, L and ab as the few bytes that are kept of a crop, and back."""

import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from keras import KerasTensor, ops
from numpy.typing import NDArray

from colorcli.color.lab import Floats
from colorcli.errors import PhotoError
from colorcli.files import whole_file

LAYOUT = 1  # of all that is kept: a new one when it changes
TAIL = 0.0005  # share of a channel's numbers that may lie beyond either end of its scale
FLATTEST = 1e-3  # difference of the ends of a scale: a channel that says nothing has none
CHECK = "check"  # the field of a record that holds the checksum of those before it
SCALES_NAME = "scales.npz"

Codes = NDArray[np.uint8]
Records = NDArray[np.void]


@dataclass(frozen=True, eq=False)
class Scale:
    """How the numbers of each channel become 8 bits: what code 0 stands for, and a step of the code."""

    low: Floats  # (C,)
    step: Floats  # (C,)

    @classmethod
    def measured(cls, maps: Floats) -> "Scale":
        """From maps (N, h, w, C), all but the farthest of their numbers."""
        low, high = np.quantile(maps, (TAIL, 1 - TAIL), axis=(0, 1, 2)).astype(np.float32)
        return cls(low, np.maximum(high - low, FLATTEST) / np.float32(255))

    def pack(self, maps: Floats) -> Codes:
        """Maps (N, h, w, C) as codes."""
        steps = (maps - self.low) / self.step + np.float32(0.5)
        return np.asarray(np.clip(steps, 0, 255), np.uint8)

    def unpack(self, codes: KerasTensor) -> KerasTensor:
        """Codes (N, h, w, C) as float32, within half a step of what they were unless that lay beyond."""
        return ops.cast(codes, "float32") * self.step + self.low


def load_scales(folder: Path) -> list[Scale]:
    """Those that the records of a folder were made with; none if they are not there, or damaged."""
    try:
        with np.load(folder / SCALES_NAME) as file:
            arrays = [file[name] for name in file]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return []
    return [Scale(*pair) for pair in zip(arrays[::2], arrays[1::2], strict=True)]


def save_scales(folder: Path, scales: Sequence[Scale]) -> None:
    """Keep them; a disk that is full is told when the records come."""
    arrays = [array for scale in scales for array in (scale.low, scale.step)]
    with (
        suppress(PhotoError),
        whole_file(folder / SCALES_NAME, overwrite=True) as part,
        part.open("wb") as file,
    ):
        np.savez(file, *arrays)


def record_type(crop: int, truth: int, maps: Sequence[tuple[int, int, int]]) -> np.dtype[np.void]:
    """L of `crop` pixels each way, ab of `truth`, and the maps of these shapes, of one crop."""
    fields = [("lightness", "u1", (crop, crop, 1)), ("ab", "<f2", (truth, truth, 2))]
    fields += [(f"map{index}", "u1", shape) for index, shape in enumerate(maps)]
    return np.dtype([*fields, (CHECK, "<u4")])


def checksum(record: np.void) -> int:
    """Of all of a record but the checksum itself."""
    return zlib.crc32(record.tobytes()[: -record.dtype[CHECK].itemsize])
