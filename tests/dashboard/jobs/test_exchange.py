"""Several servers' queues as one: order, joining, leaving, cancelling, and what outlives a server.

The servers here have no processes: what they would give to which worker is what counts.
"""

import itertools
import time

import pytest
import sqlalchemy
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dashboard.database import databases
from dashboard.database.databases import DatabaseError
from dashboard.jobs import exchange
from dashboard.jobs.cluster.base import Worker
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.jobs.exchange import GONE_SECONDS, Exchange
from dashboard.jobs.job import WAITING
from models import settings
from models.runs.store import RunStore
from models.training.few_labels import Study
from tests.support.clocks import set_clock

PATIENCE = 300.0


class Lab:
    """One web server of a cluster with some idle workers."""

    def __init__(self, store, engine, num_workers=1, shared=True):
        elsewhere = {"scheduler": "tcp://nowhere:8786", "plain_scheduler": 1} if shared else {}
        machine = settings.Settings(**elsewhere)
        self.dispatcher = Dispatcher(store, machine, Exchange(engine, PATIENCE))
        self.workers = [Worker(f"w{n}", address=f"w{n}", gpu="") for n in range(num_workers)]
        self.dispatcher._cluster.workers = self.workers
        self.dispatcher._cluster.submit = lambda worker, *_rest: setattr(worker, "key", "task")

    def swap(self):
        self.dispatcher._swap()

    def gives(self):
        """The runs that it hands to workers now."""
        before = set(self.dispatcher._workers)
        self.dispatcher._give_work()
        return sorted(set(self.dispatcher._workers) - before)

    def is_asked_for(self, run_id):
        return run_id in self.dispatcher._jobs

    def ends(self, run_id, status="completed"):
        """A worker's answer."""
        job, worker = self.dispatcher._jobs[run_id], self.dispatcher._workers[run_id]
        worker.key = None
        answer = {"status": status, "seconds": 1.0, "memory_bytes": 0}
        self.dispatcher._done(job, worker, answer)


@pytest.fixture
def two(store, engine):
    """A function that starts two servers."""
    return lambda **about: [Lab(store, engine, **about) for _ in range(2)]


@pytest.fixture
def clock(monkeypatch):
    """A function that lets Unix time pass."""
    passed = [0.0]
    real = time.time
    set_clock(monkeypatch, lambda: real() + passed[0])

    def let_pass(seconds):
        passed[0] += seconds

    return let_pass


def in_touch(*labs):
    """Everybody has read what everybody has posted."""
    for lab in (*labs, *labs):
        lab.swap()


def test_what_waits_has_one_order_on_all_servers(two, small):
    here, there = two()
    mine = [here.dispatcher.submit(small("linear", seed=n), visitor="ada") for n in range(3)]
    hers = there.dispatcher.submit(small("linear", seed=9), visitor="bob")
    in_touch(here, there)
    order = [mine[0], hers, mine[1], mine[2]]
    for lab in (here, there):
        assert list(lab.dispatcher.wanted()) == order
        assert [lab.dispatcher.position(one) for one in order] == [0, 1, 2, 3]
    assert here.dispatcher.num_ahead("eve") == 2, "she comes behind everybody's first"


def test_a_worker_gets_what_is_next_whoever_s_it_is(two, small):
    here, there = two()
    mine = [here.dispatcher.submit(small("linear", seed=n), visitor="ada") for n in range(2)]
    hers = there.dispatcher.submit(small("linear", seed=9), visitor="bob")
    in_touch(here, there)
    assert there.gives() == [] and here.gives() == [mine[0]]
    here.ends(mine[0])
    in_touch(here, there)
    assert here.gives() == [] and there.gives() == [hers]
    there.ends(hers)
    in_touch(here, there)
    assert here.gives() == [mine[1]]


def test_several_workers_are_dealt_to_all_servers_at_once(two, small):
    here, there = two(num_workers=2)
    mine = here.dispatcher.submit(small("linear", seed=1), visitor="ada")
    hers = there.dispatcher.submit(small("linear", seed=2), visitor="bob")
    in_touch(here, there)
    assert here.gives() == [mine] and there.gives() == [hers]
    assert here.dispatcher._workers[mine].name != there.dispatcher._workers[hers].name


