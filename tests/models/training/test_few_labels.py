"""Studies of few labels: what is trained, what is left alone, and what is concluded."""

import dataclasses

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from models.data import loading
from models.runs.files import RunError
from models.training import few_labels, pretraining, trainer
from models.training.few_labels import ARMS, Outcome, Study
from tests.support.networks import build, weights_of
from tests.support.recipes import make_recipe


@pytest.fixture(scope="module")
def recipe():
    texts = {"num_train": "600", "hidden_sizes": "40", "latent_dim": "20", "epochs": "3"}
    return make_recipe("stacked", **texts, batch_size="100", seed="21")


@pytest.fixture(scope="module")
def laboratory(recipe):
    """Trials of an encoder at its random start: training it is another file's business."""
    h = recipe.hyperparameters
    study, weights = Study(recipe, num_seeds=2), weights_of(build(recipe))
    return pretraining.Laboratory(study, weights, loading.load(**h.data_arguments))


def test_frozen_weights_do_not_move_and_fine_tuned_ones_do(laboratory):
    before = [variable.numpy() for variable in laboratory.model.weights]
    encoder = laboratory.model.encoder.trainable_variables
    for arm, classifier, x in (
        ("frozen", laboratory.on_codes, laboratory.codes),
        ("fine_tuned", laboratory.network, laboratory.x),
    ):
        laboratory.load_encoder()
        classifier.restart()
        start = [one.numpy() for one in encoder]
        order = np.arange(600, dtype=np.int32)
        classifier.train(x, laboratory.labels, order, 50, 20, 1)
        moved = [np.any(a != b.numpy()) for a, b in zip(start, encoder, strict=True)]
        assert all(moved) if arm == "fine_tuned" else not any(moved)
        assert np.any(classifier.head.kernel.numpy() != 0)
    laboratory.load_encoder()
    for was, variable in zip(before, laboratory.model.weights, strict=True):
        np.testing.assert_array_equal(was, variable.numpy())


def test_the_same_seed_gives_the_same_accuracies_whatever_was_tried_before(laboratory):
    first = laboratory.trial(100, 5)
    laboratory.trial(500, 6)
    assert laboratory.trial(100, 5) == first
    assert tuple(first) == ARMS
    assert laboratory.trial(100, 7) != first


def test_all_labels_beat_chance_clearly_and_few_do_not_as_much(laboratory):
    many, few = laboratory.trial(500, 1), laboratory.trial(10, 1)
    for arm in ("scratch", "fine_tuned", "pixels"):
        assert many[arm] > 0.7
        assert many[arm] > few[arm] > 0.1


def test_batches_hold_only_images_with_labels(laboratory):
    h = laboratory.study.recipe.hyperparameters
    classifier = pretraining.Classifier(lambda x: x, h.input_dim, 10, [], 50, 0.01)
    labels = laboratory.labels.numpy()
    order = np.argsort(labels, kind="stable").astype(np.int32)
    classifier.train(laboratory.x, laboratory.labels, order, 40, 30, 3)  # zeros alone
    bias = classifier.head.bias.numpy()
    assert bias[0] > 0 and np.all(bias[1:] < 0)


def test_labels_come_in_rounds_of_one_of_each_class():
    labels = loading.load("digits", 1000).train_labels
    order = few_labels.labelling_order(labels, 1)
    assert sorted(order) == list(range(1000))
    for count in (10, 20, 50, 55, 500):
        sizes = np.bincount(labels[order[:count]], minlength=10)
        assert sizes.max() - sizes.min() <= 1
    assert np.any(order[:10] != few_labels.labelling_order(labels, 2)[:10])


# The study in its folder


@pytest.fixture
def short(recipe, monkeypatch):
    """A study of two numbers of labels and two seeds."""
    monkeypatch.setattr(few_labels, "COUNTS", (10, 200))
    return Study(recipe, num_seeds=2, least_steps=5, epochs=2)


