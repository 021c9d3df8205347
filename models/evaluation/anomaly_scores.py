"""Anomaly detection: what a network has never seen, it should rebuild badly.

A score per example, the larger the stranger; a threshold makes an alarm of it. The score is the
mean squared reconstruction error (Hawkins, He, Williams and Baxter, "Outlier detection using
replicator neural networks", DaWaK 2002, equation 4).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


def errors(x: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """The mean squared error per number of each example, [n]; both arguments are [n, input_dim]."""
    return np.square(np.asarray(x, np.float32) - rebuilt).mean(axis=1, dtype=np.float64)


def auc(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """The area under the ROC curve: the probability that an anomaly has a larger score than a
    normal example, both drawn at random; a tie counts half.

    Their U statistic by the number of pairs (Mann and Whitney, "On a test of whether one of two
    random variables is stochastically larger than the other", 1947).

    Args:
        normal: Scores [n], n > 0.
        anomalous: Scores [m], m > 0.

    Returns:
        0.5 for scores that say nothing, 1 for those that tell all apart; below 0.5 anomalies look
        more normal than what is normal.
    """
    ordered = np.sort(normal)
    smaller, at_most = (np.searchsorted(ordered, anomalous, side) for side in ("left", "right"))
    return float((smaller + at_most).mean() / (2 * len(normal)))


def roc(normal: np.ndarray, anomalous: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The ROC curve: for every threshold, from above the largest score to below the smallest, the
    share of the normal examples and that of the anomalies which raise an alarm.

    Returns:
        Both rise from 0 to 1.
    """
    scores = np.concatenate([normal, anomalous])
    thresholds = np.concatenate([[np.inf], np.unique(scores)[::-1]])
    shares = [
        1 - np.searchsorted(np.sort(part), thresholds, side="left") / len(part)
        for part in (normal, anomalous)
    ]
    return shares[0], shares[1]


@dataclass(frozen=True)
class Alarms:
    """What a threshold does to normal examples and to anomalies, as numbers of examples."""

    false_alarms: int
    passed: int
    caught: int
    missed: int

    @property
    def false_alarm_rate(self) -> float:
        """Share of the normal examples that raise an alarm."""
        return self.false_alarms / (self.false_alarms + self.passed)

    @property
    def hit_rate(self) -> float:
        """Share of the anomalies that raise an alarm."""
        return self.caught / (self.caught + self.missed)


def alarms(normal: np.ndarray, anomalous: np.ndarray, threshold: float) -> Alarms:
    """The alarms of scores from the threshold on."""
    false, caught = int(np.sum(normal >= threshold)), int(np.sum(anomalous >= threshold))
    return Alarms(false, len(normal) - false, caught, len(anomalous) - caught)
