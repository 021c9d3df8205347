"""What a lesson's page offers to take home, over a real training process."""

import pytest

from dashboard.lesson import downloads
from models.export import keras_file
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
