"""The Wiener filter: of all linear maps the one that comes closest to the clean images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from models.autoencoders.denoising.corruption import moments
from models.evaluation.pca import PCA, Range

RIDGE = 1e-6
"""Added to the variance of every pixel, a thousandth of white squared: those that are always black
have none of their own."""


@dataclass(frozen=True)
class WienerFilter:
    """A linear map from noisy to clean images.

    Attributes:
        noisy_mean: Of the noisy images, [input_dim].
        matrix: What is done to the distance from it, [input_dim, input_dim].
        mean: Of the clean images, [input_dim].
    """

    noisy_mean: np.ndarray
    matrix: np.ndarray
    mean: np.ndarray

    def repair(self, noisy: np.ndarray, within: Range | None = None) -> np.ndarray:
        """Estimates of the clean images, [n, input_dim].

        Args:
            noisy: [n, input_dim].
            within: Between which values the numbers of the outputs lie; None: anywhere.
        """
        repaired = (noisy - self.noisy_mean) @ self.matrix + self.mean
        return repaired if within is None else np.clip(repaired, *within)


def fit(components: PCA, kind: str, noise_level: float) -> WienerFilter:
    """The filter for images of which the principal components are known.

    It is C (C + N)^-1 where the noise is added to the image and has the covariance N (Wiener,
    "Extrapolation, interpolation, and smoothing of stationary time series", 1949; here without the
    assumption that images look alike everywhere): the least squares regression of clean on noisy
    images, with all the noise that could be drawn instead of some that was. PCA of noisy images,
    with however many components, is one of the maps that it is the best of.

    Args:
        components: Of the clean training images.
        kind: Of noise, one of `corruption.KINDS`.
        noise_level: Its strength.
    """
    directions = components.components.astype(np.float64)
    covariance = (directions.T * components.variances) @ directions
    mean = components.mean.astype(np.float64)
    kept, noisy_mean, variance = moments(kind, noise_level, mean, np.diag(covariance))
    noisy = kept**2 * covariance
    np.fill_diagonal(noisy, variance + RIDGE)
    matrix = scipy.linalg.solve(noisy, kept * covariance, assume_a="pos")
    return WienerFilter(*(one.astype(np.float32) for one in (noisy_mean, matrix, mean)))
