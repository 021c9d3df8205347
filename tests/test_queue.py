"""The order of runs that wait: fair to visitors, whoever submits how much."""

import itertools
import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import execution
from dashboard.execution import Dispatcher, QueueFull
from dashboard.queue import AHEAD, SOMEBODY, Job, in_turn
from models import settings
from models.runs import RunStore

visitors = st.sampled_from("abcdef")
wanted = st.one_of(st.just({AHEAD}), st.sets(visitors, min_size=1, max_size=3))
queues = st.lists(wanted, max_size=20)


def jobs(wanting, first=0):
    """Jobs in the order of their submission, each wanted by the names given."""
    return [
        Job(None, f"run-{number}", dict.fromkeys(names, math.inf), submitted=float(number))
        for number, names in enumerate(wanting, start=first)
    ]


@given(queues, queues)
def test_every_waiting_job_comes_once_and_visitors_come_before_the_server(waiting, running):
    order = in_turn(jobs(waiting), jobs(running, 100))
    assert sorted(job.run_id for job in order) == sorted(job.run_id for job in jobs(waiting))
    background = [job.background for job in order]
    assert background == sorted(background)


@given(st.lists(visitors, max_size=30), st.lists(visitors, max_size=3))
def test_nobody_has_two_turns_more_than_somebody_who_waits(names, running):
    order = in_turn(jobs({name} for name in names), jobs(({name} for name in running), 100))
    had = {name: running.count(name) for name in "abcdef"}
    for index, job in enumerate(order):
        (name,) = job.wanted_by
        for other in {one for later in order[index:] for one in later.wanted_by}:
            assert had[name] <= had[other]
        had[name] += 1


@given(st.lists(visitors, max_size=30))
def test_one_visitor_s_jobs_keep_their_order(names):
    order = in_turn(jobs({name} for name in names))
    for name in "abcdef":
        submitted = [job.submitted for job in order if name in job.wanted_by]
        assert submitted == sorted(submitted)


@given(st.integers(1, 20), st.integers(0, 20))
def test_many_submissions_delay_another_s_first_by_one_at_most(many, before):
    names = ["a"] * min(before, many) + ["b"] + ["a"] * (many - min(before, many))
    order = [set(job.wanted_by) for job in in_turn(jobs({name} for name in names))]
    assert order.index({"b"}) <= 1
    assert in_turn(jobs([{"a"}, {"a"}, {"b"}]), jobs([{"a"}], 9))[0].wanted_by.keys() == {"b"}


def test_what_several_want_comes_with_the_first_of_them():
    # d has had two turns, a none: what both want comes before what b, with one, wants.
    order = in_turn(jobs([{"b"}, {"a", "d"}]), jobs([{"d"}, {"d"}, {"b"}], 9))
    assert [set(job.wanted_by) for job in order] == [{"a", "d"}, {"b"}]


@pytest.fixture
def dispatcher(tmp_path):
    """A dispatcher without processes: what is submitted stays in the queue."""
    machine = settings.Settings(max_waiting=3, abandon_seconds=60)
    return Dispatcher(RunStore(tmp_path / "runs", 10**9), machine)


@pytest.fixture
def clock(monkeypatch):
    """Moves time on."""
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_positions_are_those_of_the_turns(dispatcher, small):
    own = [dispatcher.submit(small("linear", seed=n), visitor="a") for n in range(3)]
    other = dispatcher.submit(small("linear", seed=9), visitor="b")
    ahead = dispatcher.submit(small("stacked"), background=True)
    places = [dispatcher.position(run_id) for run_id in (own[0], other, *own[1:], ahead)]
    assert places == list(range(5))
    assert dispatcher.num_ahead("c") == 2  # the first of a, the first of b
    assert dispatcher.num_ahead("b") == 3 and dispatcher.num_ahead("a") == 4


def test_the_wait_is_what_is_expected_of_those_before(dispatcher, small):
    for seed, seconds in enumerate((20.0, 30.0)):
        recipe = small("linear", seed=seed)
        dispatcher.submit(recipe, visitor=f"v{seed}", expected_seconds=seconds)
    last = dispatcher.submit(small("linear", seed=7), visitor="z")
    assert dispatcher.expected_wait(last) == 50.0


def test_a_run_leaves_the_queue_with_the_last_who_wants_it(dispatcher, small):
    recipe = small("linear")
    run_id = dispatcher.submit(recipe, visitor="a")
    assert dispatcher.submit(recipe, visitor="b") == run_id
    assert dispatcher.visitors(run_id) == {"a", "b"}
    assert not dispatcher.stop(run_id, "a")
    assert dispatcher.position(run_id) == 0
    assert dispatcher.stop(run_id, "b")
    assert dispatcher.position(run_id) is None


def test_too_many_runs_of_one_visitor_are_refused_and_of_scripts_are_not(dispatcher, small):
    recipes = (small("linear", seed=n) for n in itertools.count())
    for _ in range(3):
        dispatcher.submit(next(recipes), visitor="a")
    with pytest.raises(QueueFull, match="3 runs waiting"):
        dispatcher.submit(next(recipes), visitor="a")
    for _ in range(5):
        dispatcher.submit(next(recipes), visitor=SOMEBODY)
    dispatcher.submit(small("linear", seed=0), visitor="b")  # joins what waits already


def test_what_nobody_looks_at_is_dropped_and_the_rest_kept(dispatcher, small, clock):
    watched, abandoned = (
        dispatcher.submit(small("linear", seed=n), visitor=name) for n, name in enumerate("ab")
    )
    script = dispatcher.submit(small("linear", seed=2))
    ahead = dispatcher.submit(small("linear", seed=3), background=True)
    clock(50)
    dispatcher.attend(watched, "a")
    dispatcher._drop_abandoned()
    assert dispatcher.position(abandoned) is not None
    clock(20)
    dispatcher._drop_abandoned()
    left = [dispatcher.position(one) is not None for one in (watched, abandoned, script, ahead)]
    assert left == [True, False, True, True]


def test_a_run_that_was_left_ends_soon_unless_somebody_looks(dispatcher, small, clock):
    runs = [dispatcher.submit(small("linear", seed=n), visitor="a") for n in range(2)]
    for run_id, recipe in zip(
        runs, (small("linear", seed=0), small("linear", seed=1)), strict=True
    ):
        dispatcher.submit(recipe, visitor="b")
        assert not dispatcher.stop(run_id, "b")
    clock(execution.PRESENT_SECONDS + 1)
    dispatcher.attend(runs[0], "a")
    dispatcher._drop_abandoned()
    assert [dispatcher.position(run_id) for run_id in runs] == [0, None]
    dispatcher.submit(small("linear", seed=0), visitor="b")  # comes back to it
    clock(execution.PRESENT_SECONDS + 1)
    dispatcher._drop_abandoned()
    assert dispatcher.position(runs[0]) == 0


def test_looking_at_a_run_of_the_server_does_not_put_it_before_visitors(dispatcher, small):
    ahead = dispatcher.submit(small("linear"), background=True)
    dispatcher.attend(ahead, "a")
    assert not dispatcher.visitors(ahead)
    assert dispatcher.submit(small("linear"), visitor="a") == ahead
    assert dispatcher.visitors(ahead) == {"a"}
    assert execution.current() is not dispatcher
