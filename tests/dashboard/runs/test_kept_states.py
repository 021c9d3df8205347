"""A run after an epoch of which the weights are kept."""

import numpy as np
import pytest

from dashboard.components.epoch_slider.epoch_slider import epoch_at_rest
from dashboard.runs import inference, run_sample
from dashboard.runs.kept_states import kept_epochs, nearest, view_at
from dashboard.runs.run_view import view_run
from tests.support.pages import SMALL_NATS, get, lesson_recipe
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


@pytest.fixture(params=["variational", "conditional", "denoising", "hashing"], scope="module")
def run_view(request, trained_for_pages):
    recipe = lesson_recipe(request.param, **SMALL_NATS)
    trained_for_pages(recipe)
    return view_run(recipe)


def test_pictures_and_weights_of_a_kept_epoch_are_of_that_epoch(run_view):
    kept = kept_epochs(run_view.run)
    assert kept == [1, 2, 3]
    seen = run_sample.sample_of_trained(run_view)
    shown, stamps = {}, {inference.stamp(run_view)}
    for epoch in kept:
        shown[epoch] = view_at(run_view, epoch)
        stored = run_view.run.snapshot(epoch)[0]
        assert shown[epoch].epoch == shown[epoch].events[-1]["epoch"] == epoch
        images = shown[epoch].pictures["reconstructions"]
        assert images.shape == run_view.pictures["reconstructions"].shape
        # What the training process drew with TensorFlow, rounded to grey levels.
        first = stored["reconstructions"].astype(int)
        assert np.abs(images[: len(first)] - first).max() <= 2
        if seen.noisy is None:  # noise beyond black and white is not stored
            labels = seen.labels if run_view.recipe.hyperparameters.num_classes else None
            x = seen.inputs / np.float32(255)
            codes = inference.output(shown[epoch], "encoder", x, labels)
            np.testing.assert_allclose(codes, stored["codes"][: len(codes)], atol=0.02)
        stamps.add(inference.stamp(shown[epoch]))
    assert len(stamps) == 4, "what is cached of one epoch is not shown of another"
    first, last = (shown[epoch].pictures["reconstructions"].astype(int) for epoch in (1, 3))
    assert np.abs(first - last).max() > 10


def test_what_is_not_kept_is_shown_as_it_is_now(run_view):
    for epoch in (None, 0, 4, 99, -1):
        assert view_at(run_view, epoch) is run_view


def test_the_browser_gets_the_weights_of_the_epoch_it_names(run_view):
    address = f"/runs/{run_view.run.id}/decoder"
    answers = {}
    for query in ("", "?epoch=1", "?epoch=3"):
        status, _headers, answers[query] = get(address + query)
        assert status == 200
    assert len(set(answers.values())) == 3
    for query in ("?epoch=0", "?epoch=77", "?epoch=x", "?epoch=-1", "?epoch=" + "9" * 5000):
        assert get(address + query)[0] == 404


def test_a_state_that_has_gone_is_not_offered(run_view):
    run_view.run.keep_branch_points([1])
    assert kept_epochs(run_view.run) == [1] and view_at(run_view, 2) is run_view


@pytest.mark.parametrize(
    "epoch, expected", [(0, 1), (1, 1), (2, 1), (3, 3), (5, 3), (6, 8), (11, 8), (12, None)]
)
def test_the_nearest_kept_epoch_and_of_two_the_earlier(epoch, expected):
    assert nearest([1, 3, 8], 15, epoch) == expected


@pytest.mark.parametrize(
    "told",
    [None, {}, "x", {"rest": 3}, {"rest": {"run": "other-run", "epoch": 3}},
     {"rest": {"run": "RUN", "epoch": True}}, {"rest": {"run": "RUN", "epoch": "3"}},
     {"rest": {"run": "RUN"}}],
)  # fmt: skip
def test_only_an_epoch_of_this_run_counts_of_what_a_browser_tells(told, dispatcher, monkeypatch):
    run_view = view_run(make_recipe("linear"))
    rest = told.get("rest") if isinstance(told, dict) else None
    if isinstance(rest, dict) and rest.get("run") == "RUN":
        rest["run"] = run_view.run.id
    state = {"linear.film": told}
    monkeypatch.setattr("dashboard.components.epoch_slider.epoch_slider.st.session_state", state)
    assert epoch_at_rest(run_view) is None
    state["linear.film"] = {"rest": {"run": run_view.run.id, "epoch": 3}}
    assert epoch_at_rest(run_view) == 3
