"""Anomaly detection: what a network has never seen, it should rebuild badly.

A score per example, the larger the stranger; a threshold makes an alarm of it. The score is the
mean squared reconstruction error (Hawkins, He, Williams and Baxter, "Outlier detection using
replicator neural networks", DaWaK 2002, equation 4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

NORMAL_QUANTILE = 1.96
"""Within how many standard errors 95 of 100 normally distributed figures lie."""


def errors(x: np.ndarray, rebuilt: np.ndarray) -> np.ndarray:
    """The mean squared error per number of each example, [n]; both arguments are [n, input_dim]."""
    return np.square(np.asarray(x, np.float32) - rebuilt).mean(axis=1, dtype=np.float64)


def placements(normal: np.ndarray, anomalous: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each example stands among those of the other kind; a tie counts half.

    Args:
        normal: Scores [n], n > 0.
        anomalous: Scores [m], m > 0.

    Returns:
        For each normal example the share of the anomalies that have a larger score, [n]; for each
        anomaly the share of the normal examples that have a smaller one, [m].
    """

    def shares_below(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
        ordered = np.sort(others)
        smaller, at_most = (np.searchsorted(ordered, scores, side) for side in ("left", "right"))
        return (smaller + at_most) / (2 * len(others))

    return 1 - shares_below(normal, anomalous), shares_below(anomalous, normal)


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
    _of_normal, of_anomalous = placements(normal, anomalous)
    return float(of_anomalous.mean())


@dataclass(frozen=True)
class Estimate:
    """A figure of some examples, and how far it may be from that of all there could be.

    Attributes:
        value: The figure.
        error: Its standard error; NaN with fewer than two examples of a kind.
    """

    value: float
    error: float

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval."""
        return NORMAL_QUANTILE * self.error

    @property
    def differs_from_zero(self) -> bool:
        """Whether the interval excludes 0."""
        return abs(self.value) > self.half_width


def estimate_auc(normal: np.ndarray, anomalous: np.ndarray) -> Estimate:
    """`auc` with its standard error, which comes from the spread of the `placements` (DeLong,
    DeLong and Clarke-Pearson, "Comparing the areas under two or more correlated receiver operating
    characteristic curves", Biometrics 44, 1988). It speaks of the luck of these examples, not of
    that of the training."""
    return Estimate(auc(normal, anomalous), _spread(*placements(normal, anomalous)))


def compare_aucs(
    ours: tuple[np.ndarray, np.ndarray], theirs: tuple[np.ndarray, np.ndarray]
) -> Estimate:
    """How much larger our area is than theirs, both of the same examples (as `estimate_auc`).

    Args:
        ours: Scores of the normal examples and of the anomalies, [n] and [m].
        theirs: Other scores of the same, in the same order.
    """
    pairs = zip(placements(*ours), placements(*theirs), strict=True)
    return Estimate(auc(*ours) - auc(*theirs), _spread(*(one - other for one, other in pairs)))


def _spread(of_normal: np.ndarray, of_anomalous: np.ndarray) -> float:
    if min(len(of_normal), len(of_anomalous)) < 2:
        return math.nan
    parts = (of_normal, of_anomalous)
    return math.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))


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


def choosing_half(labels: np.ndarray, anomalous: np.ndarray) -> np.ndarray:
    """Halves the examples: a threshold that is chosen on some has to be tested on others.

    Args:
        labels: Class of each, [n]; every class is halved.
        anomalous: Whether each is an anomaly, bool [n].

    Returns:
        Whether each belongs to the half on which the threshold is chosen, bool [n].
    """
    order = np.lexsort((labels, anomalous))
    first_anomaly = int((~anomalous).sum())
    places = np.arange(len(labels))
    places[first_anomaly:] -= first_anomaly  # each kind from 0 on: a single one is for testing
    chosen = np.empty(len(labels), bool)
    chosen[order] = places % 2 == 1
    return chosen
