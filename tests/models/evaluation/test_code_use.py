"""Dimensions of a code that are used, on made-up divergences."""

import numpy as np

from models.evaluation.code_use import USED_NATS, used_dimensions


def test_a_dimension_is_used_above_the_threshold():
    assert used_dimensions(USED_NATS * np.array([0.0, 0.5, 1.0, 1.1, 9.0])) == 2
