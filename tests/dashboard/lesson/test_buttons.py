"""What a click on a lesson's button does."""

import pytest

from dashboard.catalogue.lessons import LESSONS
from dashboard.lesson import buttons
from tests.support.pages import button, open_page
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages

TERMS = {"reconstruction_mse": 0.1}
NUMBERS = {"train": TERMS, "held_out": TERMS, "diagnostics": {}, "seconds": 1.0, "device": "CPU",
           "pca": {"train": 0.1, "held_out": 0.1}, "num_parameters": 1,
           "versions": {}}  # fmt: skip
"""What the result of a run has besides."""


def test_what_is_set_right_before_the_click_is_trained(dispatcher, monkeypatch):
    """The button was drawn for other settings: the page had no time to be drawn anew."""
    page, asked = open_page("linear.py", seed="309"), []

    def submit(recipe, at_least_seconds, **wish):
        asked.append((recipe.hyperparameters.seed, at_least_seconds))
        return recipe.run_id()

    monkeypatch.setattr(dispatcher, "submit", submit)
    for seed, pace in ((309, 0), (310, 120)):
        (field,) = [one for one in page.number_input if one.label == "Seed"]
        field.set_value(seed)
        page.segmented_control(key="linear.pace").set_value(pace)
        button(page, "train").click().run()
        (field,) = [one for one in page.number_input if one.label == "Seed"]
        assert not page.exception and asked[-1] == (seed, pace) and field.value == seed


def test_what_the_server_trains_ahead_can_be_hastened_and_not_stopped(dispatcher):
    recipe = make_recipe("linear", seed="311", epochs="1000")
    run_id = dispatcher.submit(recipe, background=True, at_least_seconds=60.0)
    page = open_page("linear.py", seed="311", epochs="1000")
    assert not [one for one in page.button if one.key == "linear.stop"]
    button(page, "train").click().run()
    assert not page.exception and not dispatcher.is_background(run_id)
    button(page, "stop").click().run()
    assert not page.exception and dispatcher.is_background(run_id)
    assert dispatcher.position(run_id) is not None, "the server goes on with it"
    assert button(page, "train").label == "Train now"
    dispatcher.stop(run_id)


def test_what_visitors_train_does_not_change_what_others_are_told(dispatcher, store, monkeypatch):
    monkeypatch.setattr(dispatcher, "store", store)
    recipe, result = make_recipe("linear", seed="1"), {"status": "completed", "epochs": 4}

    def note(made, speed):
        run = store.create(made.run_id(), made.as_dict())
        run.finish(result | {"images_per_second": speed} | NUMBERS)

    def estimate():
        buttons._correction.clear()
        return buttons.estimate(recipe)

    before = estimate()
    for seed in range(14):  # slow enough, or fast enough, to be believed
        note(make_recipe("recurrent", seed=str(seed)), 10 if seed % 2 else 10**6)
        note(make_recipe("stacked", seed=str(seed)), 10)
    assert estimate() == before
    note(LESSONS[2].recipe, 10)  # which every server trains
    assert estimate() > before
    buttons._correction.clear()
