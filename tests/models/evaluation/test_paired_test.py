"""The interval of paired differences, against SciPy and by simulation."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.weightstats import DescrStatsW

from models.evaluation import paired_test


@pytest.mark.parametrize("count", [3, 5, 10])
def test_the_interval_is_that_of_the_paired_t_test(count):
    random = np.random.default_rng(count)
    a = random.normal(0.01, 0.002, count)
    b = a + random.normal(0.003, 0.002, count)
    found = paired_test.compare(a, b)
    test = stats.ttest_rel(b, a)
    expected = test.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.mean == pytest.approx(b.mean() - a.mean())
    assert found.real == (test.pvalue < 0.05)
    assert (found.low, found.high) == pytest.approx(DescrStatsW(b - a).tconfint_mean())


def test_with_three_seeds_the_interval_reaches_4_3_standard_errors():
    found = paired_test.compare([1.0, 1.0, 1.0], [1.1, 1.2, 1.3])
    assert found.factor == pytest.approx(4.3027, abs=1e-4)
    assert found.high - found.mean == pytest.approx(4.3027 * 0.1 / math.sqrt(3), rel=1e-4)
    assert not found.real and found.per_cent(found.mean) == pytest.approx(20)


@pytest.mark.parametrize("count", [3, 5])
def test_in_95_of_100_experiments_the_interval_covers_the_truth(count):
    random, truth, covered = np.random.default_rng(0), 0.4, 0
    experiments = 1000
    for _ in range(experiments):
        luck = random.normal(0, 5, count)  # what both runs of a seed have in common
        a, b = luck + random.normal(0, 1, (2, count))
        found = paired_test.compare(a, b + truth)
        covered += found.low <= truth <= found.high
    # Four standard errors of a share of 1,000.
    assert covered / experiments == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 1000))


def test_what_both_runs_of_a_seed_share_does_not_widen_the_interval():
    luck, effects = np.array([0.0, 10.0, -7.0, 3.0]), np.array([1.0, 1.1, 0.9, 1.0])
    found = paired_test.compare(luck, luck + effects)
    assert found.real and found.low > 0.8 and found.high < 1.2
    assert not stats.ttest_ind(luck, luck + effects).pvalue < 0.05


def test_the_sleeping_draughts_of_students_own_paper():
    """Hours of additional sleep of ten patients with two drugs (Student, 1908, section IX)."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired_test.compare(first, second)
    assert found.mean == pytest.approx(1.58) and found.real
    assert found.differences.std(ddof=0) == pytest.approx(1.17, abs=0.005)  # as printed there
    assert found.correlation == pytest.approx(stats.pearsonr(first, second).statistic)


def test_pairing_helps_where_figures_rise_and_fall_together_and_not_elsewhere():
    draws = np.random.default_rng(3)
    shared, a, b = draws.normal(size=(3, 10))
    alike, opposed = (
        paired_test.compare(shared + 0.2 * a, shared + 0.2 * b),
        (paired_test.compare(shared + 0.2 * a, -shared + 0.2 * b)),
    )
    assert alike.correlation > 0.8 and alike.unpaired < 0.5
    assert opposed.correlation < -0.8 and opposed.unpaired > 1.2
    same = paired_test.compare([1.0, 1.0, 1.0], [1.0, 2.0, 4.0])
    assert math.isnan(same.correlation) and same.unpaired == pytest.approx(1)


def test_who_looks_more_than_once_is_wrong_more_often():
    once, twice, often = map(paired_test.false_alarm_rate, ([5], [3, 5], range(3, 11)))
    error = 4 * math.sqrt(0.05 * 0.95 / 20_000)
    assert once == pytest.approx(0.05, abs=error)
    assert twice == pytest.approx(0.087, abs=error)
    assert often > twice + error
    differences = np.random.default_rng(0).standard_normal((500, 5))
    expected = np.mean(stats.ttest_1samp(differences, 0, axis=1).pvalue < 0.05)
    assert paired_test.false_alarm_rate([5], 500) == expected


def test_equal_figures_show_no_difference_and_equal_differences_a_certain_one():
    assert not paired_test.compare([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).real
    assert paired_test.compare([1.0, 2.0, 3.0], [1.5, 2.5, 3.5]).real
    assert math.isnan(paired_test.compare([0.0, 0.0], [1.0, 2.0]).per_cent(1.0))


@pytest.mark.parametrize(
    ("a", "b"), [([1.0], [2.0]), ([1.0, 2.0], [1.0]), ([1.0, math.nan], [1.0, 2.0])]
)
def test_what_are_no_pairs_is_refused(a, b):
    with pytest.raises(ValueError, match="passed"):
        paired_test.compare(a, b)
