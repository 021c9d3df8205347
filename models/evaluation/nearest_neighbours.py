"""Which examples lie next to each other, in pixels or in codes. Without TensorFlow."""

from __future__ import annotations

import numpy as np


def distances(points: np.ndarray) -> np.ndarray:
    """Squared Euclidean distances between the points [n, d], float32 [n, n].

    Between bits this is the Hamming distance: each bit that differs adds 1, the others 0.
    """
    points = np.asarray(points, np.float32)
    squares = np.square(points).sum(axis=1)
    return np.maximum(squares[:, None] + squares - 2.0 * points @ points.T, 0.0)


def nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """Indices of the `count` points next to each point, itself not among them, [n, count].

    Of points equally far the first come first: for examples in random order a draw by chance.
    """
    others = distances.copy()
    np.fill_diagonal(others, np.inf)
    return np.argsort(others, axis=1, kind="stable")[:, :count]


def precision(labels: np.ndarray, found: np.ndarray) -> float:
    """The share of the found examples [n, k] that are of the same class as the one that they were
    found for, whose labels are [n]."""
    return float(np.mean(labels[found] == labels[:, None]))
