"""Submitting, joining and leaving, and what is told of the order."""

import itertools
import time

import pytest

from dashboard.catalogue.lessons import LESSONS
from dashboard.jobs import execution
from dashboard.jobs.job import HELD, SOMEBODY
from dashboard.jobs.queue import PRESENT_SECONDS, Queue, QueueFull
from models import settings
from models.runs import ownership
from models.runs.store import RunStore
from models.shares import hash_owner


@pytest.fixture
def queue(tmp_path):
    """A queue that nobody works off."""
    machine = settings.Settings(max_waiting=3, abandon_seconds=60)
    return Queue(RunStore(tmp_path / "runs", 10**9), machine)


@pytest.fixture
def clock(monkeypatch):
    """Moves time on."""
    now = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def pass_by(seconds):
        now[0] += seconds

    return pass_by


def test_positions_are_those_of_the_turns(queue, small):
    own = [queue.submit(small("linear", seed=n), visitor="a") for n in range(3)]
    other = queue.submit(small("linear", seed=9), visitor="b")
    ahead = queue.submit(small("stacked"), background=True)
    places = [queue.position(run_id) for run_id in (own[0], other, *own[1:], ahead)]
    assert places == list(range(5))
    assert queue.num_ahead("c") == 2  # the first of a, the first of b
    assert queue.num_ahead("b") == 3 and queue.num_ahead("a") == 4


def test_a_run_leaves_the_queue_with_the_last_who_wants_it(queue, small):
    recipe = small("linear")
    run_id = queue.submit(recipe, visitor="a")
    assert queue.submit(recipe, visitor="b") == run_id
    assert queue.visitors(run_id) == {"a", "b"}
    assert not queue.stop(run_id, "a")
    assert queue.position(run_id) == 0
    assert queue.stop(run_id, "b")
    assert queue.position(run_id) is None


def test_too_many_runs_of_one_visitor_are_refused_and_of_scripts_are_not(queue, small):
    recipes = (small("linear", seed=n) for n in itertools.count())
    for _ in range(3):
        queue.submit(next(recipes), visitor="a")
    with pytest.raises(QueueFull, match="3 runs waiting"):
        queue.submit(refused := next(recipes), visitor="a")
    assert not queue.store.run(refused.run_id()).folder.exists()
    for _ in range(5):
        queue.submit(next(recipes), visitor=SOMEBODY)
    queue.submit(small("linear", seed=0), visitor="b")  # joins what waits already


def test_what_nobody_looks_at_is_dropped_and_the_rest_kept(queue, small, clock):
    watched, abandoned = (
        queue.submit(small("linear", seed=n), visitor=name) for n, name in enumerate("ab")
    )
    script = queue.submit(small("linear", seed=2))
    ahead = queue.submit(small("linear", seed=3), background=True)
    clock(50)
    queue.touch_viewer(watched, "a")
    queue._drop_abandoned()
    assert queue.position(abandoned) is not None
    clock(20)
    queue._drop_abandoned()
    left = [queue.position(one) is not None for one in (watched, abandoned, script, ahead)]
    assert left == [True, False, True, True]


def test_a_run_that_was_left_ends_soon_unless_somebody_looks(queue, small, clock):
    runs = [queue.submit(small("linear", seed=n), visitor="a") for n in range(2)]
    for run_id, recipe in zip(
        runs, (small("linear", seed=0), small("linear", seed=1)), strict=True
    ):
        queue.submit(recipe, visitor="b")
        assert not queue.stop(run_id, "b")
    clock(PRESENT_SECONDS + 1)
    queue.touch_viewer(runs[0], "a")
    queue._drop_abandoned()
    assert [queue.position(run_id) for run_id in runs] == [0, None]
    queue.submit(small("linear", seed=0), visitor="b")  # comes back to it
    clock(PRESENT_SECONDS + 1)
    queue._drop_abandoned()
    assert queue.position(runs[0]) == 0


def test_looking_at_a_run_of_the_server_does_not_put_it_before_visitors(queue, small):
    ahead = queue.submit(small("linear"), background=True)
    queue.touch_viewer(ahead, "a")
    assert not queue.visitors(ahead)
    assert queue.submit(small("linear"), visitor="a") == ahead
    assert queue.visitors(ahead) == {"a"}
    assert execution.current() is not queue


def test_who_leaves_what_another_server_trains_does_not_stop_it(small, queue):
    run = queue.store.run(queue.submit(small("linear"), visitor="ada"))
    queue._jobs[run.id].state = HELD
    with run.acquire("another server", 10):
        assert not queue.stop(run.id, "ada")
        assert not run.stop_requested and not queue.visitors(run.id)


def test_who_leaves_what_others_look_at_elsewhere_does_not_stop_it(small, queue, monkeypatch):
    run = queue.store.create(*(lambda one: (one.run_id(), one.as_dict()))(small("linear")))
    with run.acquire("another server", 10):
        run.watch("ada")
        run.watch("bob")
        assert not queue.stop(run.id, "ada") and not run.stop_requested
        monkeypatch.setattr(
            "models.runs.run.WATCH_SECONDS", -1
        )  # bob has not been heard of for long
        assert queue.stop(run.id, "ada") and run.stop_requested


def test_a_run_is_owned_by_all_visitors_who_ask_for_it(queue, small):
    recipe = small("linear")
    for ask in ({"background": True}, {"visitor": SOMEBODY}, {"visitor": "a"}, {"visitor": "b"}):
        run = queue.store.run(queue.submit(recipe, **ask))
    assert set(ownership.owners(run)) == {hash_owner("a"), hash_owner("b")}
    assert not ownership.begins_lesson(run)


def test_runs_that_lessons_begin_with_are_marked(queue):
    first = LESSONS[1].recipe
    assert ownership.begins_lesson(queue.store.run(queue.submit(first, visitor="a")))
