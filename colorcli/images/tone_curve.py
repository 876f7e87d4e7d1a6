"""The tone curve of a colour profile, computed exactly: a colour engine's tables are coarse in the dark."""

import struct

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TAGS_AT = 128  # bytes: how many tags there are, then where each stands
_LAB = b"Lab "
_PARAMETERS = {0: 1, 1: 3, 2: 4, 3: 5, 4: 7}  # how many a parametric curve of each kind has


def linear_light(icc: bytes, levels: Floats) -> Floats:
    """Luminance 0..1 of grey `levels` 0..1 that a grey profile, or an RGB one with equal curves, describes.

    A ValueError says that the profile has no curve, or more than one, or is damaged.
    """
    try:
        tags = _tags(icc)
        names = [b"kTRC"] if icc[16:20] == b"GRAY" else [b"rTRC", b"gTRC", b"bTRC"]
        curves = {tags[name] for name in names}
        (curve,) = curves
        light = _apply(curve, levels)
    except (KeyError, struct.error) as error:
        raise ValueError("no tone curve") from error
    if icc[20:24] == _LAB and icc[16:20] == b"GRAY":  # the curve gives L
        return np.where(light > 0.08, ((100 * light + 16) / 116) ** 3, 100 * light * 27 / 24389)
    return light


def to_srgb(light: Floats) -> Floats:
    """Luminance 0..1 on the sRGB curve (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light.clip(0.0031308) ** (1 / 2.4) - 0.055)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", icc, _TAGS_AT)
    places = [
        struct.unpack_from(">4sII", icc, _TAGS_AT + 4 + 12 * number) for number in range(min(count, 100))
    ]
    return {name: icc[at : at + size] for name, at, size in places}


def _apply(curve: bytes, levels: Floats) -> Floats:
    """`levels` through a curve of either kind the standard has."""
    kind = curve[:4]
    if kind == b"curv":
        (count,) = struct.unpack_from(">I", curve, 8)
        table = np.array(struct.unpack_from(f">{count}H", curve, 12), np.float64)
        if count > 1:
            return np.interp(levels, np.linspace(0, 1, count), table / 65535)
        return levels ** (table[0] / 256) if count else levels
    if kind == b"para":
        (function,) = struct.unpack_from(">H", curve, 8)
        numbers = struct.unpack_from(f">{_PARAMETERS[function]}i", curve, 12)
        return _parametric(function, [number / 65536 for number in numbers], levels)
    raise ValueError("no tone curve")


def _parametric(function: int, numbers: list[float], levels: Floats) -> Floats:
    """A power of a straight line, and below a knee another straight line; named as in the standard."""
    g, a, b, c, d, e, f = (*numbers, *[0.0] * (7 - len(numbers)))
    if function == 0:
        a, knee = 1.0, 0.0
    elif function in (1, 2):
        knee, e, f = (-b / a if a else 0.0), (c if function == 2 else 0.0), (c if function == 2 else 0.0)
        c = 0.0
    else:
        knee = d
    power: Floats = (a * levels + b).clip(0) ** g + e
    return np.where(levels >= knee, power, c * levels + f).clip(0, 1)
