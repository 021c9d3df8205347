"""What is read from one step of a training, on made-up numbers."""

import numpy as np
import pytest

from models.evaluation.step_statistics import kernel_gradients, output_spread

DRAWS = np.random.default_rng(0)


def test_gradients_are_those_of_the_kernels_in_the_order_of_the_layers():
    paths = ["encoder/code/kernel", "encoder/code/bias", "encoder/encoder_1/kernel"]
    step = {"gradient_norms": np.array([1.0, 2.0, 3.0])}
    found = kernel_gradients(step, {"variables": paths}, ["encoder_1", "encoder_2", "code"])
    np.testing.assert_array_equal(found, [3.0, np.nan, 1.0])


def test_a_copy_is_spread_like_its_input_and_one_image_for_all_not_at_all():
    inputs = DRAWS.random((6, 50))
    for factor in (1.0, 0.01, 0.0):
        outputs = 0.3 + factor * inputs
        share = output_spread({"inputs": inputs, "outputs": outputs})
        assert share == pytest.approx(factor, abs=1e-9)


def test_the_spread_is_numpys_standard_deviation():
    inputs, outputs = DRAWS.normal(size=(2, 6, 50))
    expected = np.sqrt(outputs.var(axis=0).mean() / inputs.var(axis=0).mean())
    assert output_spread({"inputs": inputs, "outputs": outputs}) == pytest.approx(expected)
