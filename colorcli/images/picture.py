"""A photograph in memory, and what may be asked of its encoding."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from colorcli.images.formats import Format

Pixels = NDArray[np.uint8 | np.uint16]


@dataclass(frozen=True, eq=False)
class Page:
    """Upright sRGB pixels, (H, W) grey or (H, W, 3) RGB; alpha is (H, W) of the same depth."""

    pixels: Pixels
    alpha: Pixels | None = None


@dataclass(frozen=True)
class Metadata:
    """What travels with the pixels, as it stood in the input, but for what no longer holds (orientation)."""

    exif: bytes | None = None  # a TIFF block, without the "Exif" mark
    xmp: bytes | None = None  # a packet
    iptc: bytes | None = None  # IIM datasets
    icc: bytes | None = None  # an RGB profile that equals sRGB; any other was converted and is gone
    dpi: tuple[float, float] | None = None  # horizontal, vertical


@dataclass(frozen=True, eq=False)
class Picture:
    """All pages of one file, in the format it came in, and `notes` on what could not be read of it."""

    pages: tuple[Page, ...]
    format: Format
    metadata: tuple[Metadata, ...]  # one a page
    bits: int = 8  # of a sample in the file; the pixels are uint8 up to 8, uint16 above
    compressed: bool = True  # False for a TIFF that stores its samples as they are: its result does too
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Provenance:
    """Who coloured the photograph: `software` with its version, `model` by name, `sha256` of its file."""

    software: str
    model: str
    sha256: str
    hints: int = 0  # places whose colour a person decided
    references: tuple[str, ...] = ()  # photographs whose colours it took on, by name and digest
    licence: str = ""  # of a model of another project


@dataclass(frozen=True, kw_only=True)
class EncodeOptions:
    """How a picture is written; None means what the input had or what is usual for the format."""

    format: Format | None = None
    quality: int | None = None  # 1..100, lossy formats only
    depth: Literal[8, 16] | None = None
    flatten: bool = False  # put transparent pictures on white
    metadata: Literal["all", "none"] = "all"
    provenance: Provenance | None = None
