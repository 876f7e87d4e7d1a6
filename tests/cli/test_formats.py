"""Files in, files out: size, depth, alpha and lightness are the photograph's own, in every format."""

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from .helpers import Run

LOSSLESS = (".png", ".tif", ".bmp", ".ppm")
DEEP = (".png", ".tif", ".ppm")  # hold 16 bits
CLEAR = (".png", ".tif")  # hold alpha
BATCH = 16  # photographs to a process: one start of the program for all of them


@dataclass(frozen=True)
class Sample:
    """A photograph to be made: its suffix, size, depth in bits and channels (1, 3 or 4)."""

    suffix: str
    width: int
    height: int
    depth: int
    channels: int
    seed: int

    @property
    def name(self) -> str:
        return self.suffix if self.suffix != ".ppm" or self.channels > 1 else ".pgm"

    def pixels(self) -> NDArray[np.generic]:
        """RGB(A) or grey noise over a slope, with black and white in it; a JPEG gets only grain."""
        random = np.random.default_rng(self.seed)
        shape = (self.height, self.width) + ((self.channels,) if self.channels > 1 else ())
        top = 2**self.depth - 1
        slope = np.linspace(0, top, self.width).reshape(1, -1, *([1] * (len(shape) - 2)))
        noise = random.normal(0, top / (16 if self.suffix == ".jpg" else 6), shape)
        return np.clip(slope + noise, 0, top).astype(np.uint8 if self.depth == 8 else np.uint16)


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    suffix = draw(st.sampled_from((*LOSSLESS, ".jpg")))
    side = st.one_of(st.just(1), st.integers(2, 90))
    wide = st.tuples(st.integers(1, 3), st.integers(300, 900))
    width, height = draw(st.one_of(st.tuples(side, side), wide, wide.map(lambda size: size[::-1])))
    channels = draw(st.sampled_from((1, 3, 4) if suffix in CLEAR else (1, 3)))
    depth = draw(st.sampled_from((8, 16) if suffix in DEEP else (8,)))
    return Sample(suffix, width, height, depth, channels, draw(st.integers(0, 2**32 - 1)))


def save(pixels: NDArray[np.generic], path: Path) -> None:
    """Pillow for 8 bits, where OpenCV multiplies TIFFs by alpha; OpenCV for 16, which Pillow has not."""
    if pixels.dtype == np.uint8:
        Image.fromarray(pixels).save(path)
    else:
        assert cv2.imwrite(str(path), pixels if pixels.ndim == 2 else swap(pixels))


def load(path: Path, depth: int) -> NDArray[np.generic]:
    """Grey or RGB(A)."""
    if depth == 8:
        return np.asarray(Image.open(path))
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return pixels if pixels.ndim == 2 else swap(pixels)


def swap(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """RGB(A) to OpenCV's BGR(A), or back."""
    return np.ascontiguousarray(pixels[..., [2, 1, 0, 3][: pixels.shape[2]]])


def lightness(pixels: NDArray[np.generic]) -> NDArray[np.float64]:
    """CIE L of sRGB, written from the standard: grey or RGB(A) of either depth."""
    encoded = np.linspace(0, 1, np.iinfo(pixels.dtype).max + 1)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    y = linear[pixels] if pixels.ndim == 2 else linear[pixels[..., :3]] @ [0.2126729, 0.7151522, 0.0721750]
    return np.where(y > 216 / 24389, 116 * np.cbrt(y) - 16, y * 24389 / 27)


def check(sample: Sample, before: Path, after: Path) -> None:
    """`before` is read again from the disk: a JPEG is no longer what was written into it."""
    old, new = load(before, sample.depth), load(after, sample.depth)
    assert new.shape[:2] == old.shape[:2] == (sample.height, sample.width)
    assert new.dtype == old.dtype
    assert new.shape[2] == (4 if sample.channels == 4 else 3)
    if sample.channels == 4:
        assert np.array_equal(new[..., 3], old[..., 3])
    error = np.abs(lightness(new) - lightness(old))
    if sample.suffix == ".jpg":
        assert error.mean() <= 0.5, sample
    else:
        assert error.max() <= (0.5 if sample.depth == 8 else 0.02), sample


@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a failure names its sample, and each try is a process
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batch=st.lists(samples(), min_size=BATCH, max_size=BATCH))
def test_size_depth_alpha_and_lightness(here: Run, tmp_path: Path, batch: list[Sample]) -> None:
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    for number, sample in enumerate(batch):
        save(sample.pixels(), folder / f"{number}{sample.name}")
    done = here("colorize", folder, "-o", folder / "out")
    assert done.returncode == 0, done.stderr
    for number, sample in enumerate(batch):
        check(sample, folder / f"{number}{sample.name}", folder / "out" / f"{number}{sample.suffix}")


def test_the_same_bytes_every_time(here: Run, tmp_path: Path) -> None:
    for number, suffix in enumerate((*LOSSLESS, ".jpg")):
        save(Sample(suffix, 61, 43, 8, 3, number).pixels(), tmp_path / f"{number}{suffix}")
    inputs = sorted(tmp_path.iterdir())
    for folder in ("one", "two"):
        assert here("colorize", *inputs, "-o", folder).returncode == 0
    for path in inputs:
        assert (tmp_path / "one" / path.name).read_bytes() == (tmp_path / "two" / path.name).read_bytes()


@pytest.mark.parametrize("wanted", ["jpeg", "png", "tiff", "webp", "avif", "jp2", "bmp", "ppm"])
def test_any_format_into_any(here: Run, tmp_path: Path, wanted: str) -> None:
    """A second program names the format and the size of what came out."""
    sample = Sample(".png", 70, 50, 8, 1, 7)
    for suffix in (".jpg", ".png", ".tif", ".webp", ".bmp", ".pgm", ".jp2", ".avif"):
        assert cv2.imwrite(str(tmp_path / f"from-{suffix[1:]}{suffix}"), sample.pixels())
    done = here("colorize", *tmp_path.iterdir(), "--format", wanted, "-o", tmp_path / "out", "--json")
    assert done.returncode == 0, done.stderr
    for record in map(json.loads, done.stdout.splitlines()):
        assert record["size"] == [70, 50]
        said = subprocess.check_output(
            ["exiftool", "-s3", "-FileType", "-ImageSize", record["output"]], text=True
        )
        assert said.removeprefix("Extended ").split() == [wanted.upper(), "70x50"]


def test_heic_becomes_what_is_named(here: Run, tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    heif.from_pillow(Image.fromarray(Sample(".png", 70, 50, 8, 3, 7).pixels())).save(tmp_path / "old.heic")
    assert b"--format jpeg or avif" in here("colorize", "old.heic", "--coloured", "recolor").stderr
    assert here("colorize", "old.heic", "-o", "new.jpg").returncode == 0
    assert here("colorize", tmp_path, "-o", "out", "--format", "avif").returncode == 0
    for name in ("new.jpg", "out/old.avif"):
        assert "70x50" in subprocess.check_output(["exiftool", "-ImageSize", tmp_path / name], text=True)
