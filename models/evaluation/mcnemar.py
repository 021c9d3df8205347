"""Two classifiers and the same examples: is one of them right more often by more than luck?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr


@dataclass(frozen=True)
class Disagreement:
    """Examples that only one of two classifiers names rightly.

    Attributes:
        only_first: How many only the first one does.
        only_second: How many only the second one does.
    """

    only_first: int
    only_second: int

    @property
    def p_value(self) -> float:
        """How often luck alone would divide these examples as unevenly, or more so: those that
        both name rightly, or neither, tell nothing (McNemar, "Note on the sampling error of the
        difference between correlated proportions or percentages", Psychometrika 12, 1947; here by
        the binomial distribution, which is exact)."""
        some, all = min(self.only_first, self.only_second), self.only_first + self.only_second
        return min(1.0, 2.0 * float(bdtr(some, all, 0.5)))


def compare(first: np.ndarray, second: np.ndarray) -> Disagreement:
    """Compares two classifiers.

    Args:
        first: Whether the first one is right on each example, bool [n].
        second: The same of the second one.
    """
    return Disagreement(int(np.sum(first & ~second)), int(np.sum(second & ~first)))
