"""How far a coloured photograph is from the true one: figures of single photographs, and FID of whole sets.

Pixels are uint8 RGB (H, W, 3); Lab is float, (H, W, 3) or any (..., 3).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from colorcli.color import lab
from colorcli.color.lab import Floats

Pixels = NDArray[np.uint8]
Doubles = NDArray[np.float64]

PSNR_LIMIT = 100.0  # dB: what equal photographs get in place of infinity
SSIM_SIDE = 11  # pixels of the Gaussian window
SSIM_SIGMA = 1.5
SSIM_FLOORS = ((0.01 * 255) ** 2, (0.03 * 255) ** 2)


def psnr(truth: Pixels, other: Pixels) -> float:
    """Peak signal to noise over the three channels together, in dB."""
    error = float(np.mean((truth.astype(np.float64) - other) ** 2))
    return min(PSNR_LIMIT, 10 * np.log10(255**2 / error)) if error else PSNR_LIMIT


def ssim(truth: Pixels, other: Pixels) -> float:
    """Structural similarity (Wang et al. 2004), mean of the three channels, over whole windows only."""
    first, second = truth.astype(np.float64), other.astype(np.float64)
    means = _window(first), _window(second)
    variances = _window(first * first) - means[0] ** 2 + _window(second * second) - means[1] ** 2
    covariance = _window(first * second) - means[0] * means[1]
    luminance = (2 * means[0] * means[1] + SSIM_FLOORS[0]) / (means[0] ** 2 + means[1] ** 2 + SSIM_FLOORS[0])
    structure = (2 * covariance + SSIM_FLOORS[1]) / (variances + SSIM_FLOORS[1])
    return float(np.mean(luminance * structure))


def _window(values: Doubles) -> Doubles:
    """Gaussian mean around each pixel that lies far enough inside."""
    margin = SSIM_SIDE // 2
    blurred = cv2.GaussianBlur(values, (SSIM_SIDE, SSIM_SIDE), SSIM_SIGMA)
    inside: Doubles = blurred[margin:-margin, margin:-margin]
    return inside


def colourfulness(pixels: Pixels) -> float:
    """Hasler and Suesstrunk 2003: spread and mean of the red-green and yellow-blue opponents."""
    red, green, blue = np.moveaxis(pixels.astype(np.float64), -1, 0)
    red_green, yellow_blue = red - green, (red + green) / 2 - blue
    spread = np.hypot(red_green.std(), yellow_blue.std())
    return float(spread + 0.3 * np.hypot(red_green.mean(), yellow_blue.mean()))


def chroma(ab: Floats) -> float:
    """Mean CIE chroma."""
    return float(np.mean(np.hypot(ab[..., 0], ab[..., 1])))


def to_lab(pixels: Pixels) -> Floats:
    """CIE Lab (H, W, 3) of RGB pixels."""
    lightness, ab = lab.split(pixels)
    return np.concatenate([lightness[..., None], ab], axis=-1)


def ciede2000(first: NDArray[np.floating], second: NDArray[np.floating]) -> Doubles:
    """Colour difference (...,) of Lab (..., 3), as Sharma, Wu and Dalal 2005 write it; hues in degrees."""
    (l1, a1, b1), (l2, a2, b2) = (
        np.moveaxis(np.asarray(side, np.float64), -1, 0) for side in (first, second)
    )
    g = 0.5 * (1 - _saturating((np.hypot(a1, b1) + np.hypot(a2, b2)) / 2))
    a1, a2 = (1 + g) * a1, (1 + g) * a2
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    turn, hue = _hue_difference_and_mean(h1, h2, c1 * c2 == 0)
    lightness, c = (l1 + l2) / 2, (c1 + c2) / 2
    t = (
        1
        - 0.17 * _cosine(hue - 30)
        + 0.24 * _cosine(2 * hue)
        + 0.32 * _cosine(3 * hue + 6)
        - 0.20 * _cosine(4 * hue - 63)
    )
    weight_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    rotation = -_sine(60 * np.exp(-(((hue - 275) / 25) ** 2))) * 2 * _saturating(c)
    d_l = (l2 - l1) / weight_l
    d_c = (c2 - c1) / (1 + 0.045 * c)
    d_h = 2 * np.sqrt(c1 * c2) * _sine(turn / 2) / (1 + 0.015 * c * t)
    squared = d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h
    difference: Doubles = np.sqrt(np.maximum(squared, 0))
    return difference


def _hue_difference_and_mean(h1: Doubles, h2: Doubles, grey: NDArray[np.bool_]) -> tuple[Doubles, Doubles]:
    """Along the shorter arc; a grey has no hue, so the mean is then the other's."""
    difference = h2 - h1
    wrap = np.where(difference > 180, -360, np.where(difference < -180, 360, 0))
    total = h1 + h2
    far = np.abs(difference) > 180
    mean = np.where(far, np.where(total < 360, total + 360, total - 360), total) / 2
    return np.where(grey, 0, difference + wrap), np.where(grey, total, mean)


def _saturating(c: Doubles) -> Doubles:
    """Near 0 for greys, 1 for strong chroma."""
    share: Doubles = np.sqrt(c**7 / (c**7 + 25.0**7))
    return share


def _cosine(degrees: Doubles) -> Doubles:
    return np.cos(np.radians(degrees))


def _sine(degrees: Doubles) -> Doubles:
    return np.sin(np.radians(degrees))


def frechet_distance(first: Floats, second: Floats) -> float:
    """Frechet distance of Gaussians fitted to two sets of features (N, F) and (M, F).

    With X and Y centred and scaled so that X'X and Y'Y are the covariances, the trace of the square root of
    their product is the sum of the singular values of XY': no matrix square root of F x F, exact for few N.
    """
    first_mean, first_root = _mean_and_root(first)
    second_mean, second_root = _mean_and_root(second)
    overlap = np.linalg.svd(first_root @ second_root.T, compute_uv=False).sum()
    spread = np.sum(first_root**2) + np.sum(second_root**2)
    return float(np.sum((first_mean - second_mean) ** 2) + spread - 2 * overlap)


def _mean_and_root(features: Floats) -> tuple[Doubles, Doubles]:
    """Mean (F,) and a root R of at most F rows with R'R the covariance."""
    values = features.astype(np.float64)
    mean = values.mean(axis=0)
    root: Doubles = (values - mean) / np.sqrt(max(1, len(values) - 1))
    if len(root) > root.shape[1]:
        root = np.asarray(np.linalg.qr(root, mode="r"))
    return mean, root
