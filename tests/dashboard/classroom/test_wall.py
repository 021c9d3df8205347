"""The classroom wall, on SQLite and on a real PostgreSQL server."""

import threading
import time
from types import SimpleNamespace

import pytest
import sqlalchemy
import streamlit
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dashboard.classroom import dots, wall
from dashboard.classroom.axes import AXES
from dashboard.classroom.wall import Board, Wall
from dashboard.database import databases
from dashboard.jobs import execution
from dashboard.jobs.job import AHEAD, LASTING, SOMEBODY, Job
from models import settings
from models.runs import ownership
from models.runs.store import RunStore
from tests.dashboard.classroom.conftest import PASSWORD
from tests.support.clocks import set_clock
from tests.support.pages import open_page, wait, wait_for_end, with_key

RUN = "linear-0123456789abcdef"


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """A function that gives a run of visitors who have asked for it, and of others who look at
    it, which has come to its end."""
    store = RunStore(tmp_path / "runs", 10**6)
    monkeypatch.setattr(execution, "dispatcher", lambda: SimpleNamespace(store=store))

    def end(recipe, *askers, lookers=()):
        run = store.create(recipe.run_id(), recipe.as_dict())
        for name in askers:
            if name not in LASTING:
                ownership.add_owner(run, name)
        return Job(recipe, run.id, dict.fromkeys([*lookers, *askers], 0.0))

    return end


def dots_of(here):
    return {(dot.run_id, dot.visitor, dot.others) for dot in here.look().dots}


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


def test_runs_appear_while_it_is_open(engine, small, ended):
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
    wait(lambda: here.look().dots, 10)
    wait(here._ended.empty, 10)
    time.sleep(0.1)
    assert dots_of(here) == {(other.run_id(), "ada", 1)}
    assert [here.look(one).own for one in ("bob", "eve")] == [{other.run_id()}, frozenset()]
    here.take_down()
    assert not here.look().dots


def test_whoever_only_looks_at_a_run_has_no_dot(engine, small, ended):
    here, one, other = Wall(engine), small("linear", seed=1), small("linear", seed=2)
    here.board = Board(is_open=True)
    lookers = [f"looker {n}" for n in range(100)]
    here.note_end(ended(one, lookers=lookers))
    here.note_end(ended(other, "zoe", "ada", lookers=lookers))
    wait(lambda: here.look().dots, 10)
    assert dots_of(here) == {(other.run_id(), "zoe", 1)}, "the first to ask"
    here.note_end(ended(other, "eve", "zoe"))  # it was continued
    wait(lambda: here.look().dots[0].others == 2, 10)
    assert dots_of(here) == {(other.run_id(), "zoe", 2)}


def test_a_run_is_one_dot_however_many_have_asked_for_it(engine):
    here, crowd = Wall(engine), [f"visitor {n}" for n in range(100)]
    here._add(RUN, ["ada", *crowd])
    (dot,) = here.look().dots
    assert dot.people == "somebody and 100 more" and here.look(crowd[-1]).own == {RUN}
    for name in ("ada", *crowd):
        here.call(name, f"I am {name}")
    (dot,) = here.look().dots
    assert dot.people == "I am ada and 100 more"
    taken = here.take_down(dot)
    assert not here.look(crowd[-1]).own
    here.put_up(taken)
    assert here.look().dots == [dot]


def test_nobody_fills_the_wall(engine, monkeypatch):
    here = Wall(engine)
    monkeypatch.setattr(dots, "MAX_DOTS", 10)
    for number in range(3):
        here._add(f"linear-{number:016x}", {"ada"})
    for number in range(3, 30):
        here._add(f"linear-{number:016x}", {"eve"})
    seen = here.look()
    assert [dot.visitor for dot in seen.dots] == ["ada"] * 3 + ["eve"] * 7
    assert seen.dots[-1].run_id == f"linear-{29:016x}" and seen.num_more == 20
    assert here.look("ada").own >= {dot.run_id for dot in seen.dots[:3]}


