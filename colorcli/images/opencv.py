"""OpenCV, for the formats libvips cannot: BMP and JPEG 2000."""

import cv2
import numpy as np

from colorcli.errors import PhotoError
from colorcli.images.picture import Page, Pixels

cv2.utils.logging.setLogLevel(0)  # its errors become ours, not lines on stderr


def read(data: bytes) -> Page:
    """The picture in `data` with its samples as they are, RGB and not BGR."""
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise PhotoError(f"it is damaged or not supported ({error.err})") from error
    if found is None:
        raise PhotoError("it is damaged, incomplete or of a kind not supported")
    pixels: Pixels = found
    if pixels.ndim == 2:
        return Page(pixels)
    alpha = pixels[..., 3].copy() if pixels.shape[2] == 4 else None
    swap = cv2.COLOR_BGR2RGB if alpha is None else cv2.COLOR_BGRA2RGB
    return Page(cv2.cvtColor(pixels, swap), alpha)


def encode_bmp(page: Page) -> bytes:
    """The page, which has no alpha and 8 bits, as a BMP."""
    return _encode(".bmp", page, [])


def encode_jp2(page: Page, quality: int | None) -> bytes:
    """The page as a JPEG 2000 file: lossless, or with `quality` percent of the lossless size."""
    thousandths = 1000 if quality is None else max(1, quality * 10)
    return _encode(".jp2", page, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, thousandths])


def _encode(suffix: str, page: Page, settings: list[int]) -> bytes:
    pixels = page.pixels
    if page.alpha is not None:
        colour = pixels if pixels.ndim == 3 else np.dstack([pixels] * 3)
        pixels = np.dstack([colour[..., ::-1], page.alpha])
    elif pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    try:
        done, data = cv2.imencode(suffix, pixels, settings)
    except cv2.error as error:
        raise PhotoError(f"it could not be encoded ({error.err})") from error
    if not done:  # JPEG 2000 goes through a temporary file
        raise PhotoError("it could not be encoded", "Is the disk full that holds the temporary files?")
    return data.tobytes()
