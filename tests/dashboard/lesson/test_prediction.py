"""Predict, then check: a guess before the training, and what the run says to it."""

import dataclasses
import re

import pytest

from dashboard.lesson import prediction
from dashboard.runs.run_view import RunView
from tests.support.pages import button, open_page, wait_for_end

pytestmark = pytest.mark.pages


def shown(page):
    """All Markdown of a page in one text, without HTML."""
    return re.sub("<[^>]*>", "", "\n".join(one.value for one in page.markdown))


def train(page, dispatcher):
    page.segmented_control(key="linear.pace").set_value(0).run()
    button(page, "train").click().run()
    run = wait_for_end(dispatcher, page.session_state["choices.linear"].recipe)
    page.run()
    assert not page.exception
    return run


def guess(page, option):
    (radio,) = page.radio
    radio.set_value(option).run()
    button(page, "guess.commit").click().run()
    assert not page.exception


def test_a_guess_is_committed_before_training_and_the_run_answers(dispatcher):
    page = open_page("linear.py", seed="301", epochs="300")
    assert button(page, "guess.commit").disabled
    guess(page, 0)
    assert "You guess: **smaller**. The run will tell." in shown(page)
    train(page, dispatcher)
    assert "You guessed **smaller**, the run says **equal, within 1 %**" in shown(page)
    assert not page.radio


def test_a_right_guess_is_told_so_and_an_undertrained_network_is_worse_than_pca(dispatcher):
    page = open_page("linear.py", seed="302", epochs="3")
    guess(page, 2)
    train(page, dispatcher)
    assert "You guessed **larger**, and so it is." in shown(page)


def test_a_diverged_run_answers_too(dispatcher):
    page = open_page("linear.py", seed="303", optimizer="sgd", learning_rate="10")
    guess(page, 2)
    train(page, dispatcher)
    assert "You guessed **larger**, and so it is." in shown(page)


def test_nobody_has_to_guess(dispatcher):
    page = open_page("linear.py", seed="304", epochs="20")
    train(page, dispatcher)
    assert "You guess" not in shown(page)
    # The answer stands on the page: the next configuration is guessed about.
    assert not page.radio and "This run has told already." in shown(page)
    page.number_input[-1].set_value(307).run()
    guess(page, 0)


def test_another_configuration_can_be_guessed_anew_and_the_old_guess_is_kept(dispatcher):
    page = open_page("linear.py", seed="305")
    guess(page, 0)
    page.number_input[-1].set_value(306).run()
    assert not page.radio
    button(page, "guess.again").click().run()
    guess(page, 1)
    assert list(page.session_state["guesses.linear"].values()) == [0, 1]
    button(page, "undo").click().run()
    assert "You guess: **smaller**" in shown(page)
    button(page, "guess.change").click().run()
    assert "You guess:" not in shown(page)


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
