"""Probes: how much of an image's class can be read off its code, with straight lines or nearby.

A logistic regression is trained on codes and labels; the encoder is left alone (Alain and Bengio,
"Understanding intermediate layers using linear classifier probes", 2016).
"""

from __future__ import annotations

import warnings

import numpy as np

MAX_ITERATIONS = 100
"""Of the optimiser (L-BFGS); what later ones gain on training examples is lost on others."""


NUM_NEIGHBOURS = 5


class Probe:
    """A logistic regression from numbers to classes, with scikit-learn's usual L2 penalty (C = 1).

    Args:
        codes: Of training examples, [n, d], finite.
        labels: Their classes, [n], at least two different ones.
        scaled: Whether each number is scaled by its mean and deviation in training, so that a
            network is not judged by the size of its numbers. Pixels are alike as they are.
    """

    def __init__(self, codes: np.ndarray, labels: np.ndarray, scaled: bool = True):
        # Here, because importing them takes a second, and most visitors train no probe.
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        size = codes.shape[1]
        self._mean = codes.mean(axis=0) if scaled else np.zeros(size, codes.dtype)
        deviation = codes.std(axis=0) if scaled else np.ones(size, codes.dtype)
        self._deviation = np.where(deviation > 0, deviation, 1.0)
        self._model = LogisticRegression(max_iter=MAX_ITERATIONS, tol=1e-3)
        with warnings.catch_warnings():
            # Not quite at the best lines: its accuracy is still a lower bound, as any probe's is.
            warnings.simplefilter("ignore", ConvergenceWarning)
            self._model.fit((codes - self._mean) / self._deviation, labels)

    def is_right(self, codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Of which of other examples, codes [m, d], it tells the class [m]: bool [m]."""
        return self._model.predict((codes - self._mean) / self._deviation) == labels

    def accuracy(self, codes: np.ndarray, labels: np.ndarray) -> float:
        """The share of other examples, codes [m, d], whose class [m] it tells."""
        return float(self.is_right(codes, labels).mean())


def is_right(
    codes: np.ndarray, labels: np.ndarray, held_out: np.ndarray, held_out_labels: np.ndarray
) -> np.ndarray:
    """Of which held-out examples a `Probe` of the training codes tells the class, bool [m]."""
    return Probe(codes, labels).is_right(held_out, held_out_labels)


def neighbour_accuracy(codes: np.ndarray, labels: np.ndarray) -> float:
    """The share of codes [n, d] whose class [n] most of the NUM_NEIGHBOURS nearest among the
    others tell ("leave one out"); of a draw, the smallest class counts. It needs no lines, and no
    training set."""
    codes = np.asarray(codes, np.float64)
    # |a - b|^2 without |a|^2, which is the same for all neighbours of a.
    distances = np.square(codes).sum(axis=1) - 2.0 * codes @ codes.T
    np.fill_diagonal(distances, np.inf)
    count = min(NUM_NEIGHBOURS, len(codes) - 1)
    nearest = np.argpartition(distances, count - 1, axis=1)[:, :count]
    votes = np.eye(labels.max() + 1, dtype=int)[labels[nearest]].sum(axis=1)
    return float(np.mean(votes.argmax(axis=1) == labels))
