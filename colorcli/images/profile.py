"""Colour profiles: what the samples of a file mean, said in sRGB."""

from functools import cache

import numpy as np
import pyvips

from colorcli.images import time_limit, tone_curve
from colorcli.images.picture import Pixels

_SAME = 128  # of 65535: profiles that agree with sRGB this well, half a level of 8 bits, are sRGB
_CHANNELS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}


@cache
def srgb() -> bytes:
    """A small sRGB profile (480 bytes, CC0), the one libvips brings."""
    profile: bytes = pyvips.Operation.call("profile_load", "srgb")
    return profile


def fits(icc: bytes, colours: int) -> bool:
    """Whether the profile can be meant for pixels of `colours` channels; an RGB one can for grey."""
    described = _CHANNELS.get(icc[16:20], 0) if icc[36:40] == b"acsp" else 0
    return described == colours or (described, colours) == (3, 1)


def is_srgb(icc: bytes) -> bool:
    """Whether an RGB profile gives the colours sRGB does, whatever it is called."""
    steps = np.linspace(0, 65535, 9, dtype=np.uint16)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    image = to_srgb(pyvips.Image.new_from_array(cube).copy(interpretation="rgb16"), icc)
    return int(np.abs(time_limit.run_within(0, image.numpy).astype(np.int32) - cube).max()) <= _SAME


def grey_table(icc: bytes, depth: int) -> Pixels | None:
    """For every grey level of `depth` bits its level in sRGB; None if they are the same.

    A ValueError says that the profile is damaged.
    """
    full = (1 << depth) - 1
    levels = np.linspace(0, 1, full + 1)
    meant = tone_curve.to_srgb(tone_curve.linear_light(icc, levels))
    if np.abs(meant - levels).max() * 65535 <= _SAME:
        return None
    return (meant * full).round().astype(np.uint8 if depth == 8 else np.uint16)


def to_srgb(image: pyvips.Image, icc: bytes | None) -> pyvips.Image:
    """A colour image (RGB or CMYK, alpha kept) in sRGB of the same depth; lazily, while it is read.

    CMYK without a profile is taken for a common kind of print. The same goes for a damaged one; for RGB that
    cannot be, and is a pyvips.Error.
    """
    depth = 16 if image.format == "ushort" else 8
    tagged = image.copy()
    if icc is not None:
        tagged.set_type(pyvips.GValue.blob_type, "icc-profile-data", icc)
    return tagged.icc_transform(
        "srgb",
        embedded=icc is not None,
        input_profile="cmyk",
        depth=depth,
        intent="relative",
        black_point_compensation=True,
    )
