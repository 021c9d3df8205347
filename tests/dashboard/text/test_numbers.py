"""Measured numbers have as many decimals as their error allows."""

import math

import pytest

from dashboard.text.numbers import with_error


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.01234, 0.0041, "0.012 ± 0.004"),
        (0.01234, 0.00151, "0.0123 ± 0.0015"),
        (1.8712, 0.0734, "1.87 ± 0.07"),
        (-0.0004, 0.0068, "0.000 ± 0.007"),
        (123.4, 20.0, "123 ± 20"),
        (0.5, math.nan, "0.5"),
        (0.5, 0.0, "0.5"),
    ],
)
def test_the_error_decides_how_many_decimals_there_are(value, error, text):
    assert with_error(value, error) == text
