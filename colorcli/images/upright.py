"""Pixels turned the way a file's orientation tag says they are to be seen."""

import cv2

from colorcli.images.picture import Page, Pixels

_SIDEWAYS = {5, 6, 7, 8}
_FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}  # OpenCV's codes: 1 left and right, 0 top and bottom, -1 both


def is_sideways(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation in _SIDEWAYS


def turn(page: Page, orientation: int) -> Page:
    """The page upright; 1..8 as in EXIF."""
    if orientation == 1:
        return page
    return Page(
        _turn(page.pixels, orientation), None if page.alpha is None else _turn(page.alpha, orientation)
    )


def _turn(pixels: Pixels, orientation: int) -> Pixels:
    turned: Pixels = cv2.transpose(pixels) if is_sideways(orientation) else pixels
    return cv2.flip(turned, _FLIPS[orientation]) if orientation in _FLIPS else turned
