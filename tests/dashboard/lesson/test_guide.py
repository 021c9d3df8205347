"""The guide: question, guess, training, what happened, what the run says, and the next card."""

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.lesson.guide import find_card
from dashboard.session.memory import Memory, _memory
from models.runs.recipe import Recipe
from tests.support.pages import button, metrics, open_page, wait_for_end
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


def shown(page):
    """All Markdown of a page in one text, without HTML."""
    return re.sub("<[^>]*>", "", "\n".join(one.value for one in (*page.markdown, *page.caption)))


def recipe_of(page):
    return page.session_state["choices.linear"].recipe


def status(page):
    (bar,) = page.get("progress")
    return bar.proto.text


def train(page, dispatcher):
    page.segmented_control(key="linear.pace").set_value(0).run()
    button(page, "train").click().run()
    run = wait_for_end(dispatcher, recipe_of(page))
    page.run()
    assert not page.exception
    return run


def choose(page, option):
    """Answers the question that the guide asks just now."""
    (radio,) = page.radio
    radio.set_value(option).run()
    assert not page.exception


def has_button(page, name):
    return any(one.key == f"linear.{name}" for one in page.button)


# The way through one card


def test_a_guess_is_taken_what_happened_is_asked_and_then_the_run_answers(dispatcher):
    page = open_page("linear.py", seed="301", epochs="300")
    assert "Guess first:" in shown(page) and "Then press **Train**" in shown(page)
    choose(page, 2)
    choose(page, 0)  # until the training it can be changed
    assert "Noted." in shown(page)
    train(page, dispatcher)
    assert "What happened?" in shown(page) and "The run says" not in shown(page)
    assert not has_button(page, "next")
    choose(page, 2)
    text = shown(page)
    assert "The run says: **equal, within 1 %**. You guessed **smaller**." in text
    assert "You chose **larger** from what you saw: look again." in text
    assert not page.radio and has_button(page, "next")


def test_whoever_wants_to_be_told_is_told(dispatcher):
    page = open_page("linear.py", seed="302", epochs="3")
    choose(page, 2)
    train(page, dispatcher)
    button(page, "reading.tell").click().run()
    assert "The run says: **larger**. You guessed right." in shown(page)
    assert "You read" not in shown(page)


def test_a_diverged_run_answers_too_and_train_says_why_not(dispatcher):
    page = open_page("linear.py", seed="303", optimizer="sgd", learning_rate="10")
    choose(page, 2)
    train(page, dispatcher)
    choose(page, 2)
    assert "The run says: **larger**. You guessed right." in shown(page)
    assert button(page, "train").disabled and "change a setting" in button(page, "train").help


def test_nobody_has_to_guess(dispatcher):
    page = open_page("linear.py", seed="304", epochs="20")
    train(page, dispatcher)
    assert "The run says" in shown(page) and "You guess" not in shown(page)


def test_another_configuration_is_asked_about_anew_and_the_old_guess_is_kept(dispatcher):
    page = open_page("linear.py", seed="305")
    choose(page, 0)
    page.number_input[-1].set_value(306).run()
    assert page.radio[0].value is None
    choose(page, 1)
    button(page, "undo").click().run()
    assert page.radio[0].value == 0
    visitor = page.session_state["visitor"]
    assert list(_memory().of(visitor)["guesses.linear"].values()) == [0, 1]


def test_a_reload_forgets_neither_guesses_nor_what_is_done(dispatcher):
    page = open_page("linear.py", seed="307", epochs="3")
    choose(page, 2)
    train(page, dispatcher)
    again = open_page("linear.py", page.session_state["visitor"], seed="307", epochs="3")
    assert "What happened?" in shown(again)
    button(again, "reading.tell").click().run()
    again.segmented_control(key="linear.step").set_value(1).run()
    choose(again, 1)
    third = open_page("linear.py", page.session_state["visitor"], seed="307", epochs="3")
    assert "You guessed right" in shown(third)
    third.segmented_control(key="linear.step").set_value(1).run()
    assert third.radio[0].value == 1
    assert open_page("linear.py", latent_dim="1").radio[0].value is None, "somebody else's"


def test_whoever_was_here_longest_ago_is_forgotten_first():
    memory = Memory(2)
    for name in ("a", "b", "a", "c"):
        memory.of(name)["n"] = memory.of(name).get("n", 0) + 1
    assert memory.of("a") == {"n": 2} and memory.of("b") == {}


# From card to card


