"""The classroom wall, on SQLite and on a real PostgreSQL server."""

import threading
import time
import unicodedata

import pytest
import sqlalchemy
import streamlit
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st

from dashboard.classroom import wall
from dashboard.classroom.wall import Board, Wall
from dashboard.database import databases
from dashboard.jobs import execution
from dashboard.jobs.job import AHEAD, SOMEBODY, Job
from models import settings
from tests.dashboard.classroom.conftest import PASSWORD
from tests.support.pages import open_page, wait, wait_for_end, with_key


def ended(recipe, *visitors):
    return Job(recipe, recipe.run_id(), dict.fromkeys(visitors, 0.0))


def out_of_order(monkeypatch, here):
    """As if the database had gone."""

    def fail(*arguments):
        raise sqlalchemy.exc.OperationalError("begin", {}, OSError("gone"))

    monkeypatch.setattr(here._engine, "begin", fail)


# The database


def test_migrations_make_the_tables_that_the_program_expects(engine):
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), databases.METADATA) == []


def test_servers_that_start_at_once_do_not_trip_over_each_other(address):
    errors = []

    def start():
        try:
            databases.connect(address).dispose()
        except databases.DatabaseError as error:
            errors.append(error)

    servers = [threading.Thread(target=start) for _ in range(4)]
    for server in servers:
        server.start()
    for server in servers:
        server.join(30)
    assert not errors


def test_a_database_of_a_later_version_is_left_alone(address):
    engine = databases.connect(address)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(databases.DatabaseError, match="9999"):
        databases.connect(address)


def test_what_cannot_be_reached_is_named_without_its_password(tmp_path):
    for bad in ("postgresql+psycopg://ada:hush@127.0.0.1:1/lab", f"sqlite:///{tmp_path}"):
        with pytest.raises(databases.DatabaseError, match="AUTOENCODER_LAB_DATABASE") as caught:
            databases.connect(bad)
        assert "hush" not in str(caught.value)
    with pytest.raises(settings.SettingError, match=r"postgresql\+psycopg://"):
        settings.from_environment({"AUTOENCODER_LAB_DATABASE": "mysql://x"})


# The wall


def test_runs_appear_while_it_is_open(engine, small):
    here, one, other = Wall(engine), small("linear", seed=1), small("linear", seed=2)
    here.note_end(ended(one, "ada"))
    wait(here._ended.empty, 10)
    time.sleep(0.1)
    assert not here.look().dots
    here.board = Board(is_open=True)
    here.note_end(ended(one, AHEAD))
    here.note_end(ended(one, SOMEBODY))
    here.note_end(ended(other, "ada", "bob", AHEAD))
    here.note_end(ended(other, "ada"))
    wait(lambda: len(here.look().dots) >= 2, 10)
    time.sleep(0.1)
    assert {(dot.run_id, dot.visitor) for dot in here.look().dots} == {
        (other.run_id(), "ada"),
        (other.run_id(), "bob"),
    }
    here.clear()
    assert not here.look().dots


def test_two_servers_show_the_same(engine, address, small):
    here, there = Wall(engine), Wall(databases.connect(address))
    here.board = Board(True, "beta", "kl")
    there.call("ada", "Countess")
    here._add("linear-0123456789abcdef", {"ada", "bob"})
    here.show("linear-0123456789abcdef")
    assert there.board == here.board and there.look().shown == ["linear-0123456789abcdef"]
    assert sorted(dot.nickname for dot in there.look().dots) == ["", "Countess"]
    there.call("ada", "")
    assert {dot.nickname for dot in here.look().dots} == {""}
    there.hide("linear-0123456789abcdef")
    assert not here.look().shown
    there._engine.dispose()


def test_what_is_old_is_forgotten(engine, monkeypatch):
    here, now = Wall(engine), time.time()
    here.call("ada", "Countess")
    here._add("linear-0123456789abcdef", {"ada"})
    monkeypatch.setattr(time, "time", lambda: now + 3 * 86_400)
    here.call("bob", "Baron")
    here.forget(days=4)
    assert here.nickname("ada") and here.look().dots
    here.forget(days=2)
    assert not here.nickname("ada") and not here.look().dots and here.nickname("bob") == "Baron"