def test_what_the_server_trains_by_itself_comes_after_visitors_of_all_servers(two, small):
    here, there = two()
    ahead = here.dispatcher.submit(small("linear", seed=1), background=True)
    hers = there.dispatcher.submit(small("linear", seed=2), visitor="bob")
    in_touch(here, there)
    assert here.gives() == [] and there.gives() == [hers]
    there.ends(hers)
    in_touch(here, there)
    assert here.gives() == [ahead]
    there.dispatcher.submit(small("linear", seed=3), visitor="bob")
    in_touch(here, there)
    here.dispatcher._make_way()
    assert here.dispatcher.store.run(ahead).stop_requested


def test_who_looks_at_what_waits_elsewhere_waits_for_it_too(two, small):
    here, there = two()
    run_id = here.dispatcher.submit(small("linear"), visitor="ada")
    in_touch(here, there)
    there.dispatcher.touch_viewer(run_id, "bob")
    in_touch(here, there)
    assert here.dispatcher.visitors(run_id) == there.dispatcher.visitors(run_id) == {"ada", "bob"}
    assert not here.dispatcher.stop(run_id, "ada")
    assert not here.is_asked_for(run_id)
    in_touch(here, there)
    assert there.dispatcher.visitors(run_id) == {"bob"} and there.gives() == [run_id]


def test_a_fresh_database_ends_nothing_that_others_want(two, small, engine, clock):
    here, there = two()
    run_id = here.dispatcher.submit(small("linear"), visitor="ada")
    run = here.dispatcher.store.run(run_id)
    here.gives()
    in_touch(here, there)
    there.dispatcher.submit(small("linear"), visitor="bob")
    in_touch(here, there)
    here.dispatcher.stop(run_id, "ada")
    with engine.begin() as connection:
        connection.execute(databases.POSTS.delete())
        connection.execute(databases.SERVERS.delete())
    here.swap()
    assert not run.stop_requested, "bob's server has not posted again yet"
    in_touch(here, there)
    assert here.dispatcher.visitors(run_id) == {"bob"}
    clock(GONE_SECONDS + 1)
    there.dispatcher.stop(run_id, "bob")
    in_touch(here, there)
    assert run.stop_requested


def test_a_run_in_training_ends_with_the_last_who_wants_it_anywhere(two, small):
    here, there = two()
    run_id = here.dispatcher.submit(small("linear"), visitor="ada")
    run = here.dispatcher.store.run(run_id)
    here.gives()
    in_touch(here, there)
    there.dispatcher.submit(small("linear"), visitor="bob")
    assert there.gives() == [], "it is trained already"
    in_touch(here, there)
    assert not here.dispatcher.stop(run_id, "ada") and not run.stop_requested
    in_touch(here, there)
    assert not run.stop_requested and here.dispatcher.visitors(run_id) == {"bob"}
    assert not there.dispatcher.stop(run_id, "bob")
    in_touch(here, there)
    assert run.stop_requested
    here.ends(run_id, "stopped")
    in_touch(here, there)
    assert not here.is_asked_for(run_id) and not there.is_asked_for(run_id)


def test_what_is_cancelled_on_one_server_ends_on_all(two, small):
    here, there = two()
    trained, waiting = (
        here.dispatcher.submit(small("linear", seed=n), visitor="ada") for n in range(2)
    )
    here.gives()
    in_touch(here, there)
    for run_id in (trained, waiting):
        there.dispatcher.touch_viewer(run_id, "bob")
    in_touch(here, there)
    for run_id in (trained, waiting):
        assert there.dispatcher.stop(run_id)
    in_touch(here, there)
    assert here.dispatcher.store.run(trained).stop_requested
    here.ends(trained, "stopped")
    in_touch(here, there)
    assert not any(lab.is_asked_for(one) for lab in (here, there) for one in (trained, waiting))
    here.dispatcher.submit(small("linear", seed=1), visitor="ada")
    in_touch(here, there)
    assert here.gives() == [waiting], "who asks again is heard"


def test_a_post_that_is_missing_is_not_cancelled_but_posted_again(two, small, engine):
    here, there = two()
    run_id = here.dispatcher.submit(small("linear"), visitor="ada")
    in_touch(here, there)
    with engine.begin() as connection:  # as in a database that was brought back from a backup
        connection.execute(databases.POSTS.delete())
    in_touch(here, there)
    assert here.is_asked_for(run_id) and list(there.dispatcher.wanted()) == [run_id]


