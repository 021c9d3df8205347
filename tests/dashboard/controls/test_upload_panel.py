"""Own data on the pages: uploading, choosing, erasing, and who sees them."""

import io

import numpy as np
import pytest

from dashboard.comparison import selection
from dashboard.comparison.selection import known_recipes
from dashboard.controls import upload_panel
from models import settings
from models.data.uploads import parsing, storage
from tests.support.pages import open_page, with_key
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


def table(seed=0):
    numbers = np.random.default_rng(seed).normal(size=(60, 5))
    heading = ",".join(f"column {name}" for name in "abcde")
    return "\n".join([heading, *(",".join(map(str, row)) for row in numbers)]).encode()


def upload(page, name, content):
    page.file_uploader[0].set_value((name, content, "application/octet-stream"))
    page.run()
    assert not page.exception


def press(page, key):
    with_key(page.button, key).click()
    page.run()
    assert not page.exception


def offered(page):
    (found,) = [one for one in page.selectbox if one.label == "Data set"]
    return found.options


def test_a_table_is_uploaded_chosen_and_erased_with_its_runs(dispatcher):
    page, kept = open_page("linear.py"), set(settings.current().uploads_folder.glob("own-*"))
    before = offered(page)
    upload(page, "bad.csv", b"a,b\n1,red\n" * 30)
    assert any("holds “" in error.value for error in page.error)
    upload(page, "Mine_2.csv", table())
    assert page.dataframe[0].value.shape == (5, 5)
    assert set(settings.current().uploads_folder.glob("own-*")) == kept, "looked at, not kept"
    press(page, "linear.own.use")
    name = page.query_params["dataset"]
    assert storage.exists(name) and offered(page) == [*before, "Mine 2 (60 rows, 5 columns)"]
    assert any("5 columns" in one.value for one in page.caption)
    assert "noise" not in " ".join(one.label.lower() for one in page.slider)

    recipe = make_recipe("linear", dataset=name, num_train="48")
    dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    link = dict(page.query_params.items())
    other = open_page("linear.py", **link)
    assert offered(other) == offered(page)
    assert not [one for one in other.button if one.key == "linear.own.erase"]
    assert offered(open_page("linear.py")) == before

    again = open_page("linear.py")  # after a reload: the cookie says who it is
    assert offered(again) == before
    again = open_page("linear.py", as_visitor=page.session_state["visitor"], **link)
    assert offered(again) == offered(page)
    assert [one for one in again.button if one.key == "linear.own.erase"]

    press(page, "linear.own.erase")
    assert not storage.exists(name) and not dispatcher.store.run(recipe.run_id()).exists
    assert offered(page) == before and not page.warning
    other.run()
    assert not other.exception and offered(other) == before
    assert "not on this machine" in other.warning[0].value


def test_images_are_uploaded_and_shown_before_any_training(dispatcher, drawn):
    file = io.BytesIO()
    images = np.random.default_rng(0).integers(0, 256, (60, 14, 14), np.uint8)
    np.savez(file, images=images)
    page = open_page("stacked.py")
    upload(page, "noise.npz", file.getvalue())
    header, shown = drawn["stacked.own.preview"]
    assert shown.shape == (2, 8, 28, 28) and "images" in header["alt"]
    press(page, "stacked.own.use")
    assert page.query_params["num_train"] == "48"
    name = page.query_params["dataset"]
    held_out = storage.arrays(name)["held_out"].reshape(-1, 28, 28)
    grid = drawn["stacked.grid"][1][0]
    assert len(grid) == 12 and all((held_out == one).all(axis=(1, 2)).any() for one in grid)


def test_runs_on_the_own_data_of_others_are_not_offered(dispatcher, monkeypatch):
    name = storage.keep(parsing.parse("a.csv", table(7)))
    recipe = make_recipe("linear", dataset=name, num_train="48")
    run = dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    monkeypatch.setattr(selection.inference, "stamp", lambda run: 1)
    session = {}
    monkeypatch.setattr(upload_panel.st, "session_state", session)
    assert run.id not in known_recipes(dispatcher.store)
    assert selection.read_address(run.id, dispatcher.store) == ([run.id], [])
    assert run.id in known_recipes(dispatcher.store)
    assert session["own_data.sets"] == {name: False}
