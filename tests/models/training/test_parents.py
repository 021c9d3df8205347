"""Runs that begin where others ended: children, where the rate falls, and branches."""

import threading
import time

import pytest

from models.training.trainer import train
from tests.support.training import StopAfter, for_all_ways_of_training, outcome


@for_all_ways_of_training
def test_a_child_starts_where_its_parent_ended(type, small, new_store):
    parent, (once, twice) = small(type, schedule="cosine", epochs=3), (new_store(), new_store())
    child = parent.continue_for(2)
    train(parent, once)
    seen = []
    result = train(child, once, on_event=seen.append)
    assert result["epochs"] == 5 and [event["epoch"] for event in seen] == [3, 4, 5]
    assert train(child, twice)["epochs"] == 5  # trains the missing parent first
    assert twice.run(parent.run_id()).state == "completed"
    assert outcome(once, child) == outcome(twice, child)
    last = once.run(parent.run_id()).events()[-1]
    assert (seen[0]["train"], seen[0]["held_out"]) == (last["train"], last["held_out"])


def test_a_child_waits_for_a_parent_that_somebody_else_trains(small, store):
    parent = small("linear", schedule="cosine", epochs=20)
    child = parent.continue_for(5)
    lease = store.create(parent.run_id(), parent.as_dict()).acquire("somebody else", 20)
    ended = []
    waiting = threading.Thread(target=lambda: ended.append(train(child, store)))
    waiting.start()
    time.sleep(0.5)
    assert not ended
    lease.release()
    waiting.join(timeout=60)
    assert ended[0]["epochs"] == 25
    with store.run(parent.run_id()).acquire("somebody else", 20):
        store.run(parent.run_id()).clear_result()
        assert train(parent.continue_for(6), store, lambda: True)["status"] == "stopped"


def test_a_stopped_child_is_continued(small, new_store):
    child = small("stacked", schedule="cosine").continue_for(4)
    straight, stopped = new_store(), new_store()
    train(child, straight)
    stop_in_child = StopAfter(child, 6 * 3 + 4)
    assert train(child, stopped, stop_in_child)["status"] == "stopped"
    train(child, stopped)
    assert outcome(straight, child) == outcome(stopped, child)


def test_stopping_a_child_stops_the_parent_that_it_waits_for(small, store):
    parent = small("linear", schedule="cosine", epochs=4000)
    child = parent.continue_for(500)
    run = store.create(child.run_id(), child.as_dict())
    run.request_stop()
    assert train(child, store)["status"] == "stopped"
    assert store.run(parent.run_id()).result()["epochs"] < 4000


def test_a_parent_stopped_long_ago_does_not_hold_up_its_child(small, store):
    parent = small("linear", schedule="cosine")
    store.create(parent.run_id(), parent.as_dict()).request_stop()
    train(parent, store)
    assert train(parent.continue_for(2), store)["status"] == "completed"


@for_all_ways_of_training
def test_a_branch_that_changes_nothing_gives_the_parents_numbers(type, trained):
    parent, store = trained.recipe, trained.store
    branch = parent.branch_at(3, {})
    train(branch, store)
    assert branch.run_id() != parent.run_id()
    (ours, *state), (theirs, *same_state) = (outcome(store, one) for one in (branch, parent))
    assert ours == [event for event in theirs if event["epoch"] >= 3] and state == same_state


def test_a_branch_goes_another_way_from_the_same_place(small, store):
    parent = small("variational")
    train(parent, store)
    branch = parent.branch_at(3, {"beta": "4", "epochs": "8"})
    result = train(branch, store)
    ours, theirs = (store.run(one.run_id()).events() for one in (branch, parent))
    assert result["status"] == "completed" and [e["epoch"] for e in ours] == [3, 4, 5, 6, 7, 8]
    kl = [{e["epoch"]: e["held_out"]["kl_nats"] for e in events} for events in (ours, theirs)]
    assert kl[0][3] == kl[1][3] and kl[0][6] < kl[1][6]


@pytest.mark.parametrize("lost", ["parent", "state"])
def test_what_a_branch_begins_with_is_trained_again_where_it_is_lost(small, new_store, lost):
    parent = small("stacked", schedule="cosine")
    branch = parent.branch_at(4, {"learning_rate": "0.01"})  # no state is kept after epoch 4
    twig = branch.branch_at(5, {"learning_rate": "0.001"})
    first, second = new_store(), new_store()
    train(twig, first)
    if lost == "state":
        train(parent, second)
        train(branch, second)
        second.run(branch.run_id()).keep_branch_points(())
    train(twig, second)
    assert outcome(first, twig) == outcome(second, twig)