def test_made_up_visitors_put_out_no_dot(engine, monkeypatch):
    here = Wall(engine)
    monkeypatch.setattr(dots, "MAX_DOTS", 10)
    here._add(RUN, {"ada"})
    for number in range(30):
        here._add(f"linear-{number:016x}", {f"visitor {number}"})
    here._add("linear-00000000000000aa", {"ada"})
    seen = here.look()
    assert {dot.visitor for dot in seen.dots} == {"ada", *(f"visitor {n}" for n in range(9))}
    assert "linear-00000000000000aa" in seen.run_ids and seen.num_more == 22


def test_two_servers_show_the_same(engine, address, small):
    here, there = Wall(engine), Wall(databases.connect(address))
    here.board = Board(True, "beta", "kl")
    there.call("ada", "Countess")
    here._add(RUN, ["ada", "bob"])
    here.show(RUN)
    assert there.board == here.board and there.look().shown == [RUN]
    assert [dot.people for dot in there.look().dots] == ["Countess and 1 more"]
    there.call("ada", "")
    assert {dot.nickname for dot in here.look().dots} == {""}
    there.hide(RUN)
    assert not here.look().shown
    there._engine.dispose()


def test_what_is_old_is_forgotten(engine, monkeypatch):
    here, now = Wall(engine), time.time()
    here.call("ada", "Countess")
    here._add(RUN, {"ada"})
    set_clock(monkeypatch, lambda: now + 3 * 86_400)
    here.call("bob", "Baron")
    here.forget(days=4)
    assert here.nickname("ada") and here.look().dots
    here.forget(days=2)
    assert not here.nickname("ada") and not here.look().dots and here.nickname("bob") == "Baron"


@pytest.mark.parametrize("days", [31, 20_000, -31, -9_000])
@pytest.mark.parametrize("has_run_before", [True, False])
def test_a_clock_that_is_wrong_forgets_nobody(engine, monkeypatch, days, has_run_before):
    here, now = Wall(engine), time.time()
    here.call("ada", "Countess")
    here._add(RUN, {"ada"})
    if has_run_before:
        here.forget(days=30)
    for offset in (days, 0, days, 0):
        set_clock(monkeypatch, lambda ahead=offset: now + ahead * 86_400)
        here.forget(days=30)
        assert here.nickname("ada") == "Countess" and here.look().dots
        here.board = Board(is_open=True)  # which keeps when the last round was
    for day in range(1, 62):
        set_clock(monkeypatch, lambda later=day: now + later * 43_200)
        here.forget(days=30)
    assert not here.nickname("ada") and not here.look().dots


def test_one_dot_is_taken_down_and_put_up_again(engine):
    here = Wall(engine)
    for run_id in (RUN, "linear-fedcba9876543210", "linear-00000000000000aa"):
        here._add(run_id, ["ada", "bob"])
    before = here.look().dots
    taken = here.take_down(before[1])
    assert here.look().dots == [before[0], before[2]]
    here.put_up(taken)
    assert here.look().dots == before
    taken = here.take_down()
    assert not here.look().dots
    here.put_up(taken)
    assert here.look().dots == before


def test_a_database_that_fails_stops_no_training(engine, small, ended, monkeypatch, caplog):
    here = Wall(engine)
    here.board = Board(is_open=True)

    with monkeypatch.context() as patch:
        out_of_order(patch, here)
        here.note_end(ended(small("linear"), "ada"))
        wait(lambda: "could not be put on the wall" in caplog.text, 10)
    here.note_end(ended(small("linear"), "ada"))
    wait(lambda: here.look().dots, 10)


def test_every_axis_has_a_value_of_every_type_or_none(small):
    result = {"held_out": {"reconstruction_mse": 0.1}, "seconds": 3.0}
    for axis in AXES.values():
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

    def page_link(page, *, query_params=None, **rest):  # which knows pages of a navigation only
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
