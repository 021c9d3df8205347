"""Classes that a probe tells by the codes."""

import numpy as np

from models.evaluation import linear_probe


def test_a_probe_tells_classes_that_lie_apart_and_no_others():
    draws = np.random.default_rng(0)
    labels = np.arange(400) % 4
    middles = np.array([[0, 0], [9, 0], [0, 9], [9, 9]])
    codes = middles[labels] + draws.normal(size=(400, 2))
    constant = np.zeros((400, 1))  # a number that never changes must not spoil the scale
    apart = np.hstack([1e-4 * codes, constant])
    right = linear_probe.is_right(apart[:300], labels[:300], apart[300:], labels[300:])
    assert right.shape == (100,) and right.mean() > 0.98
    noise = draws.normal(size=(400, 2))
    right = linear_probe.is_right(noise[:300], labels[:300], noise[300:], labels[300:])
    assert right.mean() < 0.45
