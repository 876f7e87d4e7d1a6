"""From an image in whatever colour space a file has to a page in sRGB."""

from dataclasses import dataclass

import numpy as np
import pyvips

from colorcli.errors import PhotoError
from colorcli.images import profile, vips
from colorcli.images.formats import CONVERT_HINT
from colorcli.images.picture import Page, Pixels


@dataclass(frozen=True, eq=False)
class Converted:
    """A page in sRGB; `icc` is the file's own profile if it says just that."""

    page: Page
    icc: bytes | None = None
    notes: tuple[str, ...] = ()


def to_srgb(image: pyvips.Image, icc: bytes | None) -> Converted:
    """Decode `image`, whose samples mean what the profile `icc` says; grey stays one channel."""
    image, notes = _with_known_channels(image)
    colours = _colours(image)
    if icc is not None and not profile.fits(icc, colours):
        notes.append("its colour profile does not fit its pixels and was left out")
        icc = None
    if colours == 1:
        return _grey(image, icc, notes)
    try:
        with vips.errors():
            is_srgb = colours == 3 and (icc is None or profile.is_srgb(icc))
            image = image if is_srgb else profile.to_srgb(image, icc)
    except pyvips.Error:
        notes.append("its colour profile is damaged and was left out")
        is_srgb, icc = True, None
    return Converted(split(vips.read(image)), icc if is_srgb else None, tuple(notes))


def split(pixels: Pixels) -> Page:
    """A page of samples (H, W), (H, W, 2), (H, W, 3) or (H, W, 4); an even number ends with alpha."""
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return Page(pixels)
    if pixels.shape[2] == 1:
        return Page(pixels[..., 0])
    colour = pixels[..., 0] if pixels.shape[2] == 2 else pixels[..., :3]
    return Page(np.ascontiguousarray(colour), pixels[..., -1].copy())


def lab_to_srgb(samples: Pixels) -> Page:
    """CIELab (H, W, 3) of 8 bits, L x 2.55 and signed a and b, in sRGB."""
    height, width = samples.shape[:2]
    lab = samples.view(np.int8).astype(np.float32)
    lab[..., 0] = samples[..., 0] * (100 / 255)
    image = pyvips.Image.new_from_memory(lab.ravel(), width, height, 3, "float")
    return Page(vips.read(image.copy(interpretation="lab").colourspace("srgb")))


def _grey(image: pyvips.Image, icc: bytes | None, notes: list[str]) -> Converted:
    page = split(vips.read(image))
    try:
        table = profile.grey_table(icc, 8 * page.pixels.itemsize) if icc else None
    except ValueError:
        return Converted(page, None, (*notes, "its colour profile is damaged and was left out"))
    pixels = page.pixels if table is None else np.take(table, page.pixels)
    return Converted(Page(pixels, page.alpha), None, tuple(notes))


def _colours(image: pyvips.Image) -> int:
    return 4 if image.interpretation == "cmyk" else 3 if image.bands > 2 else 1


def _with_known_channels(image: pyvips.Image) -> tuple[pyvips.Image, list[str]]:
    """`image` as grey, RGB or CMYK of 8 or 16 bits, with alpha at most beside it."""
    if image.interpretation in ("lab", "labs"):
        image = image.colourspace("rgb16" if image.interpretation == "labs" else "srgb")
    if image.format not in ("uchar", "ushort"):
        raise PhotoError(
            f"its samples are of type {image.format}; colorcli reads 8 and 16 bits", CONVERT_HINT
        )
    known = _colours(image) + 1
    if image.bands <= known:
        return image, []
    return image.extract_band(0, n=known), [f"{image.bands - known} further channels were left out"]
