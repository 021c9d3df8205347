"""The same numbers whatever happens while a network trains."""

import itertools
import random
import threading
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.training import session, step_trace
from models.training.trainer import train
from tests.support.soak import soaking
from tests.support.training import StopAfter, for_all_ways_of_training, forget, outcome


@pytest.mark.parametrize("name", soaking(("variational", "linear"), ("variational",)))
def test_another_thread_s_draws_change_nothing(name, small, new_store):
    recipe, (quiet, disturbed), done = small(name), (new_store(), new_store()), threading.Event()
    train(recipe, quiet)

    def disturb():
        while not done.is_set():
            # Seldom, as every new seed makes TensorFlow forget its kernels, which is slow.
            keras.utils.set_random_seed(random.randrange(1000))
            for _ in range(50):
                tf.random.normal((10,))
                keras.random.normal((10,))
                np.random.normal(size=10)
                done.wait(0.02)

    thread = threading.Thread(target=disturb)
    thread.start()
    forget(recipe)  # compiled and given its initial weights amid the disturbance, too
    try:
        train(recipe, disturbed)
    finally:
        done.set()
        thread.join()
    assert outcome(quiet, recipe) == outcome(disturbed, recipe)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("steps", [0, 1, 7, 9])
def test_a_stop_at_any_step_loses_nothing(small, new_store, monkeypatch, steps, schedule):
    monkeypatch.setattr(session, "CHUNK_SECONDS", 1e-9)  # one step per chunk
    recipe, (straight, stopped) = (
        small("variational", schedule=schedule),
        (new_store(), new_store()),
    )
    train(recipe, straight)
    result = train(recipe, stopped, StopAfter(recipe, steps))
    assert (result["status"], result["epochs"]) == ("stopped", steps // 3)
    assert stopped.run(recipe.run_id()).state == "stopped"
    assert [event["epoch"] for event in stopped.run(recipe.run_id()).events()][-1] == steps // 3
    assert train(recipe, stopped)["status"] == "completed"
    assert outcome(straight, recipe) == outcome(stopped, recipe)


@for_all_ways_of_training
def test_a_crash_loses_at_most_the_epochs_since_the_checkpoint(type, trained, store, monkeypatch):
    recipe = trained.recipe

    def crash(event):
        if event["epoch"] == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(session, "CHECKPOINT_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, store, on_event=crash)
    run = store.run(recipe.run_id())
    assert run.state == "interrupted" and run.checkpoint()[1]["epoch"] == 3
    train(recipe, store)
    assert outcome(trained.store, recipe) == outcome(store, recipe)


@for_all_ways_of_training
def test_watching_does_not_change_the_numbers(type, small, new_store, monkeypatch):
    recipe, (unseen, seen) = small(type), (new_store(), new_store())
    monkeypatch.setattr(session, "CHUNK_SECONDS", 1e-9)  # pictures after every single step
    train(recipe, seen)
    monkeypatch.undo()
    monkeypatch.setattr(session, "is_recorded", lambda epoch: False)
    monkeypatch.setattr(session, "is_pictured", lambda epoch: False)
    train(recipe, unseen)
    assert len(unseen.run(recipe.run_id()).events()) == 2
    assert outcome(seen, recipe)[1] == outcome(unseen, recipe)[1]
    assert outcome(seen, recipe)[0][-1] == outcome(unseen, recipe)[0][-1]


@pytest.mark.parametrize("name", soaking(("linear", "adversarial"), ("linear",)))
def test_telling_of_a_step_in_slow_motion_changes_no_number(
    name, small, with_recorded_steps, new_store, monkeypatch
):
    recipe, (telling, silent) = small(name), (new_store(), new_store())
    train(recipe, telling)
    monkeypatch.setattr(step_trace, "trace_step", lambda *_arguments: {"x": np.array(np.nan)})
    train(recipe, silent)
    assert outcome(telling, recipe) == outcome(silent, recipe)
    first, nothing = (one.run(recipe.run_id()).step("first") for one in (telling, silent))
    assert first and nothing is None, "what is not finite is not told"


def test_a_slower_pace_leaves_the_numbers_as_they_are(small, new_store):
    recipe, (fast, slow) = small("linear", epochs=12), (new_store(), new_store())
    train(recipe, fast)
    began = time.perf_counter()
    train(recipe, slow, at_least_seconds=lambda: 1.5)
    assert time.perf_counter() - began > 1.2
    assert outcome(fast, recipe) == outcome(slow, recipe)


def test_a_pace_that_changes_in_training_is_kept_and_changes_no_number(small, new_store):
    recipe, (fast, changed) = small("linear", epochs=12), (new_store(), new_store())
    train(recipe, fast)
    asked, began = itertools.count(), time.perf_counter()

    def pace():  # a hundred seconds an epoch, until it is asked for the fourth time
        return 1200.0 if next(asked) < 3 else 0.0

    train(recipe, changed, at_least_seconds=pace)
    assert time.perf_counter() - began < 90 and next(asked) > 4
    assert outcome(fast, recipe) == outcome(changed, recipe)


def test_a_slow_run_stops_at_once(small, store):
    recipe, began = small("linear"), time.perf_counter()
    stop = StopAfter(recipe, 6)
    result = train(recipe, store, stop, at_least_seconds=lambda: 600.0)
    assert result["status"] == "stopped" and time.perf_counter() - began < 100