def test_an_experiment_sets_asks_and_waits(dispatcher):
    page = open_page("linear.py")
    assert recipe_of(page) == make_recipe("linear")
    steps = page.segmented_control(key="linear.step")
    assert steps.value == 0 and len(steps.options) == 4
    steps.set_value(1).run()
    assert recipe_of(page).hyperparameters.latent_dim == 1
    assert "Only one number may pass" in shown(page)
    assert "The plane shrinks" not in shown(page), "the answer comes afterwards"
    assert not dispatcher.store.run(recipe_of(page).run_id()).exists
    choose(page, 2)
    train(page, dispatcher)
    assert "The plane shrinks" not in shown(page)
    button(page, "reading.tell").click().run()
    assert "The plane shrinks" in shown(page)
    assert page.segmented_control(key="linear.step").options[1] == "2 ✓"
    button(page, "next").click().run()
    assert recipe_of(page).hyperparameters.dataset == "swiss_roll"
    assert page.segmented_control(key="linear.step").value == 2


def test_own_settings_have_their_card_and_a_way_back(dispatcher):
    page = open_page("linear.py", seed="308", epochs="20")
    assert "Your own settings:** epochs 20, seed 308." in shown(page)
    assert page.segmented_control(key="linear.step").value is None
    train(page, dispatcher)
    assert button(page, "next").label == "Next: the opening question"
    button(page, "next").click().run()
    assert recipe_of(page) == make_recipe("linear")


def test_cards_that_a_task_rules_out_are_left_out(dispatcher):
    page = open_page("linear.py", lock="latent_dim,dataset")
    assert len(page.segmented_control(key="linear.step").options) == 2


def test_the_card_of_a_run_outlives_its_continuation_and_the_device_but_not_a_branch():
    recipe = make_recipe("stacked")
    cards = [recipe.hyperparameters, make_recipe("stacked", latent_dim="2").hyperparameters]
    assert find_card(cards, recipe) == 0
    longer = recipe.continue_for(10)
    assert longer.hyperparameters.epochs > recipe.hyperparameters.epochs
    assert find_card(cards, longer) == 0
    assert find_card(cards, make_recipe("stacked", device="cpu")) == 0
    assert find_card(cards, make_recipe("stacked", latent_dim="2")) == 1
    assert find_card(cards, make_recipe("stacked", epochs="3")) is None
    assert find_card(cards, recipe.branch_at(3, {"learning_rate": "0.001"})) is None


# What is stored stays closed until it is asked for


@pytest.fixture
def stored(dispatcher):
    """The run that the linear lesson begins with, trained ahead."""
    recipe = make_recipe("linear")
    dispatcher.submit(recipe)
    return wait_for_end(dispatcher, recipe)


def test_a_lesson_opens_unsolved_though_its_run_is_stored(stored):
    page = open_page("linear.py")
    assert "An untrained network" in status(page) and "The run says" not in shown(page)
    first, last = stored.events()[0], stored.result()
    values = [metric.value for metric in metrics(page)]
    assert values[1] == f"{first['train']['reconstruction_mse']:.5f}", "of the untrained network"
    assert f"{last['train']['reconstruction_mse']:.5f}" not in values
    assert not page.get("download_button") or all(
        "keras" not in one.proto.label for one in page.get("download_button")
    )


def test_train_shows_what_is_stored_at_once_or_as_a_replay(stored, dispatcher):
    page = open_page("linear.py")
    page.segmented_control(key="linear.pace").set_value(0).run()
    button(page, "train").click().run()
    assert dispatcher.position(stored.id) is None
    assert metrics(page)[1].value == f"{stored.result()['train']['reconstruction_mse']:.5f}"
    assert "replay" not in page.session_state
    page = open_page("linear.py")
    page.segmented_control(key="linear.pace").set_value(30).run()
    button(page, "train").click().run()
    replay = page.session_state["replay"]
    assert (replay.run_id, replay.seconds) == (stored.id, 30.0)
    assert "Watch:" in shown(page) and "The run says" not in shown(page), "the film plays"
    page.session_state["replay"] = replace(replay, is_over=True)
    assert "The run says" in shown(page.run())
    page.session_state["replay"] = replace(replay, started=replay.started - 60)
    assert "The run says" in shown(page.run()), "a browser that falls silent holds up nobody"


def test_a_link_to_a_run_shows_it_and_a_task_does_not(stored):
    assert "Trained for" in status(open_page("linear.py", seed="42"))
    page = open_page("linear.py", seed="42", task="Guess, then train.")
    assert "An untrained network" in status(page)


def test_settings_that_lead_to_somebody_else_s_run_do_not_open_it(stored):
    page = open_page("linear.py", seed="309")
    page.number_input[-1].set_value(42).run()
    assert recipe_of(page).run_id() == stored.id and "An untrained network" in status(page)


def test_a_page_names_the_settings_that_are_out_of_sight(dispatcher):
    page = AppTest.from_file(str(REPOSITORY / "pages/linear.py"), default_timeout=60)
    page.query_params["batch_size"] = "7"
    page.run()
    assert not page.exception
    assert "Changed below: batch size 7." in shown(page)
    assert not [one for one in page.number_input if one.label == "Batch size"]
    assert Recipe.run_id(recipe_of(page))
