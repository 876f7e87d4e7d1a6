"""The number of the way of working: it is raised when results change, so that archives do not mix two ways.

Recorded is what no processor decides. A pixel in a million may be rounded the other way by other vector
instructions, so of pixels there are means of large blocks; of a JPEG a checksum of the tables and the frame
header. The weights are those of the tiny model, for a model is known by its own checksum.

`python tests/test_processing.py` records results anew, after PROCESSING was raised.
"""

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import onnx
import pytest
from tiny import build_tiny_model

from colorcli import Colorizer
from colorcli.colorizer import PROCESSING

PHOTOGRAPHS = Path(__file__).parent / "photographs"
BLOCKS = 2  # along each side of a picture
MOUNT = 24  # pixels
RESULTS = ("as it is", "webp", "on a mount")
KEPT_OF_JPEG = (b"\xff\xdb", b"\xff\xc0", b"\xff\xc1", b"\xff\xc2")  # quantization tables, frame headers

RECORDED = Path(__file__).parent / "recorded_results.json"
TOLERANCE = 0.05  # levels of 255; between processors it is 0.001


@pytest.fixture(scope="module")
def colorizer(tiny_model: Path) -> Colorizer:
    return Colorizer(tiny_model, "cpu")


def test_results_change_only_with_the_number(colorizer: Colorizer) -> None:
    """Where this fails, raise PROCESSING and record results anew."""
    recorded = json.loads(RECORDED.read_text())
    assert recorded["processing"] == PROCESSING
    assert {path.stem for path in PHOTOGRAPHS.glob("*.jpg")} == set(recorded["photographs"])
    for name, expected in recorded["photographs"].items():
        found = described(PHOTOGRAPHS / f"{name}.jpg", colorizer)
        assert found["jpeg"] == expected["jpeg"], name
        for result in RESULTS:
            assert found[result] == pytest.approx(expected[result], abs=TOLERANCE), (name, result)


def described(path: Path, colorizer: Colorizer) -> dict[str, Any]:
    """The results of a photograph as it is, as WebP, and 16 bits deep on a mount."""
    as_it_is = colorizer.colorize_bytes(path.read_bytes())
    results = (
        as_it_is,
        colorizer.colorize_bytes(path.read_bytes(), "webp"),
        colorizer.colorize_bytes(on_a_mount(path)),
    )
    jpeg = sha256(b"".join(settings_of_jpeg(as_it_is))).hexdigest()[:16]
    return {"jpeg": jpeg} | dict(zip(RESULTS, map(block_means, results), strict=True))


def on_a_mount(path: Path) -> bytes:
    """The photograph as a PNG, with a plain border."""
    edges = (MOUNT,) * 4
    mounted = cv2.copyMakeBorder(cv2.imread(str(path)), *edges, cv2.BORDER_CONSTANT, value=(235, 235, 235))
    return cv2.imencode(".png", mounted.astype(np.uint16) * 257)[1].tobytes()


def block_means(data: bytes) -> list[float]:
    """Mean colour, and mean difference of neighbouring pixels, of each block of a picture."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).astype(np.int64)
    detail = np.abs(np.diff(pixels, axis=1))
    return [round(float(mean), 2) for plane in (pixels, detail) for mean in means(plane).flat]


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


def record() -> None:
    with TemporaryDirectory() as folder:
        model = Path(folder) / "tiny.onnx"
        onnx.save(build_tiny_model(), model)
        colorizer = Colorizer(model, "cpu")
        photographs = {path.stem: described(path, colorizer) for path in sorted(PHOTOGRAPHS.glob("*.jpg"))}
    RECORDED.write_text(json.dumps({"processing": PROCESSING, "photographs": photographs}) + "\n")


if __name__ == "__main__":
    record()