def test_one_dot_is_taken_down_and_put_up_again(engine):
    here = Wall(engine)
    for run_id in ("linear-0123456789abcdef", "linear-fedcba9876543210"):
        here._add(run_id, {"ada", "bob"})
    before = here.look().dots
    here.take_down(before[1])
    assert here.look().dots == [*before[:1], *before[2:]]
    here.put_up([before[1]])
    assert here.look().dots == before
    taken = here.clear()
    assert taken == before and not here.look().dots
    here.put_up(taken)
    assert here.look().dots == before


def test_a_database_that_fails_stops_no_training(engine, small, monkeypatch, caplog):
    here = Wall(engine)
    here.board = Board(is_open=True)

    with monkeypatch.context() as patch:
        out_of_order(patch, here)
        here.note_end(ended(small("linear"), "ada"))
        wait(lambda: "could not be put on the wall" in caplog.text, 10)
    here.note_end(ended(small("linear"), "ada"))
    wait(lambda: here.look().dots, 10)


@given(st.text(max_size=60))
def test_a_nickname_is_one_short_line_that_can_be_seen(text):
    name = wall.harmless(text)
    assert len(name) <= wall.MAX_NICKNAME and name == name.strip()
    assert not any(unicodedata.category(one)[0] == "C" or one == "\n" for one in name)
    assert wall.harmless(name) == name


def test_every_axis_has_a_value_of_every_type_or_none(small):
    result = {"held_out": {"reconstruction_mse": 0.1}, "seconds": 3.0}
    for axis in wall.AXES.values():
        for name in ("linear", "variational", "convolutional"):
            value = axis.value(small(name), result)
            assert value is None or value > 0


# The page


@pytest.fixture
def here(engine, monkeypatch, with_password):
    """A server with a wall and a teacher's password."""
    here = Wall(engine)
    monkeypatch.setattr(wall, "_current", here)
    return here


@pytest.mark.pages
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_the_teacher_opens_the_wall_and_a_student_s_run_appears(
    here, dispatcher, small, monkeypatch
):
    drawn, linked = {}, []

    def live_plots(figures, key, alts, **rest):
        drawn[key] = figures, alts

    def page_link(page, *, query_params, **rest):  # which knows pages of a navigation only
        linked.append((page.name, query_params))

    monkeypatch.setattr("dashboard.components.plots.plots.live_plots", live_plots)
    monkeypatch.setattr(streamlit, "page_link", page_link)
    monkeypatch.setattr(execution.current(), "on_completed", here.note_end)
    page = open_page("wall.py")
    assert "closed" in page.info[0].value and "wall.open" not in [one.key for one in page.toggle]
    page.text_input(key="teacher.password").set_value(PASSWORD)
    with_key(page.button, "teacher.enter").click().run()
    page.toggle(key="wall.open").set_value(True).run()
    page.selectbox(key="wall.x").set_value("epochs").run()
    assert here.board == Board(True, "epochs", "error")
    student = open_page("wall.py")
    student.text_input(key="wall.nickname").set_value("Ada").run()
    recipe = small("linear", seed=77)
    dispatcher.submit(recipe, visitor=student.session_state["visitor"])
    run = wait_for_end(dispatcher, recipe)
    wait(lambda: here.look().dots, 10)
    student.run()
    (figure,), _alts = drawn["wall.dots"]
    (trace,) = figure["data"]
    held_out = run.result()["held_out"]["reconstruction_mse"]
    assert (list(trace["x"]), list(trace["y"])) == ([run.result()["epochs"]], [held_out])
    assert trace["text"][0].startswith("Ada · Linear")
    page.run()
    (offered,) = page.selectbox(key="wall.run").options
    page.selectbox(key="wall.run").set_value(offered).run()
    with_key(page.button, "wall.pin").click().run()
    assert run.pinned and here.look().shown == [run.id]
    assert not page.exception
    student.run()
    name, parameters = linked[-1]
    assert open_page(name, **parameters).session_state["choices.linear"].recipe == recipe


@pytest.mark.pages
@pytest.mark.parametrize("address", ["sqlite"], indirect=True)
def test_a_database_that_fails_is_said_on_the_page(here, dispatcher, monkeypatch):
    page = open_page("wall.py")
    out_of_order(monkeypatch, here)
    page.text_input(key="wall.nickname").set_value("Ada").run()
    assert not page.exception
    assert "does not answer" in page.error[0].value and "does not answer" in page.warning[0].value
