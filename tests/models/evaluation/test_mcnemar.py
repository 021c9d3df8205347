"""McNemar's test, against statsmodels and SciPy."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar as published

from models.evaluation import mcnemar


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 0), (1, 8), (12, 12), (30, 11), (0, 5)]
)
def test_it_is_the_exact_test_of_statsmodels(only_first, only_second):
    first = np.repeat([True, True, False, False], [50, only_first, only_second, 7])
    second = np.repeat([True, False, True, False], [50, only_first, only_second, 7])
    found = mcnemar.compare(first, second)
    assert (found.only_first, found.only_second) == (only_first, only_second)
    table = [[50, only_first], [only_second, 7]]
    assert found.p_value == pytest.approx(published(table, exact=True).pvalue)
    if only_first + only_second:
        expected = stats.binomtest(only_first, only_first + only_second).pvalue
        assert found.p_value == pytest.approx(expected)


def test_equals_are_called_different_no_more_often_than_is_said():
    draws = np.random.default_rng(0)
    found = [mcnemar.compare(*(draws.random((2, 200)) < 0.9)).p_value for _ in range(2000)]
    assert np.mean(np.array(found) < 0.05) < 0.05
