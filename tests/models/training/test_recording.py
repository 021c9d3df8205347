"""Which epochs are recorded, and which states are kept for branches."""

import dataclasses
import itertools

import numpy as np
import pytest

from models import settings
from models.training.recording import branch_epochs, is_pictured, is_recorded
from models.training.trainer import train
from tests.support.training import for_all_ways_of_training


@pytest.mark.parametrize("epochs", [1000, 5000])
def test_long_runs_leave_a_short_record(epochs):
    recorded = [epoch for epoch in range(1, epochs + 1) if is_recorded(epoch)]
    pictured = [epoch for epoch in range(1, epochs + 1) if is_pictured(epoch)]
    assert len(pictured) < len(recorded) <= 200
    assert recorded[:40] == list(range(1, 41)) and pictured[:10] == list(range(1, 11))
    gaps = np.diff(recorded) / recorded[1:]
    assert gaps[40:].max() < 0.05


def test_the_goal_alters_the_record_only_at_its_end(small, store):
    recipe = small("linear", epochs=90)
    train(recipe, store)
    epochs = [event["epoch"] for event in store.run(recipe.run_id()).events()]
    assert epochs == [0, *(epoch for epoch in range(1, 90) if is_recorded(epoch)), 90]
    assert not is_recorded(90)


def test_what_is_kept_for_branches_is_spread_out_and_was_kept_before():
    assert branch_epochs(25) == [1, 2, 3, 5, 8, 12, 18]
    for last in (1, 30, 100, 1000, 5000):
        epochs = branch_epochs(last)
        assert 1 <= len(epochs) <= 8 and epochs[0] == 1 and max(epochs) <= last
        ratios = [b / a for a, b in itertools.pairwise(epochs) if a >= 8]
        assert not ratios or max(ratios) < 1.3 * min(ratios)
        for further in (2 * last, 7 * last):
            assert {one for one in branch_epochs(further) if one <= last} <= set(epochs)
    assert branch_epochs(100, 0) == [] and len(branch_epochs(100, 3)) <= 3


@for_all_ways_of_training
def test_a_run_keeps_states_for_branches(type, small, trained, store):
    falling = small(type, schedule="cosine")
    train(falling, store)
    for run in (trained.run, store.run(falling.run_id())):
        assert run.branch_points() == branch_epochs(6)
        assert run.branch_point(2)[1]["epoch"] == 2 and run.branch_point(6)[1]["epoch"] == 6
        assert run.branch_point(4) is None


def test_states_for_branches_respect_their_size_limit(small, store, monkeypatch):
    limited = dataclasses.replace(settings.current(), max_branch_megabytes=0)
    monkeypatch.setattr(settings, "current", lambda: limited)
    recipe = small("stacked")
    train(recipe, store)
    assert store.run(recipe.run_id()).branch_points() == []
