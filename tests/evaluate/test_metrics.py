"""Figures against published values, closed forms and plain loops."""

import numpy as np
import pytest

from colorcli.evaluate import metrics

from .helpers import colour_pixels

# Sharma, Wu and Dalal 2005, table 1: L a b, L a b, difference.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def test_ciede2000_is_sharmas_table_both_ways() -> None:
    table = np.array([[float(number) for number in line.split()] for line in SHARMA.split("\n") if line])
    first, second, expected = table[:, :3], table[:, 3:6], table[:, 6]
    assert len(table) == 34
    np.testing.assert_allclose(metrics.ciede2000(first, second), expected, atol=6e-5)
    np.testing.assert_allclose(metrics.ciede2000(second, first), expected, atol=6e-5)


def test_psnr_of_a_uniform_error_and_of_none() -> None:
    truth = np.full((8, 8, 3), 100, np.uint8)
    assert metrics.psnr(truth, truth + np.uint8(10)) == pytest.approx(20 * np.log10(255 / 10))
    assert metrics.psnr(truth, truth) == metrics.PSNR_LIMIT


def plain_ssim(first: metrics.Pixels, second: metrics.Pixels) -> float:
    """Window after window, as the paper writes it."""
    steps = np.arange(11) - 5
    line = np.exp(-(steps**2) / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    values = []
    for channel in range(3):
        for y in range(first.shape[0] - 10):
            for x in range(first.shape[1] - 10):
                a = first[y : y + 11, x : x + 11, channel].astype(float)
                b = second[y : y + 11, x : x + 11, channel].astype(float)
                mean_a, mean_b = (weights * a).sum(), (weights * b).sum()
                variance_a, variance_b = (
                    (weights * (a - mean_a) ** 2).sum(),
                    (weights * (b - mean_b) ** 2).sum(),
                )
                covariance = (weights * (a - mean_a) * (b - mean_b)).sum()
                c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
                values.append(
                    (2 * mean_a * mean_b + c1)
                    * (2 * covariance + c2)
                    / ((mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2))
                )
    return float(np.mean(values))


def test_ssim_is_the_papers() -> None:
    truth = colour_pixels(32, 24)
    noisy = np.clip(truth + np.random.default_rng(1).normal(0, 20, truth.shape), 0, 255).astype(np.uint8)
    assert metrics.ssim(truth, truth) == pytest.approx(1)
    assert metrics.ssim(truth, noisy) == pytest.approx(plain_ssim(truth, noisy), abs=1e-9)


def test_colourfulness_of_grey_and_of_two_colours() -> None:
    assert metrics.colourfulness(np.full((4, 4, 3), 77, np.uint8)) == 0
    halves = np.zeros((2, 2, 3), np.uint8)
    halves[0], halves[1] = (200, 0, 0), (0, 200, 0)
    # red - green is +-200 (mean 0, spread 200), yellow - blue is 100 everywhere.
    assert metrics.colourfulness(halves) == pytest.approx(200 + 0.3 * 100)


def test_to_lab_knows_white_and_chroma_of_a_neutral_is_nothing() -> None:
    values = metrics.to_lab(np.full((2, 2, 3), 255, np.uint8))
    np.testing.assert_allclose(values[0, 0], (100, 0, 0), atol=1e-3)
    assert metrics.chroma(values[..., 1:]) < 1e-3


def frechet_by_eigenvalues(first: metrics.Doubles, second: metrics.Doubles) -> float:
    """The textbook way: the trace of the root of the product of F x F covariances."""
    covariances = np.cov(first, rowvar=False), np.cov(second, rowvar=False)
    roots = np.sqrt(np.maximum(np.linalg.eigvals(covariances[0] @ covariances[1]).real, 0))
    distance = np.sum((first.mean(0) - second.mean(0)) ** 2)
    return float(distance + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * roots.sum())


@pytest.mark.parametrize("counts", [(40, 50), (7, 9), (40, 7)], ids=["many", "few", "mixed"])
def test_frechet_distance_is_the_textbooks(counts: tuple[int, int]) -> None:
    generator = np.random.default_rng(3)
    mixing = generator.normal(size=(12, 12))
    first = generator.normal(size=(counts[0], 12)) @ mixing
    second = generator.normal(1, 2, size=(counts[1], 12))
    assert metrics.frechet_distance(first, second) == pytest.approx(frechet_by_eigenvalues(first, second))
    assert metrics.frechet_distance(first, first) == pytest.approx(0, abs=1e-9)