@pytest.mark.parametrize("gracefully", [True, False])
def test_what_a_server_leaves_behind_is_taken_over_once(
    gracefully, store, engine, small, clock, monkeypatch
):
    gone, first, second = (Lab(store, engine) for _ in range(3))
    runs = [gone.dispatcher.submit(small("linear", seed=n), visitor="ada") for n in range(2)]
    study = Study(small("stacked"))
    runs.append(gone.dispatcher.submit(study, visitor="ada"))
    gone.gives()
    in_touch(gone, first, second)
    if gracefully:
        gone.dispatcher._exchange.leave()
    else:
        first.swap()
        assert not first.is_asked_for(runs[1]), "a slow server is no dead one"
        clock(GONE_SECONDS + 1)
    in_touch(first, second)
    for run_id in runs:
        takers = [
            lab
            for lab in (first, second)
            if run_id in [one.run_id for one in lab.dispatcher._own(WAITING)]
        ]
        assert len(takers) == 1 and takers[0].dispatcher._jobs[run_id].wanted_by.keys() == {"ada"}
    (recipe,) = (
        job.recipe
        for lab in (first, second)
        for job in lab.dispatcher._own(WAITING)
        if job.run_id == runs[2]
    )
    assert recipe == study


def test_a_server_that_starts_again_knows_who_waited(store, engine, small):
    before = Lab(store, engine, shared=False)
    run_id = before.dispatcher.submit(small("linear"), visitor="ada")
    ahead = before.dispatcher.submit(small("linear", seed=2), background=True)
    before.swap()
    before.dispatcher._exchange.leave()
    after = Lab(store, engine, shared=False)
    after.swap()
    assert after.dispatcher.visitors(run_id) == {"ada"} and after.gives() == [run_id]
    assert not after.is_asked_for(ahead), "it asks for these itself"


def test_what_was_left_behind_long_ago_is_forgotten(store, engine, small, clock):
    before = Lab(store, engine)
    run_id = before.dispatcher.submit(small("linear"), visitor="ada")
    before.swap()
    clock(PATIENCE + GONE_SECONDS + 1)
    after = Lab(store, engine)
    after.swap()
    assert not after.is_asked_for(run_id)
    with engine.connect() as connection:
        assert connection.execute(exchange.select(databases.POSTS)).all() == []


def test_a_server_that_was_taken_for_dead_is_heard_again(two, small, clock):
    here, there = two()
    run_id = here.dispatcher.submit(small("linear"), visitor="ada")
    in_touch(here, there)
    clock(GONE_SECONDS + 1)  # a suspended machine
    there.swap()
    assert there.is_asked_for(run_id)
    in_touch(here, there)
    assert here.is_asked_for(run_id) and here.dispatcher.visitors(run_id) == {"ada"}
    assert list(here.dispatcher.wanted()) == list(there.dispatcher.wanted()) == [run_id]


def test_servers_with_workers_of_their_own_do_not_wait_for_each_other(two, small):
    here, there = two(shared=False)
    mine = here.dispatcher.submit(small("linear", seed=1), visitor="ada")
    hers = there.dispatcher.submit(small("linear", seed=2), visitor="bob")
    in_touch(here, there)
    assert here.gives() == [mine] and there.gives() == [hers]


def test_without_its_database_a_server_goes_on_by_itself(two, small, monkeypatch):
    here, there = two()
    there.dispatcher.submit(small("linear", seed=1), visitor="bob")
    in_touch(here, there)
    mine = here.dispatcher.submit(small("linear", seed=2), visitor="ada")
    assert here.gives() == []

    def fail(*_jobs):
        here.dispatcher._closing = True
        raise DatabaseError("away")

    monkeypatch.setattr(here.dispatcher._exchange, "swap", fail)
    here.dispatcher._keep_in_touch()
    assert here.gives() == [mine]
    assert here.dispatcher.stop(mine) and here.dispatcher.store.run(mine).stop_requested


def test_what_was_not_written_counts_neither_as_posted_nor_as_cancelled(two, small, monkeypatch):
    here, there = two()
    ended = here.dispatcher.submit(small("linear", seed=1), visitor="ada")
    in_touch(here, there)
    waiting = here.dispatcher.submit(small("linear", seed=2), visitor="ada")

    def fail(*_arguments):
        raise sqlalchemy.exc.OperationalError("read", {}, OSError("gone"))

    with monkeypatch.context() as patch:
        patch.setattr(here.dispatcher._exchange, "_read", fail)
        with pytest.raises(DatabaseError):
            here.swap()
    here.dispatcher.stop(ended, "ada")
    in_touch(here, there)
    assert here.is_asked_for(waiting) and list(there.dispatcher.wanted()) == [waiting]


