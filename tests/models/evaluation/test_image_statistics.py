"""Errors by row, and how local effects are, against SciPy's and scikit-learn's."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.metrics import mean_squared_error

from models.evaluation.image_statistics import (
    largest_window_share,
    row_errors,
    row_influence,
    unit_effects,
)

DRAWS = np.random.default_rng(0)


def test_the_error_of_each_row_is_scikit_learns():
    images, others = DRAWS.integers(0, 256, (2, 7, 20), np.uint8)
    found = row_errors(images, others, (4, 5))
    pair = (one.reshape(7, 4, 5) / 255 for one in (images, others))
    rows = zip(*(np.moveaxis(one, 1, 0) for one in pair), strict=True)
    np.testing.assert_allclose(found, [mean_squared_error(*both) for both in rows], rtol=1e-5)


def test_rows_count_as_much_as_their_weights_in_the_code():
    weights = np.repeat([0.0, 1.0, 3.0], 40)
    images = DRAWS.random((50, 3, 40), np.float32)
    first, second, third = row_influence(lambda x: x * weights, images, 0.1)
    assert first == 0 and third == pytest.approx(3 * second, rel=0.05)
    codes = (images.reshape(50, -1) * weights).astype(np.float64)
    apart = np.linalg.norm(codes - np.roll(codes, 1, axis=0), axis=1).mean()
    assert second == pytest.approx(0.1 * np.sqrt(40) / apart, rel=0.05)


def test_the_window_that_holds_most_is_scipys():
    effects = DRAWS.normal(size=(3, 12, 10)) * np.exp(DRAWS.normal(size=(3, 12, 10)))
    squares = np.square(effects)
    inside = [ndimage.uniform_filter(one, 5)[2:-2, 2:-2].max() * 25 for one in squares]
    expected = np.array(inside) / squares.sum(axis=(1, 2))
    np.testing.assert_allclose(largest_window_share(effects, 5), expected)


def test_what_is_local_lies_within_one_window_and_what_is_not_does_not():
    effects = np.zeros((3, 28, 28))
    effects[0, 3:9, 20:27], effects[1] = -2.0, 0.5
    local, everywhere, none = largest_window_share(effects, 9)
    assert local == pytest.approx(1) and everywhere == pytest.approx(81 / 784) and np.isnan(none)


def test_the_effect_of_a_unit_of_a_linear_decoder_is_its_row():
    decoder, codes = DRAWS.normal(size=(6, 8)), DRAWS.random((20, 6))
    units = np.array([4, 0])
    found = unit_effects(lambda one: one @ decoder, codes, units)
    np.testing.assert_allclose(found, codes.max(axis=0)[units, None] * decoder[units])
