"""Principal component analysis in closed form: the yardstick for every autoencoder here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Range = tuple[float, float]
"""The lowest and the highest value of a number."""

ROWS = 4_096
"""Examples that are reconstructed at a time where only their errors are wanted."""


@dataclass(frozen=True, eq=False)
class PCA:
    """The principal components of a training set.

    Attributes:
        mean: Of the training examples, [input_dim].
        components: Orthonormal rows, most variance first, [input_dim, input_dim].
        variances: Along each component, [input_dim].
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray

    def encode(self, x: np.ndarray, num_components: int) -> np.ndarray:
        """Coordinates [n, num_components] of the examples [n, input_dim]."""
        return (x - self.mean) @ self.components[:num_components].T

    def reconstruct(
        self, x: np.ndarray, num_components: int, within: Range | None = None
    ) -> np.ndarray:
        """The nearest points in the span of the first components.

        Args:
            x: Examples, [n, input_dim].
            num_components: How many.
            within: Between which values their numbers lie, as they do in the outputs of a network
                that ends in a sigmoid; None leaves them as they are.

        Returns:
            [n, input_dim].
        """
        return self.decode(self.encode(x, num_components), within)

    def decode(self, codes: np.ndarray, within: Range | None = None) -> np.ndarray:
        """The points that have the coordinates [n, num_components], [n, input_dim]; within a
        range, as `reconstruct`."""
        rebuilt = codes @ self.components[: codes.shape[1]] + self.mean
        return rebuilt if within is None else np.clip(rebuilt, *within)

    def error(self, x: np.ndarray, num_components: int, within: Range | None = None) -> float:
        """Mean squared error per number of `reconstruct`."""
        if within is not None:
            return mean_error(x, lambda part: self.reconstruct(part, num_components, within))
        # |x - x'|^2 = |x - mean|^2 - |code|^2, as the components are orthonormal; far cheaper
        # than reconstructing tens of thousands of images.
        total = np.square(x - self.mean, dtype=np.float64).sum()
        kept = np.square(self.encode(x, num_components), dtype=np.float64).sum()
        return float(max(total - kept, 0.0) / x.size)


def mean_error(x: np.ndarray, reconstruct: Callable[[np.ndarray], np.ndarray]) -> float:
    """Mean squared error per number of what `reconstruct` makes of the examples `x`."""
    parts = (x[first : first + ROWS] for first in range(0, len(x), ROWS))
    lost = (np.square(part - reconstruct(part), dtype=np.float64).sum() for part in parts)
    return float(sum(lost) / x.size)


def fit(x: np.ndarray) -> PCA:
    """The principal components of the examples `x`, [n, input_dim].

    By the eigenvectors of the covariance matrix. No linear autoencoder with the same code size
    has a smaller squared error on `x` (Eckart and Young, 1936).
    """
    mean = x.mean(axis=0, dtype=np.float64)
    centred = (x - mean).astype(np.float64 if x.size < 10**6 else np.float32)
    covariance = (centred.T @ centred).astype(np.float64) / len(x)
    variances, vectors = np.linalg.eigh(covariance)
    dtype = np.float64 if x.size < 10**6 else np.float32
    return PCA(
        mean.astype(dtype),
        np.ascontiguousarray(vectors[:, ::-1].T).astype(dtype),
        np.maximum(variances[::-1], 0.0),
    )


def principal_angles(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Angles between two subspaces, in degrees, largest first.

    Through the sines where the angle is small: a cosine next to 1 loses half of all digits
    (Bjorck and Golub, "Numerical methods for computing angles between linear subspaces", 1973).

    Args:
        first: Rows that span one subspace, [k, n].
        second: Rows that span the other, [k, n].

    Returns:
        k angles from 0 to 90 degrees.
    """
    a = np.linalg.qr(np.asarray(first, np.float64).T)[0]
    b = np.linalg.qr(np.asarray(second, np.float64).T)[0]
    inner = a.T @ b
    cosines = np.linalg.svd(inner, compute_uv=False)
    sines = np.linalg.svd(b - a @ inner, compute_uv=False)
    # Cosines come largest first, sines likewise: the last cosine belongs to the first sine. The
    # arc tangent is exact at both ends, and does not mind a sine of 1.0000000000000002.
    return np.degrees(np.arctan2(sines, cosines[::-1]))
