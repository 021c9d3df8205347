"""Questions that a run decides."""

import dataclasses

import pytest

from dashboard.lesson import prediction
from dashboard.runs.run_view import RunView


def test_a_prediction_explains_all_of_its_options_or_none_apart():
    with pytest.raises(ValueError, match="2 options, but 1 explanations"):
        prediction.Prediction("?", ("a", "b"), lambda run_view: 0, ("because",))
    assert (
        prediction.Prediction("?", ("a", "b"), lambda run_view: 0, "always").reason(1) == "always"
    )


@pytest.mark.parametrize("state", ["running", "waiting"])
def test_no_verdict_before_the_end(state):
    asked = prediction.Prediction("?", ("a", "b"), lambda run_view: 1, "")
    run_view = RunView(None, None, state, 0, [{"epoch": 0}], {}, {}, {"status": "stopped"})
    assert asked.verdict(run_view) is None
    assert asked.verdict(dataclasses.replace(run_view, state="stopped")) == 1
    assert asked.verdict(dataclasses.replace(run_view, state="failed", result=None)) is None
