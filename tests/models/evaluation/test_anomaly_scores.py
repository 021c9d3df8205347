"""Telling anomalies by their scores."""

import numpy as np
import pytest
import tensorflow as tf
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
