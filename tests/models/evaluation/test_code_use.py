"""Dimensions of a code that are used, and that come back, on made-up divergences."""

import numpy as np

from models.evaluation.code_use import USED_NATS, returned_dimensions, used_dimensions


def test_a_dimension_is_used_above_the_threshold():
    assert used_dimensions(USED_NATS * np.array([0.0, 0.5, 1.0, 1.1, 9.0])) == 2


def test_only_what_was_silent_before_has_come_back():
    kl = USED_NATS * np.array(
        [
            [9.0, 9.0, 0.1, 0.9, 0.1],  # after the first epoch
            [9.0, 0.1, 5.0, 1.1, 0.1],
            [9.0, 0.1, 5.0, 0.9, 1.5],
        ]
    )  # always used; gave up; came back; hovers; nearly back
    assert returned_dimensions(kl) == 1
    assert returned_dimensions(kl[::-1]) == 1  # the second one, read backwards
