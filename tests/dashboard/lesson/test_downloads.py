"""What a lesson's page offers to take home, over a real training process."""

import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from dashboard.lesson import downloads
from dashboard.session import render_slots
from models.data.uploads import parsing, sharing, storage
from models.export import keras_file
from models.runs.files import RunError
from tests.support.files import csv
from tests.support.pages import open_drawer, open_page, with_key
from tests.support.recipes import make_recipe

SMALL = {"num_train": "300", "hidden_sizes": "none", "batch_size": "100", "epochs": "2"}

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def run(trained_for_pages):
    return trained_for_pages(make_recipe("stacked", **SMALL))


@pytest.fixture
def offered(monkeypatch):
    """File names and contents of the downloads that the page offers, asked for."""
    found = {}

    def note(label, content, name, *more, **rest):
        found[name] = content()

    monkeypatch.setattr(downloads.st, "download_button", note)
    return found


def test_before_the_end_there_is_nothing_to_take_home(dispatcher, offered):
    page = open_drawer(open_page("stacked.py", **SMALL, seed="5"), "stacked.home")
    texts = " ".join(one.value for one in page.markdown)
    assert "When the training has ended" in texts and not set(offered) & {"py", "ipynb"}


def test_script_and_notebook_are_at_hand_and_the_network_once_it_is_prepared(
    run, offered, monkeypatch
):
    page = open_drawer(open_page("stacked.py", **SMALL), "stacked.home")
    assert {f"{run.id}.py", f"{run.id}.ipynb"} <= set(offered)
    assert run.id in offered[f"{run.id}.py"] and f"{run.id}.keras" not in offered

    def prepare(one):
        keras_file.file_of(one).write_bytes(b"network")

    monkeypatch.setattr(keras_file, "prepare", prepare)
    with_key(page.button, "stacked.home.prepare").click().run()
    assert not page.exception and offered[f"{run.id}.keras"] == b"network"


def test_what_goes_wrong_is_said(run, offered, monkeypatch):
    keras_file.file_of(run).unlink(missing_ok=True)

    def prepare(one):
        raise keras_file.ExportError("No room left.")

    monkeypatch.setattr(keras_file, "prepare", prepare)
    page = open_drawer(open_page("stacked.py", **SMALL), "stacked.home")
    with_key(page.button, "stacked.home.prepare").click().run()
    assert "No room left." in [error.value for error in page.error]


def test_while_the_network_is_saved_other_pages_have_their_turn(run, offered, monkeypatch):
    keras_file.file_of(run).unlink(missing_ok=True)
    had = []
    monkeypatch.setattr(keras_file, "prepare", lambda one: had.append(render_slots._mine.has_place))
    monkeypatch.setattr(keras_file, "file_of", lambda one: one.folder / "config.json")

    def page():
        from dashboard.controls.choices import Choices
        from dashboard.lesson import downloads
        from dashboard.session import asked_runs, render_slots
        from tests.dashboard.lesson.test_downloads import SMALL
        from tests.support.recipes import make_recipe

        recipe = make_recipe("stacked", **SMALL)
        asked_runs.ask(recipe.run_id())
        with render_slots.turn():
            downloads.draw(Choices(recipe, "stacked", "ours"))

    page = AppTest.from_function(page, default_timeout=60)
    page.session_state["stacked.home"] = True
    page.run()
    with_key(page.button, "stacked.home.prepare").click().run()
    assert not page.exception and had == [False]


def test_what_was_shared_is_not_given_once_that_was_taken_back(trained_for_pages, monkeypatch):
    """The page was drawn before, and stays open."""
    name = storage.keep(parsing.parse("Diagnoses.csv", csv()), owner="ada")
    texts = {"dataset": name, "num_train": "24", "epochs": "3"}
    trained_for_pages(make_recipe("linear", **texts))
    sharing.share(name, "ada", True)
    offered = {}
    monkeypatch.setattr(
        streamlit,
        "download_button",
        lambda _label, content, file, *_more, **_rest: offered.update({file: content}),
    )
    monkeypatch.setattr(keras_file, "is_fresh", lambda one: True)
    monkeypatch.setattr(keras_file, "file_of", lambda one: one.folder / "config.json")
    open_drawer(open_page("linear.py", as_visitor="bob", **texts), "linear.home")
    assert {file.rpartition(".")[2] for file in offered} == {"keras"}
    assert all(content() for content in offered.values())
    sharing.share(name, "ada", False)
    for content in offered.values():
        with pytest.raises(RunError, match="not here for you"):
            content()