def test_a_study_is_stopped_and_goes_on_to_the_same_end(short, recipe, store, tmp_path):
    trainer.train(recipe, store)
    run = store.run(short.run_id())
    asked = iter([False, True])
    assert pretraining.train(short, store, lambda: next(asked))["status"] == "stopped"
    assert len(run.events()) == 1 and run.state == "stopped"
    assert pretraining.train(short, store)["status"] == "completed"
    trials = [(event["count"], event["seed"]) for event in run.events()]
    assert trials == short.trials == [(10, 0), (200, 0), (10, 1), (200, 1)]
    weights = store.run(recipe.run_id()).checkpoint()[0]
    h = recipe.hyperparameters
    straight = pretraining.Laboratory(short, weights, loading.load(**h.data_arguments))
    assert [event["accuracy"] for event in run.events()] == [
        straight.trial(*trial) for trial in short.trials
    ]
    before = run.events()
    assert pretraining.train(short, store)["status"] == "completed" and run.events() == before


def test_an_encoder_that_is_not_there_is_named(short, store):
    with pytest.raises(RunError, match="trained for 0 epochs, not for 3"):
        pretraining.train(short, store)


def test_a_study_is_read_back_and_named_by_all_that_changes_its_numbers(short):
    assert Study.from_dict(short.as_dict()) == short
    h = short.recipe.hyperparameters.replace(seed=22)
    others = [{"num_seeds": 3}, {"epochs": 9}, {"least_steps": 6}, {"learning_rate": 0.01}]
    others += [{"batch_size": 10}, {"recipe": dataclasses.replace(short.recipe, hyperparameters=h)}]
    ids = {dataclasses.replace(short, **one).run_id() for one in ({}, *others)}
    assert len(ids) == 7


# What is concluded


def test_the_interval_is_students():
    values = [0.7, 0.8, 0.75, 0.83]
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    found = few_labels.interval(values)
    assert (found.mean - found.half_width, found.mean + found.half_width) == pytest.approx(
        (low, high)
    )
    assert np.isnan(few_labels.interval([0.5]).half_width)


def events(gains):
    """Trials in which the luck of the draw is far larger than what pre-training gains."""
    luck = (0.0, 0.2, -0.1)
    return [
        {"count": count, "accuracy": {"scratch": 0.5 + one, "fine_tuned": 0.5 + one + gain + extra,
                                      "frozen": 0.4, "pixels": 0.3}}
        for count, (gain, spread) in gains.items()
        for one, extra in zip(luck, (-spread, 0, spread), strict=True)
    ]  # fmt: skip


def test_verdicts_are_taken_try_by_try():
    found = Outcome.of(events({10: (0.05, 0.001), 100: (0.01, 0.05), 1000: (-0.05, 0.001)}))
    assert [found.verdict(count) for count in found.counts] == [1, 0, -1]
    assert found.gain(10).mean == pytest.approx(0.05)
    assert found.accuracy(10, "scratch").half_width > 0.2


def test_verdicts_are_those_of_paired_t_tests_with_bonferronis_correction():
    gains = {10: (0.05, 0.018), 20: (0.05, 0.002), 50: (0.01, 0.03), 100: (-0.04, 0.004)}
    found = Outcome.of(events(gains))
    arms = [[found.accuracies[n, arm] for arm in ("fine_tuned", "scratch")] for n in found.counts]
    p_values = [stats.ttest_rel(*pair).pvalue for pair in arms]
    rejected = multipletests(p_values, 0.05, method="bonferroni")[0]
    assert [bool(found.verdict(n)) for n in found.counts] == rejected.tolist()
    assert rejected.any() and not rejected.all()


def test_many_verdicts_are_harder_to_get_than_one():
    gain = {10: (0.05, 0.018)}
    assert Outcome.of(events(gain)).verdict(10) == 1
    nothing = dict.fromkeys((20, 50, 100, 200), (0.0, 0.01))
    assert Outcome.of(events(gain | nothing)).verdict(10) == 0
