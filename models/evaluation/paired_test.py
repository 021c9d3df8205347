"""Is a difference between two configurations more than luck? Pairs of runs that share a seed.

Two runs with the same seed begin alike and see the examples in the same order, so that part of the
luck is the same in both, and their difference has less of it than either figure. From three to
five such differences Student's interval says where the mean difference of all seeds may lie
(Student, "The probable error of a mean", Biometrika 6, 1908; the paired form is in every textbook
of statistics).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

CONFIDENCE = 0.95

FEWEST_PAIRS, MOST_PAIRS = 3, 5


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
    """

    differences: np.ndarray
    mean: float
    low: float
    high: float
    factor: float
    base: float

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
    factor = float(stdtrit(len(differences) - 1, 0.5 + confidence / 2))
    reach = factor * differences.std(ddof=1) / math.sqrt(len(differences))
    mean = float(differences.mean())
    return Comparison(
        differences, mean, float(mean - reach), float(mean + reach), factor, float(first.mean())
    )
