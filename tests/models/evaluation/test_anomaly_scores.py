"""Classes left out of the data, and telling them by their scores."""

import numpy as np
import pytest
import tensorflow as tf
from sklearn.metrics import roc_auc_score

from models.autoencoders import registry
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.variational import bound
from models.data import loading
from models.evaluation import anomaly_scores
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe

# As they were before `excluded_classes` came (printed by Recipe.run_id() at commit 219d588), but
# for the types of which a hyperparameter has another name since.
EARLIER_IDS = {
    ("linear", "ours"): "linear-c146c205c0d2e177",
    ("linear", "article"): "linear-9c376d7cac8d5841",
    ("stacked", "ours"): "stacked-8d11684dc7fcd41f",
    ("stacked", "article"): "stacked-45e6d725a983aca0",
    ("variational", "ours"): "variational-e149f84899ef2a8b",
    ("variational", "article"): "variational-3b04b8c2a5b55aca",
    ("denoising", "ours"): "denoising-d998ea8f14589cf4",
    ("sparse", "ours"): "sparse-d5a2a9a6abe8e0d2",
    ("contractive", "ours"): "contractive-695194300b6f700e",
    ("convolutional", "ours"): "convolutional-1b1a35b635a16beb",
    ("tied", "ours"): "tied-de2c70649ab80c95",
}


def stacked(**texts):
    return registry.by_name("stacked").preset("ours").parse(texts)


# Data without some classes


def test_a_setting_that_was_added_leaves_earlier_runs_their_names():
    for (name, preset), run_id in EARLIER_IDS.items():
        type = registry.by_name(name)
        assert Recipe(type, type.preset(preset)).run_id() == run_id


def test_classes_left_out_are_neither_learned_nor_held_out():
    h = stacked(excluded_classes="9-1", num_train="2000")
    assert h.excluded_classes == (1, 9)
    found, everything = loading.load(**h.data_arguments), loading.load("digits", 4000)
    assert len(found.train) == h.num_examples == 2000
    assert set(found.train_labels) == set(found.held_out_labels) == set(range(10)) - {1, 9}
    kept = ~np.isin(everything.train_labels, (1, 9))
    np.testing.assert_array_equal(found.train, everything.train[kept][:2000])
    kept = ~np.isin(everything.held_out_labels, (1, 9))
    np.testing.assert_array_equal(found.held_out, everything.held_out[kept])


def test_other_data_have_another_fingerprint():
    arguments = [
        {"dataset": "digits", "num_train": 2000, "excluded_classes": excluded_classes}
        for excluded_classes in ((), (8,), (1,), (1, 8))
    ]
    assert len({loading.fingerprint(**one) for one in arguments}) == 4
    assert loading.fingerprint("digits", 2000) == loading.fingerprint(**arguments[0])


def test_the_training_set_shrinks_by_what_is_left_out():
    h = stacked(excluded_classes="0-1-2")
    assert (h.num_examples, h.steps_per_epoch) == (2800, 2800 // 150)
    assert len(loading.load(**h.data_arguments).train) == 2800
    assert (
        stacked(excluded_classes="3", dataset="mnist", num_train="60000").num_examples
        == 60000 - 6131
    )
    assert stacked(excluded_classes="3-4", num_train="500").num_examples == 500


@pytest.mark.parametrize("text", ["10", "0-1-2-3-4-5-6-7-8-9", "26", "-1", "eight"])
def test_classes_that_cannot_be_left_out_are_answered(text):
    with pytest.raises(HyperparameterError, match="excluded_classes"):
        stacked(excluded_classes=text)
    assert stacked(excluded_classes="25", dataset="emnist_letters").excluded_classes == (25,)


# Scores


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
    h = recipe.hyperparameters
    model = recipe.type.model_class()(h)
    weights = {f"weights/{one.path}": one.numpy() for one in model.weights}
    x = loading.load(**h.data_arguments).held_out
    found = np.mean([bound.negative_bounds(h, weights, x, seed) for seed in range(4)])
    steps = range(EVALUATION_STEP, EVALUATION_STEP - 4, -1)
    x, labels = tf.constant(x), tf.zeros(len(x), tf.int32)
    expected = np.mean([model.objective(x, labels, Noise(1, step))["total"] for step in steps])
    assert found == pytest.approx(expected, rel=0.02)
