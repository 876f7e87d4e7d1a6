"""Image files of many packages: no traceback, no code but 0 and 3, and a second program sees the same."""

import json
import warnings
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

from .helpers import Run
from .packages import fetch
from .test_formats import lightness

MOST_L = 1.5  # mean difference
# What Pillow reads otherwise, by a part of the name.
EXCEPTIONS: dict[str, str] = {}


@pytest.mark.slow
def test_what_packages_contain(run: Run, tmp_path: Path) -> None:
    folders = list(fetch(tmp_path))
    files = {path: folder for folder in folders for path in folder.iterdir()}
    assert len(folders) >= 5
    assert len(files) >= 500
    faults = []
    for folder in folders:
        done = run("colorize", folder, "-o", tmp_path / "out" / folder.name, "--json", timeout=1800)
        assert done.returncode in (0, 3), done.stderr
        assert b"Traceback" not in done.stderr
        for record in map(json.loads, done.stdout.splitlines()):
            assert "internal error" not in (record["error"] or ""), record
            if record["status"] == "ok" and (fault := _fault(Path(record["input"]), Path(record["output"]))):
                faults.append(f"{record['input']}: {fault}")
    assert not [one for one in faults if not any(name in one for name in EXCEPTIONS)], "\n".join(faults)


def _fault(before: Path, after: Path) -> str:
    """Where the result is not the photograph that Pillow sees, in words; "" also where it sees none."""
    try:
        old = _seen(before)
    except Exception:  # Pillow raises what it likes
        return ""
    new = _seen(after)
    if new.shape[:2] != old.shape[:2]:
        return f"{old.shape} became {new.shape}"
    if np.abs(new[..., 3].astype(int) - old[..., 3]).mean() > 1:
        return "another transparency"
    visible = old[..., 3] > 0
    error = np.abs(lightness(new) - lightness(old))[visible]
    return f"L differs by {error.mean():.2f}" if error.size and error.mean() > MOST_L else ""


def _seen(path: Path) -> NDArray[np.uint8]:
    """Upright sRGB with alpha."""
    with warnings.catch_warnings(), Image.open(path) as opened:
        warnings.simplefilter("ignore")
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith(("I", "F")):
            raise ValueError("more than 8 bits, which Pillow cuts off")
        rgba = image.convert("RGBA")
        if image.mode in ("RGB", "RGBA") and (icc := image.info.get("icc_profile")):
            source = ImageCms.ImageCmsProfile(BytesIO(icc))
            rgb = ImageCms.profileToProfile(rgba.convert("RGB"), source, ImageCms.createProfile("sRGB"))
            rgb.putalpha(rgba.getchannel("A"))
            rgba = rgb
        return np.asarray(rgba)