def test_what_another_version_has_posted_is_passed_over(two, small, engine, caplog):
    exchange._parsed.cache_clear()  # it complains once only
    here, there = two()
    with engine.begin() as connection:
        texts = ("no JSON", '{"recipe": {"type": "futuristic"}}')
        for number, text in enumerate(texts):
            row = {
                "server": "other",
                "run_id": f"linear-{number:016x}",
                "state": "waiting",
                "job": text,
            }
            connection.execute(databases.POSTS.insert().values(**row))
        databases.put(connection, databases.SERVERS, name="other", at=time.time(), turn=0)
    mine = here.dispatcher.submit(small("linear"), visitor="ada")
    in_touch(here, there)
    assert here.gives() == [mine] and "unknown here" in caplog.text


asked = st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("uvwxyz")), max_size=12)


@given(wishes=asked)
@hypothesis_settings(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_all_is_trained_once_and_nobody_waits_for_two_of_another_s(wishes, tmp_path, small):
    # Visitors of both servers ask for runs of their own; one worker takes them as they come.
    folder = tmp_path / str(time.monotonic_ns())
    folder.mkdir()
    engine = databases.connect(f"sqlite:///{folder / 'lab.sqlite'}")
    labs = {name: Lab(RunStore(folder / "runs", 10**9), engine) for name in "ab"}
    whose, visits = {}, itertools.count()
    for server, visitor in wishes:
        recipe, visitor = small("linear", seed=next(visits)), f"{visitor}@{server}"
        asked = sum(one == visitor for one in whose.values())
        if asked < labs[server].dispatcher.machine.max_waiting:
            whose[labs[server].dispatcher.submit(recipe, visitor=visitor)] = visitor
    trained = []
    while len(trained) < len(whose):
        in_touch(*labs.values())
        given = [(lab, run_id) for lab in labs.values() for run_id in lab.gives()]
        assert len(given) == 1, "a worker is never idle, and never has two runs"
        (lab, run_id), *_rest = given
        lab.ends(run_id)
        trained.append(run_id)
    assert sorted(trained) == sorted(whose)
    order = [whose[run_id] for run_id in trained]
    for place, visitor in enumerate(order):
        if visitor not in order[:place]:  # a first run
            before = order[:place]
            assert all(before.count(one) <= 1 for one in before)
    engine.dispose()


def test_who_wants_a_run_soonest_on_any_server_sets_its_pace(two, small):
    here, there = two()
    recipe, (mine, theirs) = small("linear"), (here.dispatcher, there.dispatcher)
    run_id = mine.submit(recipe, visitor="mallory", at_least_seconds=120)
    here.gives()
    in_touch(here, there)
    theirs.touch_viewer(run_id, "bob")
    in_touch(here, there)
    assert mine._jobs[run_id].at_least_seconds == 120, "who only looks sets no pace"
    theirs.submit(recipe, visitor="alice", at_least_seconds=8)
    in_touch(here, there)
    assert [one._jobs[run_id].at_least_seconds for one in (mine, theirs)] == [8, 8]
    mine._tell_paces()
    assert mine.store.run(run_id).asked_pace == 8
    theirs.stop(run_id, "alice")
    in_touch(here, there)
    assert mine._jobs[run_id].at_least_seconds == 120
    mine.stop(run_id, "mallory")
    in_touch(here, there)
    assert mine._jobs[run_id].at_least_seconds == 0


def test_whose_server_has_ended_keeps_his_or_her_pace(store, engine, small):
    before, after = Lab(store, engine), Lab(store, engine)
    run_id = before.dispatcher.submit(small("linear"), visitor="ada", at_least_seconds=30)
    before.dispatcher.touch_viewer(run_id, "bob")
    before.swap()
    before.dispatcher._exchange.leave()
    after.swap()
    assert after.dispatcher._jobs[run_id].at_least_seconds == 30
    after.dispatcher.stop(run_id, "ada")
    assert after.dispatcher._jobs[run_id].at_least_seconds == 0


def test_paces_of_several_other_servers_are_heard(store, engine, small):
    here, second, third = labs = [Lab(store, engine) for _ in range(3)]
    recipes = [small("linear", seed=seed) for seed in range(2)]
    for recipe, paces in zip(recipes, ((120, 8, 30), (120, 30, 8)), strict=True):
        for lab, name, pace in zip(labs, ("ada", "bob", "eve"), paces, strict=True):
            lab.dispatcher.submit(recipe, visitor=name, at_least_seconds=pace)
    in_touch(here, second, third)
    found = [here.dispatcher._jobs[one.run_id()].at_least_seconds for one in recipes]
    assert found == [8, 8]
