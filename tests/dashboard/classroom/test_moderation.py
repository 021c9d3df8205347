"""What the teacher takes down from the classroom wall, and what is not there without a word."""

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard.classroom import moderation, wall
from dashboard.classroom.wall import Wall
from models.data.uploads import parsing, sharing, storage
from tests.dashboard.classroom.conftest import PASSWORD
from tests.support.files import csv
from tests.support.pages import open_page, with_key
from tests.support.places import REPOSITORY
from tests.support.recipes import make_recipe

pytestmark = [pytest.mark.pages, pytest.mark.parametrize("address", ["sqlite"], indirect=True)]


@pytest.fixture
def here(engine, monkeypatch, with_password):
    """A server with a wall and a teacher's password."""
    here = Wall(engine)
    monkeypatch.setattr(wall, "_current", here)
    return here


def entered(page):
    page.text_input(key="teacher.password").set_value(PASSWORD)
    with_key(page.button, "teacher.enter").click().run()
    return page


def press(page, key):
    with_key(page.button, key).click().run()
    assert not page.exception


@pytest.fixture
def dots(monkeypatch):
    """What the wall says of its dots, as it was drawn last."""
    drawn = []

    def live_plots(figures, **rest):
        drawn[:] = [text for trace in figures[0]["data"] for text in trace["text"]]

    monkeypatch.setattr("dashboard.components.plots.plots.live_plots", live_plots)
    return drawn


def test_the_teacher_takes_a_dot_and_a_nickname_down_and_puts_them_back(
    here, trained_for_pages, dots, small
):
    for visitor, seed, name in (("ada", 71, "Rude"), ("bob", 72, "")):
        here._add(trained_for_pages(small("linear", seed=seed)).id, {visitor})
        here.call(visitor, name)
    page = entered(open_page("wall.py"))
    assert [dot.partition(" ·")[0] for dot in dots] == ["Rude", "somebody"]
    (rude,) = [one for one in page.selectbox(key="wall.run").options if one.startswith("Rude")]
    page.selectbox(key="wall.run").set_value(rude).run()
    press(page, "wall.unname")
    assert not here.nickname("ada") and len(here.look().dots) == 2
    press(page, "wall.undo")
    assert here.nickname("ada") == "Rude"
    page.selectbox(key="wall.run").set_value(rude).run()
    press(page, "wall.remove")
    assert [dot.visitor for dot in here.look().dots] == ["bob"]
    press(page, "wall.undo")
    assert len(here.look().dots) == 2
    press(page, "wall.clear")
    assert not here.look().dots
    press(page, "wall.undo")
    assert len(here.look().dots) == 2


def test_a_pinned_run_of_a_lesson_that_is_not_on_offer_is_named(here, trained_for_pages, small):
    here.show(trained_for_pages(small("linear", seed=71)).id)
    page = AppTest.from_file(str(REPOSITORY / "dashboard/server/navigation.py"), default_timeout=60)
    for offered, is_linked in (("wall", False), ("wall,linear", True)):
        page.query_params["only"] = offered
        page.run()
        page.switch_page("../../pages/wall.py").run()
        assert not page.exception and bool(page.page_link) == is_linked
        assert any(one.value.startswith("Linear") for one in page.markdown) != is_linked


def test_own_data_have_no_dot_and_no_pin_until_their_owner_agrees(
    here, trained_for_pages, dots, as_teacher, monkeypatch
):
    linked = []
    monkeypatch.setattr(streamlit, "page_link", lambda page, **rest: linked.append(rest["label"]))
    name = storage.keep(parsing.parse("Diagnoses.csv", csv()), owner="ada")
    recipe = make_recipe("linear", dataset=name, num_train="24", epochs="3")
    here._add(trained_for_pages(recipe).id, {"ada"})
    page = open_page("wall.py", as_visitor="bob")
    assert not dots and not page.caption and not page.selectbox(key="wall.run").options
    moderation.try_to(moderation.pin, recipe.run_id(), True)
    assert not here.look().shown
    assert "Let" not in page.markdown[0].value
    assert "your own data" in open_page("wall.py", as_visitor="ada").caption[-1].value
    sharing.share(name, "ada", True)
    page.run()
    assert len(dots) == 1 and "data set own data" in dots[0]
    moderation.pin(recipe.run_id(), True)
    page.run()
    assert len(linked) == 1 and "own data" in linked[0]
    shown = " ".join([*dots, *linked, *page.selectbox(key="wall.run").options])
    assert name not in shown and "Diagnoses" not in shown
    sharing.share(name, "ada", False)
    del linked[:]
    page.run()
    assert not linked and not page.selectbox(key="wall.run").options
