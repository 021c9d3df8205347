"""Own data on the pages: uploading, choosing, erasing, and who sees them."""

import io
import threading
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from dashboard.comparison import selection
from dashboard.comparison.selection import known_recipes
from dashboard.controls import choices, parsed_files, upload_panel
from dashboard.controls.choices import Choices
from dashboard.lesson.history import earlier_runs
from dashboard.session import render_slots, uploaded_files
from models import settings
from models.data.uploads import apart, parsing, sharing, storage
from models.data.uploads.upload import UploadError
from models.runs.recipe import Recipe
from tests.support.files import archive, csv, drawings
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
    upload(page, "bad.csv", b"a,b\n1,2\n" * 30)
    assert any("columns of numbers" in error.value for error in page.error)
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
    assert offered(open_page("linear.py", **link)) == before
    with_key(page.checkbox, f"linear.own.shared.{name}").check().run()
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
    assert "not here for you" in other.warning[0].value


def keep_table(owner, seed):
    """The name of an uploaded table of somebody's, and the recipe of a run on it."""
    name = storage.keep(parsing.parse("a.csv", table(seed)), owner=owner)
    return name, make_recipe("linear", dataset=name, num_train="48")


@pytest.mark.parametrize("name", ["the name of one that is there", "own-0123456789abcdef"])
def test_a_stranger_s_address_opens_nothing_and_does_not_tell_whether_it_is_there(dispatcher, name):
    there, _recipe = keep_table("ada", seed=20)
    name = name if name.startswith("own-") else there
    page = open_page("linear.py", dataset=name, seed="9")
    assert f"The own data {name} are not here for you" in page.warning[0].value
    recipe = page.session_state["choices.linear"].recipe
    assert (recipe.hyperparameters.dataset, recipe.hyperparameters.seed) == ("arc", 9)
    assert not [one for one in offered(page) if "columns" in one]
    paired = open_page("seed_comparison.py", type="linear", dataset=name, num_train="48")
    assert "not here for you" in paired.warning[0].value
    assert paired.session_state["paired"].pair.a.dataset == "arc"


def test_a_link_for_a_class_to_own_data_says_that_nobody_can_open_it_yet(dispatcher):
    name, recipe = keep_table("ada", seed=23)
    page = open_page("class_links.py", as_visitor="ada")
    page.session_state["choices.linear"] = Choices(recipe, "linear")
    page.run()
    page.selectbox(key="assign.lesson").set_value("linear").run()
    assert any("nobody else can open" in one.value for one in page.warning)
    sharing.share(name, "ada", True)
    page.run()
    assert not any("nobody else can open" in one.value for one in page.warning)


def test_what_is_no_longer_shared_is_closed_on_pages_that_are_open(dispatcher):
    name, _recipe = keep_table("ada", seed=21)
    sharing.share(name, "ada", True)
    page = open_page("linear.py", dataset=name, num_train="48")
    assert page.session_state["choices.linear"].recipe.hyperparameters.dataset == name
    sharing.share(name, "ada", False)
    page.run()
    assert "not here for you" in page.warning[0].value
    assert page.session_state["choices.linear"].recipe.hyperparameters.dataset == "arc"


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
    assert len(grid) == 10 and all((held_out == one).all(axis=(1, 2)).any() for one in grid)


REFUSED = (
    "Run {} is not here for you: it never was or was removed, or it is on own data of somebody "
    "who has not shared them."
)


@pytest.mark.parametrize("kind", ["of today", "of another version", "study", "not there"])
def test_of_a_run_that_is_hidden_nothing_but_its_configuration_is_read(
    dispatcher, monkeypatch, kind
):
    """What else could be said of it would tell that it is there."""
    _name, recipe = keep_table("ada", seed=24)
    run_id, config = recipe.run_id(), recipe.as_dict()
    if kind == "of another version":
        run_id, config = "linear-aaaaaaaaaaaaaaaa", {**config, "recipe_version": 99}
    if kind == "study":
        run_id, config = "study-aaaaaaaaaaaaaaaa", {"study": {"num_seeds": 3}, "recipe": config}
    if kind != "not there":
        dispatcher.store.create(run_id, config)
    monkeypatch.setattr(upload_panel.st, "session_state", {"visitor": "bob"})
    monkeypatch.setattr(selection, "usable_recipe", None)
    assert selection.read_address(run_id, dispatcher.store) == ([], [REFUSED.format(run_id)])


