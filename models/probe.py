"""Linear probes: how much of an image's class can be read off its code with straight lines.

A logistic regression is trained on codes and labels; the encoder is left alone (Alain and Bengio,
"Understanding intermediate layers using linear classifier probes", 2016).
"""

from __future__ import annotations

import warnings

import numpy as np

MAX_ITERATIONS = 100
"""Of the optimiser (L-BFGS); what later ones gain on training examples is lost on others."""


def accuracy(
    codes: np.ndarray, labels: np.ndarray, held_out: np.ndarray, held_out_labels: np.ndarray
) -> float:
    """The share of held-out examples whose class a logistic regression tells from their codes.

    Each number of the codes is scaled by its mean and deviation in training, so that a network
    is not judged by the size of its numbers; scikit-learn's usual L2 penalty (C = 1).

    Args:
        codes: Of training examples, [n, d], finite.
        labels: Their classes, [n], at least two different ones.
        held_out: Codes of other examples, [m, d].
        held_out_labels: Their classes, [m].
    """
    # Here, because importing them takes a second, and most visitors train no probe.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    mean, deviation = codes.mean(axis=0), codes.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    probe = LogisticRegression(max_iter=MAX_ITERATIONS, tol=1e-3)
    with warnings.catch_warnings():
        # Not quite at the best lines: its accuracy is still a lower bound, as any probe's is.
        warnings.simplefilter("ignore", ConvergenceWarning)
        probe.fit((codes - mean) / deviation, labels)
    return float(probe.score((held_out - mean) / deviation, held_out_labels))
