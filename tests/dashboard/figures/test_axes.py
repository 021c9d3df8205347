"""Round steps at the ends of an axis."""

import pytest

from tests.support.figures import figures


@pytest.mark.parametrize("value", [1e-9, 0.0999999, 0.1, 1, 1.99, 2, 4.9, 5, 9.99, 123456])
def test_the_values_axis_holds_its_value(value):
    assert figures.round_step(value, up=False) < value < figures.round_step(value, up=True)
    assert figures.round_step(value, up=True) / figures.round_step(value, up=False) <= 10
