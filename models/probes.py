"""Yardsticks that read a class off numbers: nearest neighbours for codes, a line for images."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression

NUM_NEIGHBOURS = 5

STEPS = 100  # of the logistic regression's solver


def readable(codes: np.ndarray, labels: np.ndarray) -> float:
    """The share of codes [n, size] whose class [n] most of the NUM_NEIGHBOURS nearest among the
    others tell ("leave one out"); of a draw, the smallest class counts."""
    codes = np.asarray(codes, np.float64)
    # |a - b|^2 without |a|^2, which is the same for all neighbours of a.
    distances = np.square(codes).sum(axis=1) - 2.0 * codes @ codes.T
    np.fill_diagonal(distances, np.inf)
    count = min(NUM_NEIGHBOURS, len(codes) - 1)
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    votes = np.eye(labels.max() + 1, dtype=int)[labels[nearest]].sum(axis=1)
    return float(np.mean(votes.argmax(axis=1) == labels))


class Judge:
    """A logistic regression from pixels to classes, which has seen real images only.

    Args:
        images: From 0 to 1, [n, size].
        labels: Their classes, [n].
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        model = LogisticRegression(C=0.05, max_iter=STEPS, tol=0.001)
        self._model = model.fit(images, labels)

    def share_right(self, images: np.ndarray, labels: np.ndarray) -> float:
        """Of images [m, size]: the share that it takes for the classes [m]."""
        return float(np.mean(self._model.predict(images) == labels))
