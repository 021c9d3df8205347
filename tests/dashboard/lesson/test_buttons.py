"""What a click on a lesson's button does."""

import pytest

from tests.support.pages import button, open_page

pytestmark = pytest.mark.pages


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
