"""Telling anomalies by their scores."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.metrics import roc_auc_score

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.variational import bound
from models.data import loading
from models.evaluation import anomaly_scores
from tests.support.networks import build, weights_of


@pytest.fixture(params=["distinct", "tied", "reversed"])
def scores(request):
    draws = np.random.default_rng(3)
    normal, anomalous = draws.normal(0, 1, 80), draws.normal(0.7, 1, 50)
    if request.param == "tied":
        normal, anomalous = normal.round(), anomalous.round()
    return (anomalous, normal) if request.param == "reversed" else (normal, anomalous)


def test_the_area_is_the_share_of_pairs_in_order(scores):
    normal, anomalous = scores
    pairs = anomalous[:, None] - normal[None, :]
    expected = np.mean((pairs > 0) + 0.5 * (pairs == 0))
    assert anomaly_scores.auc(normal, anomalous) == pytest.approx(expected, abs=1e-12)
    labels = np.repeat([0, 1], [len(normal), len(anomalous)])
    assert anomaly_scores.auc(normal, anomalous) == pytest.approx(
        roc_auc_score(labels, np.concatenate(scores)), abs=1e-12
    )


def test_the_area_is_that_under_the_curve(scores):
    across, upward = anomaly_scores.roc(*scores)
    assert (across[0], upward[0], across[-1], upward[-1]) == (0, 0, 1, 1)
    assert np.all(np.diff(across) >= 0) and np.all(np.diff(upward) >= 0)
    assert np.trapezoid(upward, across) == pytest.approx(anomaly_scores.auc(*scores), abs=1e-12)


def test_the_error_of_the_area_is_that_of_drawing_the_examples_again(scores):
    found = anomaly_scores.estimate_auc(*scores)
    assert found.value == anomaly_scores.auc(*scores)
    again = stats.bootstrap(scores, anomaly_scores.auc, vectorized=False, n_resamples=1000,
                            method="percentile", random_state=np.random.default_rng(1))  # fmt: skip
    assert found.error == pytest.approx(again.standard_error, rel=0.12)
    low, high = again.confidence_interval
    assert found.value - found.half_width == pytest.approx(low, abs=0.02)
    assert found.value + found.half_width == pytest.approx(high, abs=0.02)


def test_the_error_of_the_area_is_de_longs(scores):
    """The formula of the article, one pair after the other."""
    normal, anomalous = scores
    order = np.array([[(a > b) + (a == b) / 2 for b in normal] for a in anomalous])
    area = order.mean()
    of_anomalous = np.sum((order.mean(axis=1) - area) ** 2) / (len(anomalous) - 1)
    of_normal = np.sum((order.mean(axis=0) - area) ** 2) / (len(normal) - 1)
    variance = of_anomalous / len(anomalous) + of_normal / len(normal)
    found = anomaly_scores.estimate_auc(normal, anomalous)
    assert found.error == pytest.approx(np.sqrt(variance), rel=1e-12)


def test_two_scores_of_the_same_examples_are_compared_example_by_example():
    draws = np.random.default_rng(5)
    shared = draws.normal(size=100), draws.normal(1.0, size=60)
    ours, theirs = (
        tuple(part + 0.1 * draws.normal(size=len(part)) + shift * (len(part) == 60)
              for part in shared)
        for shift in (0.3, 0.0)
    )  # fmt: skip
    found = anomaly_scores.compare_aucs(ours, theirs)
    areas = [anomaly_scores.estimate_auc(*one) for one in (ours, theirs)]
    assert found.value == pytest.approx(areas[0].value - areas[1].value)
    assert found.error < 0.5 * np.hypot(areas[0].error, areas[1].error)
    assert found.differs_from_zero
    assert anomaly_scores.compare_aucs(ours, ours).error == 0
    # Scores that have nothing in common are like those of different examples.
    other = draws.permutation(ours[0]), draws.permutation(ours[1])
    apart = anomaly_scores.compare_aucs(ours, other).error
    assert apart == pytest.approx(np.sqrt(2) * areas[0].error, rel=0.2)


def test_of_a_single_anomaly_no_error_is_known():
    found = anomaly_scores.estimate_auc(np.arange(5.0), np.array([3.5]))
    assert found.value == 0.8 and np.isnan(found.error) and not found.differs_from_zero


def test_halves_share_nothing_and_both_have_every_class():
    labels = np.random.default_rng(0).integers(0, 5, 203)
    anomalous = np.isin(labels, (1, 4))
    chosen = anomaly_scores.choosing_half(labels, anomalous)
    for label in range(5):
        sizes = np.bincount(chosen[labels == label], minlength=2)
        assert abs(sizes[0] - sizes[1]) <= 1
    single = anomaly_scores.choosing_half(np.array([0, 0, 1]), np.array([False, False, True]))
    assert single.tolist() == [False, True, False]


def test_every_threshold_counts_every_example_once_and_lies_on_the_curve(scores):
    normal, anomalous = scores
    curve = set(
        zip(*(side.round(9) for side in anomaly_scores.roc(normal, anomalous)), strict=True)
    )
    for threshold in (-9.0, *normal[:9], *anomalous[:9], 0.1234, 9.0):
        found = anomaly_scores.alarms(normal, anomalous, threshold)
        assert found.false_alarms + found.passed == len(normal)
        assert found.caught + found.missed == len(anomalous)
        assert found.false_alarms == sum(one >= threshold for one in normal)
        assert (round(found.false_alarm_rate, 9), round(found.hit_rate, 9)) in curve


@pytest.mark.parametrize(
    "changes",
    [{}, {"likelihood": "gaussian"}, {"parametrization": "sigma"}],
    ids=["bernoulli", "gaussian", "sigma"],
)
def test_the_bound_of_each_image_has_the_mean_that_training_measures(small, changes):
    recipe = small("variational", num_train=100, **changes)
    h, model = recipe.hyperparameters, build(recipe)
    weights = weights_of(model)
    x = loading.load(**h.data_arguments).held_out
    found = np.mean([bound.negative_bounds(h, weights, x, seed) for seed in range(4)])
    steps = range(EVALUATION_STEP, EVALUATION_STEP - 4, -1)
    x, labels = tf.constant(x), tf.zeros(len(x), tf.int32)
    expected = np.mean([model.objective(x, labels, Noise(1, step))["total"] for step in steps])
    assert found == pytest.approx(expected, rel=0.02)
