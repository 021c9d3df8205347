"""The teacher's page: behind its password only, and what can be done with all runs there."""

import io
import itertools
import json
import zipfile

import pandas as pd
import pytest

from dashboard.catalogue import lessons
from dashboard.classroom import door, teacher
from dashboard.classroom.attempts import Attempts
from models import settings
from models.runs.store import RunStore
from tests.support.pages import open_page, wait, wait_for_end, with_key

PASSWORD = "correct horse ü"

pytestmark = pytest.mark.pages


@pytest.fixture
def page(with_password, dispatcher):
    """The page, entered."""
    page = open_page("runs.py")
    page.text_input(key="teacher.password").set_value(PASSWORD)
    page.button[0].click().run()
    assert not page.exception
    return page


@pytest.fixture
def trained(small, dispatcher):
    """Runs that are in the store, of two seeds."""
    found = []
    for seed in (1, 2):
        recipe = small("linear", seed=seed)
        dispatcher.submit(recipe)
        found.append(wait_for_end(dispatcher, recipe))
    return found


def test_without_a_password_there_is_no_such_page():
    assert not settings.current().teacher_password
    assert not lessons.by_name("runs").is_open
    assert not door.is_password("")


def test_the_password_opens_the_page_and_another_does_not(with_password, dispatcher, monkeypatch):
    clock = itertools.count(0, 100.0)
    monkeypatch.setattr(door, "_attempts", Attempts(lambda: next(clock)))
    assert lessons.by_name("runs").is_open
    page = open_page("runs.py")
    for wrong in ("", PASSWORD + " ", "correct horse"):
        page.text_input(key="teacher.password").set_value(wrong)
        page.button[0].click().run()
        assert "not the password" in page.error[0].value and not page.dataframe
    page.text_input(key="teacher.password").set_value(PASSWORD)
    page.button[0].click().run()
    assert not page.error and not page.text_input


def test_the_password_is_in_no_text_of_the_settings(with_password):
    assert PASSWORD not in repr(with_password)


def test_all_runs_are_listed_with_their_state_and_settings(page, trained):
    page.run()
    rows = page.dataframe[0].value
    assert set(rows["Run"]) >= {run.id for run in trained}
    row = rows[rows["Run"] == trained[0].id].iloc[0]
    result = trained[0].result()
    assert (row["State"], row["Epochs"]) == ("completed", result["epochs"])
    assert row["Held-out loss"] == result["held_out"]["total"]
    assert "seed=1" in row["Settings"]
    assert any(f"**{len(rows)}** runs" in one.value for one in page.markdown)


def test_one_run_is_counted_in_words_for_one(page, trained, monkeypatch):
    rows = page.run().dataframe[0].value[:1]
    monkeypatch.setattr(teacher, "table", lambda: rows)
    page.run()
    assert any("**1** run, " in one.value for one in page.markdown)


def test_rows_keep_their_order_while_runs_are_looked_at(trained, as_teacher):
    before = teacher.table()["Run"].tolist()
    trained[0].touch()
    assert teacher.table()["Run"].tolist() == before


def test_a_waiting_run_is_cancelled(small, dispatcher, as_teacher):
    first = small("linear", seed=11, epochs=400)
    dispatcher.submit(first, at_least_seconds=30)
    wait(lambda: dispatcher.store.run(first.run_id()).progress)
    second = dispatcher.submit(small("linear", seed=12))  # the same visitor's next turn
    rows = teacher.table().set_index("Run")
    assert rows.loc[second, "State"] == "waiting" and rows.loc[second, "Before it"] == "1"
    assert rows.loc[second, "Visitors"] == 1
    teacher.cancel([second, first.run_id()])
    assert dispatcher.position(second) is None
    assert wait_for_end(dispatcher, first).state == "stopped"


def test_pinned_runs_are_deleted_on_demand_only(trained, as_teacher):
    ids = [run.id for run in trained]
    assert teacher.pin(ids[:1], True) == [] and trained[0].pinned
    problems = teacher.delete(ids, False)
    assert len(problems) == 1 and ids[0] in problems[0]
    assert trained[0].exists and not trained[1].exists
    assert teacher.delete(ids[:1], True) == [] and not trained[0].exists


def test_an_archive_holds_what_a_run_is_made_of(trained, tmp_path):
    run = trained[0]
    run.watch("somebody")
    with zipfile.ZipFile(io.BytesIO(teacher.as_zip([run.id]))) as archive:
        archive.extractall(tmp_path)
    assert not any("watchers" in str(path) for path in tmp_path.rglob("*"))
    copy = RunStore(tmp_path, 10**9).run(run.id)
    assert copy.config == run.config and copy.events() == run.events()
    assert json.dumps(copy.result()) == json.dumps(run.result())
    assert set(copy.checkpoint()[0]) == set(run.checkpoint()[0])


def test_the_buttons_wait_for_a_selection_and_leaving_closes_the_page(page, trained):
    page.run()
    assert isinstance(page.dataframe[0].value, pd.DataFrame)
    for key in ("cancel", "pin", "unpin"):
        assert with_key(page.button, f"runs.{key}").disabled
    with_key(page.button, "runs.leave").click().run()
    assert page.text_input(key="teacher.password") and not page.dataframe
