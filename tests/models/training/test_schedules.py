"""Falling learning rates."""

import numpy as np
import pytest

from models.training.schedules import CosineOrConstant
from models.training.trainer import train


def test_the_schedule_is_a_half_cosine(small):
    schedule, recipe = CosineOrConstant(), small("stacked", schedule="cosine", learning_rate=0.02)
    schedule.load(recipe, 0)
    steps = np.arange(0, 20)
    expected = 0.01 * (1 + np.cos(np.pi * np.minimum(steps / 18, 1)))
    np.testing.assert_allclose([schedule(step) for step in steps], expected, atol=1e-8)
    schedule.load(recipe.continue_for(4), 0)
    expected = 0.01 * (1 + np.cos(np.pi * np.arange(13) / 12))
    np.testing.assert_allclose([schedule(18 + step) for step in range(13)], expected, atol=1e-8)
    schedule.load(small("stacked", learning_rate=0.02), 0)
    assert [float(schedule(step)) for step in (0, 5, 1000)] == pytest.approx([0.02] * 3)


def test_a_cosine_branch_begins_with_the_full_rate(small, store):
    parent = small("stacked", schedule="cosine")
    train(parent, store)
    branch = parent.branch_at(5, {"learning_rate": "0.01", "epochs": "10"})
    train(branch, store)
    schedule, h = CosineOrConstant(), branch.hyperparameters
    schedule.load(branch, 0)
    rates = [float(schedule(epoch * h.steps_per_epoch)) for epoch in (5, 10)]
    assert rates == [pytest.approx(0.01), pytest.approx(0.0, abs=1e-9)]
