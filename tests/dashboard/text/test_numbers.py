"""Measured numbers, as people read them."""

import math

import pytest

from dashboard.text.numbers import fixed, with_error


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


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.01234, 5, "0.01234"),
        (99999.4, 1, "99999.4"),
        (1598921.75, 5, "1.6 × 10⁶"),
        (-1.2e38, 5, "-1.2 × 10³⁸"),
        (math.inf, 2, "inf"),
    ],
)
def test_a_number_that_has_run_away_is_short(value, digits, text):
    assert fixed(value, digits) == text
