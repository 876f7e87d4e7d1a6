"""The number of the way of working: it is raised when results change, so that archives do not mix two ways.

A checksum is of what no processor decides. A pixel in a million may be rounded the other way by other vector
instructions, so pixels go in as whole levels of the means of large blocks; of a JPEG the tables and the frame
header go in as they are. The weights are those of the tiny model, for a model is known by its own checksum.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from colorcli import Colorizer
from colorcli.colorizer import PROCESSING

PHOTOGRAPHS = Path(__file__).parent / "photographs"
BLOCKS = 4  # along each side of a picture
MOUNT = 24  # pixels
KEPT_OF_JPEG = (b"\xff\xdb", b"\xff\xc0", b"\xff\xc1", b"\xff\xc2")  # quantization tables, frame headers

RECORDED: dict[int, dict[str, str]] = {
    1: {
        "astronaut": "30adaa206d7dd3ac",
        "cat": "9b60ca15ecc9bae6",
        "china": "d152fea9ce0e726f",
        "coffee": "3e367a31ea4b929d",
        "flower": "0e0f7e5c80c7e7e7",
        "grace-hopper": "fbcdaddf18c75f35",
        "rocket": "125ed2013fc512ab",
    },
    2: {
        "astronaut": "4e1a69b6badf0cfa",
        "cat": "d4d0134fc2bab881",
        "china": "1f76ec92c65c874d",
        "coffee": "e9011479e4023d93",
        "flower": "6b7342920be538d2",
        "grace-hopper": "46c08554f2fac940",
        "rocket": "a1f707f490197c55",
    },
}


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, "cpu")


def test_results_change_only_with_the_number(colorizer: Colorizer) -> None:
    """Where this fails, raise PROCESSING and record these checksums for the new number."""
    paths = sorted(PHOTOGRAPHS.glob("*.jpg"))
    assert {path.stem: checksum(path, colorizer) for path in paths} == RECORDED[PROCESSING]


def test_every_number_has_its_checksums() -> None:
    assert list(RECORDED) == list(range(1, PROCESSING + 1))
    assert len({tuple(checksums.values()) for checksums in RECORDED.values()}) == PROCESSING


def checksum(path: Path, colorizer: Colorizer) -> str:
    """Of the results of a photograph as it is, as WebP, and 16 bits deep on a mount."""
    as_it_is = colorizer.colorize_bytes(path.read_bytes())
    results = [as_it_is, colorizer.colorize_bytes(path.read_bytes(), "webp")]
    results.append(colorizer.colorize_bytes(on_a_mount(path)))
    kept = [*map(whole_levels, results), *settings_of_jpeg(as_it_is)]
    return sha256(b"".join(kept)).hexdigest()[:16]


def on_a_mount(path: Path) -> bytes:
    """The photograph as a PNG, with a plain border."""
    edges = (MOUNT,) * 4
    mounted = cv2.copyMakeBorder(cv2.imread(str(path)), *edges, cv2.BORDER_CONSTANT, value=(235, 235, 235))
    return cv2.imencode(".png", mounted.astype(np.uint16) * 257)[1].tobytes()


def whole_levels(data: bytes) -> bytes:
    """Mean colour, and mean difference of neighbouring pixels, of each block of a picture."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).astype(np.int64)
    detail = np.abs(np.diff(pixels, axis=1))
    return b"".join(np.rint(means(plane)).astype(np.uint8).tobytes() for plane in (pixels, detail))


def means(pixels: np.ndarray) -> np.ndarray:
    """(BLOCKS, BLOCKS, 3), of whole numbers added up, so that their order does not matter."""
    height, width = (side // BLOCKS for side in pixels.shape[:2])
    cut = pixels[: height * BLOCKS, : width * BLOCKS]
    return cut.reshape(BLOCKS, height, BLOCKS, width, 3).sum(axis=(1, 3)) / (height * width)


def settings_of_jpeg(data: bytes) -> Iterator[bytes]:
    """Its quality and how its colour is sampled."""
    for marker in re.finditer(b"|".join(map(re.escape, KEPT_OF_JPEG)), data[: data.index(b"\xff\xda")]):
        length = int.from_bytes(data[marker.end() : marker.end() + 2])
        yield data[marker.start() : marker.end() + length]
