"""A teacher's link: a task, settings that stay as they are, lessons on offer."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from dashboard.catalogue import assignment
from dashboard.catalogue.assignment import Assignment
from dashboard.catalogue.lessons import HOME, LESSONS
from models.autoencoders import registry
from tests.support.pages import open_page, with_key
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

NAMES = [lesson.name for lesson in LESSONS if lesson.name != HOME]
TURNED = assignment.hyperparameter_names()
TASK = "Train <b>it</b> ![x](https://evil.example/x.png) & say what you see."


def in_order(names, allowed):
    return tuple(name for name in allowed if name in names)


# Addresses


@given(
    st.text(max_size=50), st.sets(st.sampled_from(TURNED)), st.sets(st.sampled_from(TURNED)),
    st.sets(st.sampled_from(NAMES)),
)  # fmt: skip
def test_an_assignment_is_read_from_its_own_address(task, locked, hidden, lessons):
    made = Assignment(
        task.strip(), in_order(locked, TURNED), in_order(hidden, TURNED), in_order(lessons, NAMES)
    )
    assert assignment.parse(made.parameters()) == (made, [])


@given(st.dictionaries(st.sampled_from(assignment.PARAMETERS), st.text(max_size=2_000)))
def test_any_address_is_read_and_what_is_wrong_is_named(query):
    found, messages = assignment.parse(query)
    assert len(found.task) <= assignment.MAX_TASK
    assert found.fixed <= set(TURNED) and set(found.lessons) <= set(NAMES)
    if assignment.parse(found.parameters()) != (found, []):
        raise AssertionError("what was read leads elsewhere")
    for name in (assignment.LOCK, assignment.HIDE, assignment.ONLY):
        texts = [text.strip() for text in query.get(name, "").split(",") if text.strip()]
        unknown = set(texts) - {*TURNED, *NAMES}
        assert len([one for one in messages if one.startswith(f"{name} = ")]) >= bool(unknown)


def test_an_unknown_name_is_told_with_those_that_there_are():
    found, (message,) = assignment.parse({"lock": "epochs,colour"})
    assert found.locked == ("epochs",)
    assert "colour" in message and "learning_rate" in message


def test_a_link_may_name_lessons_as_they_were_called_before():
    found, messages = assignment.parse({assignment.ONLY: "pretraining,linear"})
    assert set(found.lessons) == {"linear", "few_labels"} and not messages


def test_the_page_that_a_visit_begins_with_is_always_on_offer():
    some = Assignment(lessons=("stacked",))
    assert [lesson.name for lesson in LESSONS if some.offers(lesson)] == [HOME, "stacked"]


# Pages


def widget(page, name):
    kinds = (page.number_input, page.selectbox, page.select_slider, page.slider)
    found = [one for kind in kinds for one in kind if (one.key or "").startswith(f"linear.{name}.")]
    return found[0] if found else None


@pytest.fixture
def given_page(dispatcher):
    """The linear lesson with a task: a locked optimiser, a hidden seed, 300 epochs."""
    return open_page(
        "linear.py",
        **{"task": TASK, "lock": "optimizer", "hide": "seed", "optimizer": "sgd", "seed": "5"},
        epochs="300",
    )


@pytest.mark.pages
def test_locked_settings_cannot_be_turned_and_hidden_ones_are_not_seen(given_page):
    assert (
        widget(given_page, "optimizer").disabled and widget(given_page, "optimizer").value == "sgd"
    )
    assert "Fixed by the link" in widget(given_page, "optimizer").help
    assert widget(given_page, "seed") is None
    assert not widget(given_page, "epochs").disabled
    assert "Fixed" not in widget(given_page, "epochs").help
    h = given_page.session_state["choices.linear"].recipe.hyperparameters
    assert (h.optimizer, h.seed, h.epochs) == ("sgd", 5, 300)


@pytest.mark.pages
def test_presets_and_experiments_leave_what_is_fixed(given_page):
    chosen = given_page.session_state["choices.linear"]
    steps = given_page.segmented_control(key="linear.step")
    assert len(steps.options) == 3, "one would turn the optimiser"
    widget(given_page, "epochs").set_value(200)
    given_page.run()
    assert chosen.recipe.hyperparameters.epochs == 200
    for act in (
        lambda: with_key(given_page.button, "linear.preset.article").click(),
        lambda: given_page.segmented_control(key="linear.step").set_value(1),
        lambda: with_key(given_page.button, "linear.preset.ours").click(),
    ):
        act().run()
        assert not given_page.exception
        h = chosen.recipe.hyperparameters
        assert (h.optimizer, h.seed) == ("sgd", 5)
        assert h.epochs == 300, "what the link says, not what the preset says"


@pytest.mark.pages
def test_the_address_keeps_the_task_while_settings_are_turned(given_page):
    widget(given_page, "epochs").set_value(200)
    given_page.run()
    query = dict(given_page.query_params)
    assert query["task"] == TASK and query["lock"] == "optimizer" and query["hide"] == "seed"
    assert (query["epochs"], query["optimizer"], query["seed"]) == ("200", "sgd", "5")


@pytest.mark.pages
def test_a_trained_run_has_the_fixed_values(given_page, dispatcher):
    with_key(given_page.button, "linear.train").click().run()
    assert not given_page.exception
    run_id = make_recipe("linear", optimizer="sgd", seed="5", epochs="300").run_id()
    assert dispatcher.store.run(run_id).exists
    dispatcher.stop(run_id)


@pytest.mark.pages
def test_the_task_stands_above_any_page_as_plain_text(dispatcher):
    page = AppTest.from_file(
        str(REPOSITORY / "dashboard" / "server" / "navigation.py"), default_timeout=60
    )
    page.query_params["task"] = TASK
    page.query_params["only"] = "stacked,wrong"
    page.run()
    assert not page.exception
    assert TASK in [one.value for one in page.text]
    assert all("evil.example" not in one.value for one in page.markdown)
    assert any("wrong" in one.value for one in page.warning)


# The page that makes links


def link_on(page):
    (code,) = page.code
    url = urlsplit(code.value)
    return url.path, dict(parse_qsl(url.query))


@pytest.mark.pages
def test_a_link_that_is_made_leads_to_what_was_asked_for(dispatcher):
    page = open_page("class_links.py")
    page.selectbox(key="assign.lesson").set_value("linear").run()
    page.text_area(key="assign.task").set_value(TASK)
    page.multiselect(key="assign.lock.linear").set_value(["optimizer", "epochs"])
    page.multiselect(key="assign.hide.linear").set_value(["seed"])
    page.multiselect(key="assign.only").set_value(["stacked"])
    page.run()
    assert not page.exception
    path, query = link_on(page)
    assert path == "/linear"
    found, messages = assignment.parse(query)
    wanted = Assignment(TASK, ("epochs", "optimizer"), ("seed",), ("linear", "stacked"))
    assert not messages
    assert found == Assignment(TASK, in_order(wanted.locked, TURNED), ("seed",), wanted.lessons)
    ours = registry.by_name("linear").preset("ours").as_text()
    assert {name: query[name] for name in ("epochs", "optimizer", "seed")} == {
        name: ours[name] for name in ("epochs", "optimizer", "seed")
    }, "also values that are our defaults today"
    opened = open_page("linear.py", **query)
    assert widget(opened, "epochs").disabled and widget(opened, "seed") is None


@pytest.mark.pages
def test_a_task_too_long_for_a_qr_code_is_said(dispatcher, monkeypatch):
    page = open_page("class_links.py")
    page.text_area(key="assign.task").set_value("Ω" * assignment.MAX_TASK).run()
    assert not page.exception
    assert any("QR code" in one.value for one in page.warning)
    page.text_area(key="assign.task").set_value("short").run()
    assert not page.warning and not page.exception
