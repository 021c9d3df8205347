"""Data without some classes."""

import numpy as np
import pytest

from models.data import loading
from models.hyperparameters.declaration import HyperparameterError
from tests.support.recipes import make_recipe


def stacked(**texts):
    return make_recipe("stacked", **texts).hyperparameters


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
    assert (h.num_examples, h.steps_per_epoch) == (2800, 2800 // h.batch_size)
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
