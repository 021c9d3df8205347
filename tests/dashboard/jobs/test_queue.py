"""Submitting, joining and leaving, and what is told of the order."""

import itertools
import shutil
import time

import pytest

from dashboard.catalogue.lessons import LESSONS
from dashboard.jobs import execution
from dashboard.jobs.job import AHEAD, HELD, SOMEBODY, TRAINING, WAITING
from dashboard.jobs.queue import PRESENT_SECONDS, Queue, QueueFull
from dashboard.jobs.tasks import OWNER
from models import settings
from models.runs import ownership
from models.runs.store import RunStore
from models.shares import hash_owner


@pytest.fixture
def queue(tmp_path):
    """A queue that nobody works off."""
    machine = settings.Settings(max_waiting=3, max_waiting_behind=4, abandon_seconds=60)
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


def test_a_run_that_was_removed_in_training_can_be_left(small, queue):
    run_id = queue.submit(small("linear"), visitor="ada")
    queue._jobs[run_id].state = TRAINING
    shutil.rmtree(queue.store.run(run_id).folder)
    assert queue.stop(run_id, "ada")
    assert not queue.visitors(run_id)


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


# Behind all others: what the server trains ahead, and comparisons over several seeds


def compare(queue, recipe, visitor):
    return queue.submit(recipe, visitor=visitor, background=True)


@pytest.mark.parametrize("state", [WAITING, TRAINING])
def test_who_stops_withdraws_no_wish_but_his_or_her_own(queue, small, state):
    recipe = small("linear")
    run_id = queue.submit(recipe, background=True)
    for name in "ab":
        compare(queue, recipe, name)
    queue.submit(recipe, visitor="c")
    job, run = queue._jobs[run_id], queue.store.run(run_id)
    job.state = state
    assert not queue.is_background(run_id) and queue.visitors(run_id) == {"a", "b", "c"}
    for name in ("stranger", "c", "stranger", "a"):
        assert not queue.stop(run_id, name)
    assert queue.is_background(run_id) and job.names == {AHEAD, "b"}
    assert not queue.stop(run_id, "b") and not queue.stop(run_id, "stranger")
    assert queue.position(run_id) is not None and not run.stop_requested, "it is the server's"
    assert queue.stop(run_id) and (run_id not in queue._jobs or run.stop_requested)


def test_a_comparison_ends_with_the_last_who_wants_it(queue, small):
    run_id = compare(queue, small("linear"), "a")
    assert queue.is_background(run_id) and queue.visitors(run_id) == {"a"}
    assert queue.stop(run_id, "a") and queue.position(run_id) is None


def test_looking_at_a_comparison_asks_for_nothing_and_keeps_one_s_own(queue, small, clock):
    own, other = (compare(queue, small("linear", seed=n), name) for n, name in enumerate("ab"))
    queue.touch_viewer(other, "a")
    assert queue.visitors(other) == {"b"}
    for _minute in range(3):
        clock(50)
        queue.touch_viewer("linear-0123456789abcdef", "a")  # looks at something else meanwhile
        queue._drop_abandoned()
    assert [queue.position(one) is not None for one in (own, other)] == [True, False]


def test_who_wants_a_run_of_a_comparison_at_once_has_it_before_the_others(queue, small):
    first, second = (compare(queue, small("linear", seed=n), "a") for n in range(2))
    queue.submit(small("linear", seed=1), visitor="a")
    assert [queue.position(one) for one in (second, first)] == [0, 1]
    compare(queue, small("linear", seed=1), "a")
    assert not queue.is_background(second), "which does not take that back"
    assert queue.stop(second, "a") and queue.position(second) is None


def test_too_many_runs_of_one_visitor_s_comparisons_are_refused(queue, small):
    for name in "ab":  # the same for both: who joins what waits counts as well
        for seed in range(4):
            compare(queue, small("linear", seed=seed), name)
            compare(queue, small("linear", seed=seed), name)  # is asked for already
        with pytest.raises(QueueFull, match="4 runs of comparisons waiting"):
            compare(queue, refused := small("linear", seed=9), name)
    assert not queue.store.run(refused.run_id()).folder.exists()
    for seed in range(3):
        queue.submit(small("linear", seed=seed), visitor="a")
    with pytest.raises(QueueFull, match="3 runs waiting"):  # not round the limit of single runs
        queue.submit(small("linear", seed=3), visitor="a")


def test_what_another_server_trains_ahead_no_visitor_of_this_one_stops(queue, small):
    recipe = small("linear")
    run = queue.store.create(recipe.run_id(), recipe.as_dict())
    with run.acquire(f"{OWNER} 4711", 10):
        run.watch("a")
        assert not queue.stop(run.id, "a") and not run.stop_requested


# How fast


def pace_of(queue, run_id):
    return queue._jobs[run_id].at_least_seconds


def test_who_wants_a_run_soonest_sets_its_pace_while_he_or_she_wants_it(queue, small, clock):
    recipe = small("linear")
    run_id = queue.submit(recipe, visitor="mallory", at_least_seconds=120)
    assert pace_of(queue, run_id) == 120
    queue.submit(recipe, visitor="alice", at_least_seconds=8)
    queue.submit(recipe, visitor="bob", at_least_seconds=30)
    assert pace_of(queue, run_id) == 8
    queue.submit(recipe, visitor="bob", at_least_seconds=0)  # has chosen another one
    assert pace_of(queue, run_id) == 0
    assert not queue.stop(run_id, "bob") and pace_of(queue, run_id) == 8
    clock(PRESENT_SECONDS + 1)
    queue.touch_viewer(run_id, "mallory")
    queue._drop_abandoned()  # Alice has gone without a word
    assert pace_of(queue, run_id) == 120


def test_who_only_looks_sets_no_pace_and_waits_for_nobody_s_who_has_left(queue, small):
    run_id = queue.submit(small("linear"), visitor="mallory", at_least_seconds=120)
    queue.touch_viewer(run_id, "alice")
    assert pace_of(queue, run_id) == 120
    assert not queue.stop(run_id, "mallory") and queue.visitors(run_id) == {"alice"}
    assert pace_of(queue, run_id) == 0
    queue.touch_viewer(run_id, "mallory")  # looks on
    assert pace_of(queue, run_id) == 0


def test_a_visitor_may_watch_slowly_what_the_server_trains_ahead(queue, small):
    run_id = queue.submit(small("linear"), background=True)
    queue.submit(small("linear"), visitor="ada", at_least_seconds=30)
    assert pace_of(queue, run_id) == 30
    assert not queue.stop(run_id, "ada") and pace_of(queue, run_id) == 0


def test_what_was_cancelled_and_is_asked_for_again_has_a_new_pace(queue, small):
    run_id = queue.submit(small("linear"), visitor="ada")
    queue._jobs[run_id].state = TRAINING
    queue.stop(run_id)
    queue.submit(small("linear"), visitor="bob", at_least_seconds=30)
    assert pace_of(queue, run_id) == 30