def test_what_was_seen_is_forgotten_when_it_is_no_longer_shared(dispatcher, monkeypatch):
    name, recipe = keep_table("ada", seed=25)
    sharing.share(name, "ada", True)
    other = Recipe(recipe.type, recipe.hyperparameters.replace(seed=26))
    chosen = Choices(other, "linear", seen=[recipe])
    session = {"visitor": "bob", "choices.linear": chosen}
    monkeypatch.setattr(choices.st, "session_state", session)
    assert choices.list_seen(recipe.type) == [recipe] and len(earlier_runs(chosen, "total")) == 1
    sharing.share(name, "ada", False)
    assert not choices.list_seen(recipe.type) and not earlier_runs(chosen, "total")


def test_runs_on_the_own_data_of_others_are_not_offered(dispatcher, monkeypatch):
    name, recipe = keep_table("ada", seed=7)
    run = dispatcher.store.create(recipe.run_id(), recipe.as_dict())
    monkeypatch.setattr(selection.inference, "has_weights", lambda run: True)
    session = {"visitor": "bob"}
    monkeypatch.setattr(upload_panel.st, "session_state", session)
    assert run.id not in known_recipes(dispatcher.store)
    assert selection.read_address(run.id, dispatcher.store) == ([], [REFUSED.format(run.id)])
    assert not session.get("own_data.sets")
    sharing.share(name, "ada", True)
    assert selection.read_address(run.id, dispatcher.store) == ([run.id], [])
    assert run.id in known_recipes(dispatcher.store)
    assert session["own_data.sets"] == {name: False}
    sharing.share(name, "ada", False)
    assert run.id not in known_recipes(dispatcher.store)


@contextmanager
def gives(content):
    yield lambda: content


@pytest.fixture
def check(monkeypatch):
    """Checks a file that holds something, and returns what is kept of it."""
    monkeypatch.setattr(parsed_files, "_files", {})

    def check(content):
        monkeypatch.setattr(uploaded_files, "awaiting", lambda uploaded: gives(content))
        upload_panel._check(SimpleNamespace(name="mine.csv"), "key", "ada")
        return parsed_files.find("key")

    return check


def test_a_page_leaves_its_place_to_others_before_it_waits_for_a_check(check, monkeypatch):
    monkeypatch.setattr(render_slots, "_places", threading.BoundedSemaphore(1))
    free = []

    @contextmanager
    def turn(owner, look):
        free.append(render_slots._places.acquire(blocking=False))
        render_slots._places.release()
        yield

    monkeypatch.setattr(apart, "turn", turn)
    with render_slots.turn():
        assert check(csv()).title == "mine"
    assert free == [True]


def test_a_page_says_what_became_of_a_file(check, monkeypatch):
    assert "had to make room" in check(None).message
    assert "empty" in check(b"").message

    @contextmanager
    def turn(owner, look):
        raise UploadError("It has waited.")
        yield

    monkeypatch.setattr(apart, "turn", turn)
    assert check(csv()) == parsed_files.Refused("It has waited.")


def test_numbers_that_can_be_read_in_two_ways_are_asked_about_on_the_page(dispatcher):
    rows = "".join(f"{n}.{100 + n};{n * n}\n" for n in range(1, 41))
    page = open_page("linear.py")
    upload(page, "q.csv", f"x;y\n{rows}".encode())
    assert any("can be read in two ways" in one.value for one in page.error)
    (question,) = [one for one in page.radio if "own.question" in one.key]
    assert len(question.options) == 2
    question.set_value(",.").run()
    assert not page.exception and not page.error
    assert page.dataframe[0].value.iloc[0, 0] == 1101
    press(page, "linear.own.forget")
    assert any("can be read in two ways" in one.value for one in page.error)


def test_what_was_understood_can_be_said_otherwise(dispatcher):
    page = open_page("linear.py")
    upload(page, "a.csv", table())
    heading = with_key(page.selectbox, "linear.own.read.heading")
    assert heading.value == "yes" and page.dataframe[0].value.shape == (5, 5)
    with_key(page.selectbox, "linear.own.read.separator").set_value(";").run()
    assert not page.exception and page.error, "such a table has one column"
    press(page, "linear.own.forget")
    assert page.dataframe[0].value.shape == (5, 5) and not page.error


def test_images_on_the_lesson_of_tables_are_sent_to_the_others(dispatcher):
    page = open_page("linear.py")
    upload(page, "a.zip", archive(drawings()))
    assert any("These are images" in one.value for one in page.error)
    assert not [one for one in page.button if one.key == "linear.own.use"]
    page = open_page("stacked.py")
    upload(page, "a.csv", table())
    assert any("This is a table" in one.value for one in page.error)
