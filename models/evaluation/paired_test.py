"""Is a difference between two configurations more than luck? Pairs of runs that share a seed.

Two runs with the same seed begin alike and see the examples in the same order. Where part of the
luck is the same in both, which their correlation shows, their difference has less of it than either
figure. From a few such differences Student's interval says where the mean difference of all seeds
may lie (Student, "The probable error of a mean", Biometrika 6, 1908; the paired form is in every
textbook of statistics).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95

NUMBERS_OF_PAIRS = (5, 10)
"""How many pairs may be trained. The number is chosen before the first is, as whoever looks, and
then trains more, calls more than one in twenty equals different (`false_alarm_rate`)."""


@dataclass(frozen=True)
class Comparison:
    """What some pairs of runs say of the difference B - A.

    Attributes:
        differences: B - A, pair by pair.
        mean: Of the differences.
        low: Lower end of the interval for the mean difference of all seeds.
        high: Its upper end.
        factor: Student's t: how many standard errors the interval reaches to either side.
        base: The mean of A, which percentages refer to.
        correlation: Of A's and B's figures over the seeds; NaN where either never changes.
        unpaired: By what the interval of two groups of runs without common seeds would be
            multiplied to have this one's width, but for its factor: below 1 where pairing helps.
    """

    differences: np.ndarray
    mean: float
    low: float
    high: float
    factor: float
    base: float
    correlation: float
    unpaired: float

    @property
    def real(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0

    def per_cent(self, difference: float) -> float:
        """A difference as a percentage of A's mean size; not a number if that is 0."""
        return 100 * difference / abs(self.base) if self.base else math.nan


def compare(a: Sequence[float], b: Sequence[float], confidence: float = CONFIDENCE) -> Comparison:
    """Compares figures of pairs of runs, one of each configuration per seed.

    The interval is the mean difference plus and minus t s / sqrt(n), with s the standard
    deviation of the n differences and t the quantile of Student's distribution with n - 1
    degrees of freedom. It assumes that the differences of different seeds are independent and
    roughly normally distributed; then it covers the true mean difference in `confidence` of all
    experiments.

    Args:
        a: One figure of configuration A per seed.
        b: The same of B, in the same order of seeds.
        confidence: Between 0 and 1.

    Raises:
        ValueError: If these are not pairs, fewer than two, or not all of them finite.
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise ValueError(
            f"{first.size} figures of A and {second.size} of B were passed; expected one of each "
            "for at least two seeds."
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError(
            "A figure that is not a finite number was passed: leave diverged runs out."
        )
    differences = second - first
    factor = critical_factor(len(differences), confidence)
    reach = factor * differences.std(ddof=1) / math.sqrt(len(differences))
    mean, base = float(differences.mean()), float(first.mean())
    pairing = _correlation(first, second), _effect_of_pairing(first, second)
    return Comparison(
        differences, mean, float(mean - reach), float(mean + reach), factor, base, *pairing
    )


def critical_factor(count: int, confidence: float = CONFIDENCE) -> float:
    """How many standard errors the interval of so many differences reaches to either side."""
    return float(stdtrit(count - 1, 0.5 + confidence / 2))


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    if not (first.std() and second.std()):
        return math.nan
    return float(np.corrcoef(first, second)[0, 1])


def _effect_of_pairing(first: np.ndarray, second: np.ndarray) -> float:
    """The deviation of the differences by that of differences between unrelated runs."""
    unrelated = math.hypot(first.std(ddof=1), second.std(ddof=1))
    return float((second - first).std(ddof=1) / unrelated) if unrelated else math.nan


def false_alarm_rate(looks: Sequence[int], experiments: int = 20_000) -> float:
    """How often equals are called different by whoever looks at the interval after each of these
    numbers of pairs, and stops as soon as it excludes 0. By simulation, the same each time.

    Args:
        looks: Rising numbers of pairs, at least 2.
        experiments: How many are simulated.
    """
    differences = np.random.default_rng(0).standard_normal((experiments, max(looks)))
    called = np.zeros(experiments, bool)
    for count in looks:
        part = differences[:, :count]
        reach = critical_factor(count) * part.std(axis=1, ddof=1) / math.sqrt(count)
        called |= np.abs(part.mean(axis=1)) > reach
    return float(called.mean())
