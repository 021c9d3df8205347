"""Training: the same numbers whatever happens in between, and an end that says what happened."""

import dataclasses
import itertools
import math
import random
import threading
import time
from collections import OrderedDict
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from models import settings
from models.autoencoders import registry
from models.autoencoders.base.autoencoder import Autoencoder
from models.data import loading
from models.evaluation import pca
from models.runs.lease import LeaseHeld
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training import compiled_model, devices, estimates, schedules, session
from models.training.recording import branch_epochs, is_pictured, is_recorded
from models.training.schedules import CosineOrConstant
from models.training.trainer import train
from tests.support.pages import numbers as events_of
from tests.support.pages import soaking

RESULT_KEYS = {"status", "epochs", "train", "held_out", "diagnostics", "pca", "seconds"}
RESULT_KEYS |= {"images_per_second", "device", "num_parameters", "versions"}


VARIED = ("linear", "variational", "tied", "recurrent", "vector_quantized", "adversarial")
"""Types in which training itself differs: nothing special, noise, stages, steps without XLA, what
is learned without a gradient, several optimisers."""


for_all_ways_of_training = pytest.mark.parametrize(
    "type", [registry.by_name(name) for name in VARIED], ids=VARIED, indirect=True, scope="module"
)
for_all_types = pytest.mark.parametrize(
    "type", soaking(registry.FAMILY, VARIED), indirect=True, scope="module"
)


@pytest.fixture
def new_store(tmp_path_factory):
    """A function that makes an empty store."""
    return lambda: RunStore(tmp_path_factory.mktemp("runs"), max_bytes=10**9)


@dataclasses.dataclass(frozen=True)
class Trained:
    """A run that tests look at, and leave as it is."""

    recipe: Recipe
    store: RunStore
    result: dict
    seen: list

    @property
    def run(self):
        return self.store.run(self.recipe.run_id())


@pytest.fixture(scope="module")
def trained(type, small, tmp_path_factory):
    """The small recipe of each type, freshly compiled and trained without any disturbance."""
    recipe, store = small(type), RunStore(tmp_path_factory.mktemp("runs"), max_bytes=10**9)
    forget(recipe)
    seen = []
    return Trained(recipe, store, train(recipe, store, on_event=seen.append), seen)


def numbers(store, recipe):
    """What a run's training determined: events without times, and the last checkpoint."""
    run = store.run(recipe.run_id())
    arrays, meta = run.checkpoint()
    return events_of(run), {name: array.tobytes() for name, array in arrays.items()}, meta["epoch"]


def forget(recipe):
    """Lets the next training of the recipe compile its model again."""
    compiled_model._models.pop(compiled_model.CompiledModel.graph_key(recipe, "/CPU:0"), None)


def further(recipe, epochs):
    return dataclasses.replace(
        recipe, hyperparameters=recipe.hyperparameters.replace(epochs=epochs)
    )


class StopAfter:
    """A should_stop that says so once a number of optimiser steps have been taken."""

    def __init__(self, recipe, steps):
        self.compiled = compiled_model.compile_model(recipe, "/CPU:0")
        self.steps = steps

    def __call__(self):
        return self.compiled.step >= self.steps


# The same numbers, and compilation


def tracings(compiled):
    graphs = (compiled._loop, compiled._evaluate, compiled._read)  # concrete: traced once
    return [*map(id, graphs), compiled._step.experimental_get_tracing_count()]


@for_all_types
def test_one_graph_serves_all_numbers_and_gives_the_bits_of_a_fresh_one(
    type, small, trained, new_store
):
    changes = [{"schedule": "cosine"}, {"learning_rate": 0.02}, {"seed": 7}, {"beta": 3.0}]
    changes += [{"kl_warmup_epochs": 2}, {"num_train": 200}]
    changes += [{"epochs": 2}]  # goes on where the unchanged one ended
    fields, losses, counts = set(type.hyperparameters.fields()), [], []
    small = partial(small, type, epochs=1)
    compiled, again = compiled_model.compile_model(trained.recipe, "/CPU:0"), new_store()
    for change in [{}, *(one for one in changes if set(one) <= fields)]:
        losses.append(train(small(**change), again)["train"]["total"])
        assert compiled_model.compile_model(small(**change), "/CPU:0") is compiled, change
        counts.append(tracings(compiled))
    assert len(set(losses)) == len(losses), "every change has its effect"
    assert all(count == counts[0] for count in counts)
    train(trained.recipe, again)
    assert numbers(again, trained.recipe) == numbers(trained.store, trained.recipe)


# The record


@pytest.mark.parametrize("epochs", [1000, 5000])
def test_long_runs_leave_a_short_record(epochs):
    recorded = [epoch for epoch in range(1, epochs + 1) if is_recorded(epoch)]
    pictured = [epoch for epoch in range(1, epochs + 1) if is_pictured(epoch)]
    assert len(pictured) < len(recorded) <= 200
    assert recorded[:40] == list(range(1, 41)) and pictured[:10] == list(range(1, 11))
    gaps = np.diff(recorded) / recorded[1:]
    assert gaps[40:].max() < 0.05


def test_the_goal_alters_the_record_only_at_its_end(small, store):
    recipe = small("linear", epochs=90)
    train(recipe, store)
    epochs = [event["epoch"] for event in store.run(recipe.run_id()).events()]
    assert epochs == [0, *(epoch for epoch in range(1, 90) if is_recorded(epoch)), 90]
    assert not is_recorded(90)


@for_all_types
def test_the_result_and_the_files(type, trained):
    recipe, result, run, seen = trained.recipe, trained.result, trained.run, trained.seen
    assert set(result) == RESULT_KEYS
    assert run.result() == result and run.state == "completed"
    assert (result["status"], result["epochs"]) == ("completed", 6)
    assert result["device"] == "CPU" and result["images_per_second"] >= 0
    assert result["num_parameters"] == recipe.hyperparameters.num_parameters
    assert [event["epoch"] for event in seen] == list(range(7)) and run.events() == seen
    assert (seen[-1]["train"], seen[-1]["held_out"]) == (result["train"], result["held_out"])
    seconds = [event["seconds"] for event in seen]
    assert seconds == sorted(seconds) and seconds[-1] <= result["seconds"]
    assert seen[-1]["train"]["total"] < seen[0]["train"]["total"]
    assert run.snapshot_epochs() == [0, 1, 2, 3, 4, 5, 6]
    arrays, meta = run.snapshot(6)
    live, live_meta = run.live()
    assert meta["epoch"] == live_meta["epoch"] == 6
    for name, array in arrays.items():  # a snapshot keeps fewer examples, and codes more coarsely
        np.testing.assert_allclose(array, live[name][: len(array)], 1e-3, 1e-6, err_msg=name)
    assert set(live_meta) >= {"epoch", "seconds_left", "device", "images_per_second"}
    size = sum(file.stat().st_size for file in run.folder.rglob("*") if file.is_file())
    assert size < estimates.stored_megabytes(recipe, settings.current()) * 1e6


@for_all_types
def test_the_stored_weights_give_the_stored_losses(type, trained):
    recipe, result = trained.recipe, trained.result
    arrays, _ = trained.run.checkpoint()
    model = type.model_class().from_hyperparameters(recipe.hyperparameters)
    for variable in model.weights:
        variable.assign(arrays[f"weights/{variable.path}"])
    model.compile()
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    for part in ("train", "held_out"):
        x, labels = getattr(examples, part), getattr(examples, f"{part}_labels")
        losses = model.evaluate(x, labels, batch_size=1_000, verbose=0, return_dict=True)
        assert losses == pytest.approx(result[part], rel=1e-5)


@for_all_types
def test_the_yardstick_is_pca_with_as_much_to_say(type, small, trained, store):
    if type.name == "hashing":
        pytest.skip("it keeps a bit of each component: test_hashing.py")
    recipe, result = trained.recipe, trained.result
    size = recipe.hyperparameters.pca_dim
    assert size == 2 or type.name == "vector_quantized"  # as many bits: test_vector_quantized.py
    examples = loading.load(**recipe.hyperparameters.data_arguments)
    components = pca.fit(examples.train)
    if type.name == "denoising":
        recipe_of_clean = small(type, noise_level=0.0)  # of noisy images: test_regularised.py
        result = train(recipe_of_clean, store)
    for part, x in (("train", examples.train), ("held_out", examples.held_out)):
        expected = np.mean((x - components.reconstruct(x, size)) ** 2)
        assert result["pca"][part] == pytest.approx(expected, rel=1e-4)


def test_a_finished_run_is_answered_from_the_store(small, store):
    recipe, seen = small("linear"), []
    result = train(recipe, store)
    again = train(recipe, store, should_stop=pytest.fail, on_event=seen.append)
    assert again == result and len(seen) == 7
    assert train(further(recipe, 3), store, should_stop=pytest.fail) == result


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
    assert numbers(quiet, recipe) == numbers(disturbed, recipe)


@for_all_ways_of_training
def test_three_epochs_and_three_more_are_six(type, small, trained, new_store):
    six, halves = trained.recipe, new_store()
    assert train(further(six, 3), halves)["epochs"] == 3
    train(small(type, seed=7, epochs=1), halves)  # another run in between, on the same graph
    train(six, halves)
    assert numbers(trained.store, six) == numbers(halves, six)
    assert halves.run(six.run_id()).snapshot_epochs() == [0, 1, 2, 3, 4, 5, 6]


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
    assert numbers(straight, recipe) == numbers(stopped, recipe)


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
    assert numbers(trained.store, recipe) == numbers(store, recipe)


def test_a_damaged_or_foreign_checkpoint_means_starting_again(small, new_store):
    recipe, store, (straight, other) = small("linear"), new_store(), (new_store(), small("stacked"))
    train(recipe, straight)
    train(other, store)
    foreign = store.run(other.run_id()).checkpoint()
    for damage in ("truncated", "foreign"):
        store = new_store()
        train(further(recipe, 3), store)
        run = store.run(recipe.run_id())
        if damage == "foreign":
            run.save_checkpoint(*foreign)
        else:
            file = run.folder / "checkpoint.npz"
            file.write_bytes(file.read_bytes()[:-100])
        assert train(recipe, store)["status"] == "completed"
        assert numbers(straight, recipe) == numbers(store, recipe)


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
    assert numbers(seen, recipe)[1] == numbers(unseen, recipe)[1]
    assert numbers(seen, recipe)[0][-1] == numbers(unseen, recipe)[0][-1]


@pytest.mark.parametrize("name", soaking(("linear", "adversarial"), ("linear",)))
def test_telling_of_a_step_in_slow_motion_changes_no_number(
    name, small, told, new_store, monkeypatch
):
    recipe, (telling, silent) = small(name), (new_store(), new_store())
    train(recipe, telling)
    monkeypatch.setattr(Autoencoder, "trace_step", lambda *batch: {"x": np.array(np.nan)})
    train(recipe, silent)
    assert numbers(telling, recipe) == numbers(silent, recipe)
    first, nothing = (one.run(recipe.run_id()).step("first") for one in (telling, silent))
    assert first and nothing is None, "what is not finite is not told"


def test_a_slower_pace_leaves_the_numbers_as_they_are(small, new_store):
    recipe, (fast, slow) = small("linear", epochs=12), (new_store(), new_store())
    train(recipe, fast)
    began = time.perf_counter()
    train(recipe, slow, at_least_seconds=1.5)
    assert time.perf_counter() - began > 1.2
    assert numbers(fast, recipe) == numbers(slow, recipe)


def test_a_slow_run_stops_at_once(small, store):
    recipe, began = small("linear"), time.perf_counter()
    stop = StopAfter(recipe, 6)
    result = train(recipe, store, stop, at_least_seconds=600)
    assert result["status"] == "stopped" and time.perf_counter() - began < 100


# Keras' own training


class _PerBatch(keras.callbacks.Callback):
    """The terms of each batch of `fit`, which by itself reports means over the epoch so far."""

    def __init__(self):
        super().__init__()
        self.totals = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()

    def on_train_batch_end(self, batch, logs=None):
        self.totals.append(logs["total"])


@pytest.fixture
def as_written():
    """Graphs are executed as they were written. TensorFlow's optimiser of graphs (Grappler) changes
    the order of some sums, now in this way and now in that, where a step has two opponents."""
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})


@for_all_types
def test_fit_takes_the_same_steps_as_the_fast_path_and_learns(type, small, as_written):
    # Small steps: where a gradient is next to nothing its sign, which is what Adam goes by, is that
    # of a rounding error, and two opponents, who follow each other, let the difference grow.
    # A weight moves by up to 0.012 here; a sign or two that turn out otherwise are worth 0.002.
    loss_tolerance, weight_tolerance = (1e-3, 2e-3) if type.name == "adversarial" else (1e-5, 1e-5)
    recipe = small(type, learning_rate=0.001)
    examples, h = loading.load(**recipe.hyperparameters.data_arguments), recipe.hyperparameters
    model, collector = type.model_class().from_hyperparameters(h), _PerBatch()
    optimizer = schedules.make_optimizer("adam", 0.001)
    model.compile(optimizer=optimizer, jit_compile=False)  # XLA would take most of the time
    pair, once = (examples.train, examples.train_labels), {"batch_size": h.batch_size, "verbose": 0}
    before = model.fit(*pair, epochs=4, shuffle=False, callbacks=[collector], **once).history
    compiled = compiled_model.compile_model(recipe, "/CPU:0")
    inputs, labels = map(tf.constant, pair)
    losses, finite, _ = compiled.run(inputs, labels, 0, 4 * h.steps_per_epoch, shuffle=False)
    assert finite and len(losses) == 12
    np.testing.assert_allclose(collector.totals, losses, rtol=loss_tolerance)
    for mine, theirs in zip(model.weights, compiled.model.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-3, atol=weight_tolerance)

    model.optimizer.learning_rate = 0.01
    fourfold = [np.repeat(one, 4, axis=0) for one in pair]  # epochs take longer than their steps
    after = model.fit(*fourfold, epochs=4, **once).history
    assert set(before) == set(after) == set(model.term_names)
    assert after["total"][-1] < after["total"][0] < before["total"][0]
    assert after["reconstruction_mse"][-1] < 0.8 * before["reconstruction_mse"][0]


# Stops and leases


def test_the_stop_file_stops(small, store):
    recipe = small("linear", epochs=5000)
    run = store.create(recipe.run_id(), recipe.as_dict())
    result = train(recipe, store, on_event=lambda event: event["epoch"] == 2 and run.request_stop())
    assert result["status"] == "stopped" and 2 <= result["epochs"] < 5000
    assert train(recipe, store)["epochs"] == result["epochs"]  # until somebody clears it
    run.clear_stop()
    assert train(further(recipe, result["epochs"] + 5), store)["status"] == "completed"


def test_a_run_in_training_is_left_to_its_trainer(small, store):
    recipe = small("linear")
    run = store.create(recipe.run_id(), recipe.as_dict())
    with run.acquire("somebody else", 6), pytest.raises(LeaseHeld, match="somebody else"):
        train(recipe, store)


@pytest.mark.skipif(devices.gpu_name() is not None, reason="there is a GPU")
def test_a_missing_gpu_is_named(small, store):
    recipe = small("linear", device="gpu")
    with pytest.raises(devices.TrainingError, match=r"no GPU.*“CPU”"):
        train(recipe, store)
    assert store.run(recipe.run_id()).state == "interrupted"
    assert train(small("linear", device="cpu"), store)["status"] == "completed"


# Falling learning rates


def test_the_schedule_is_a_half_cosine(small):
    schedule, recipe = CosineOrConstant(), small("stacked", schedule="cosine", learning_rate=0.02)
    schedule.adopt(recipe, 0)
    steps = np.arange(0, 20)
    expected = 0.01 * (1 + np.cos(np.pi * np.minimum(steps / 18, 1)))
    np.testing.assert_allclose([schedule(step) for step in steps], expected, atol=1e-8)
    schedule.adopt(recipe.continued(4), 0)
    expected = 0.01 * (1 + np.cos(np.pi * np.arange(13) / 12))
    np.testing.assert_allclose([schedule(18 + step) for step in range(13)], expected, atol=1e-8)
    schedule.adopt(small("stacked", learning_rate=0.02), 0)
    assert [float(schedule(step)) for step in (0, 5, 1000)] == pytest.approx([0.02] * 3)


@for_all_ways_of_training
def test_a_child_starts_where_its_parent_ended(type, small, new_store):
    parent, (once, twice) = small(type, schedule="cosine", epochs=3), (new_store(), new_store())
    child = parent.continued(2)
    train(parent, once)
    seen = []
    result = train(child, once, on_event=seen.append)
    assert result["epochs"] == 5 and [event["epoch"] for event in seen] == [3, 4, 5]
    assert train(child, twice)["epochs"] == 5  # trains the missing parent first
    assert twice.run(parent.run_id()).state == "completed"
    assert numbers(once, child) == numbers(twice, child)
    last = once.run(parent.run_id()).events()[-1]
    assert (seen[0]["train"], seen[0]["held_out"]) == (last["train"], last["held_out"])


def test_a_child_waits_for_a_parent_that_somebody_else_trains(small, store):
    parent = small("linear", schedule="cosine", epochs=20)
    child = parent.continued(5)
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
        assert train(parent.continued(6), store, lambda: True)["status"] == "stopped"


def test_a_stopped_child_is_continued(small, new_store):
    child = small("stacked", schedule="cosine").continued(4)
    straight, stopped = new_store(), new_store()
    train(child, straight)
    stop_in_child = StopAfter(child, 6 * 3 + 4)
    assert train(child, stopped, stop_in_child)["status"] == "stopped"
    train(child, stopped)
    assert numbers(straight, child) == numbers(stopped, child)


def test_stopping_a_child_stops_the_parent_that_it_waits_for(small, store):
    parent = small("linear", schedule="cosine", epochs=4000)
    child = parent.continued(500)
    run = store.create(child.run_id(), child.as_dict())
    run.request_stop()
    assert train(child, store)["status"] == "stopped"
    assert store.run(parent.run_id()).result()["epochs"] < 4000


def test_a_parent_stopped_long_ago_does_not_hold_up_its_child(small, store):
    parent = small("linear", schedule="cosine")
    store.create(parent.run_id(), parent.as_dict()).request_stop()
    train(parent, store)
    assert train(parent.continued(2), store)["status"] == "completed"


def test_the_compiled_models_kept_are_limited(small, monkeypatch):
    monkeypatch.setattr(compiled_model, "_models", OrderedDict())
    monkeypatch.setattr(compiled_model, "CACHED_MODELS", 2)
    recipes = [small("stacked", hidden_sizes=(size,)) for size in (1, 2, 3)]
    first, second, third = (compiled_model.compile_model(one, "/CPU:0") for one in recipes)
    assert list(compiled_model._models.values()) == [second, third]
    assert compiled_model.compile_model(recipes[1], "/CPU:0") is second
    assert compiled_model.compile_model(recipes[0], "/CPU:0") is not first
    assert compiled_model.compile_model(recipes[1], "/CPU:0") is second, "used last of the two"


# Divergence

# The stacked autoencoder with sigmoid and MSE, the preset "ours", in fact learns well with SGD at
# a rate of 10, as its gradients are means over all pixels; the article's linear output does not.


# The others diverge as these do; sparse and hashing always end in a sigmoid, and saturate instead.
DIVERGING = [one for one in registry.FAMILY if one.name not in ("sparse", "hashing")]


@pytest.mark.parametrize(
    "type",
    soaking(DIVERGING, ("linear", "tied", "vector_quantized", "adversarial")),
    indirect=True,
    scope="module",
)
def test_a_learning_rate_that_is_too_large_is_named(type, small, store, without_graphs):
    if type.name == "linear":
        diverge_and_learn(type, small, store)
    else:
        with without_graphs():
            diverge_and_learn(type, small, store)


def diverge_and_learn(type, small, store):
    changes = {"optimizer": "sgd", "learning_rate": 10.0}
    # Where a sigmoid ends the network, the error is bounded.
    if "output_activation" in type.hyperparameters.fields():
        changes |= {"hidden_activation": "linear", "output_activation": "linear"}
        changes |= {"code_activation": "linear", "latent_dim": 20}
    elif "commitment" in type.hyperparameters.fields():
        changes |= {"hidden_activation": "linear", "commitment": 10.0}  # its pull is not
    recipe = small(type, **changes)
    result = train(recipe, store)
    assert result["status"] == "diverged" and result["epochs"] < 2
    assert set(result) == RESULT_KEYS | {"message", "suggestion"}
    assert "learning rate 10 is too large" in result["message"]
    run = store.run(recipe.run_id())
    arrays, _ = run.checkpoint()
    assert all(np.isfinite(array).all() for array in arrays.values())
    live, _ = run.live()
    for name, array in live.items():
        assert np.isfinite(array).all(), name
    assert all(math.isfinite(loss) for loss in result["held_out"].values())
    assert train(recipe, store, should_stop=pytest.fail) == result

    better = recipe.hyperparameters.parse(result["suggestion"])
    assert result["suggestion"]["learning_rate"] in result["message"]
    second = train(Recipe(type, better), store)
    assert second["status"] == "completed"
    events = store.run(Recipe(type, better).run_id()).events()
    assert second["train"]["total"] < events[0]["train"]["total"]


def test_the_default_stacked_autoencoder_survives_a_large_rate(small, store):
    result = train(small("stacked", optimizer="sgd", learning_rate=10.0), store)
    assert result["status"] == "completed"


# Branches


def test_what_is_kept_for_branches_is_spread_out_and_was_kept_before():
    assert branch_epochs(25) == [1, 2, 3, 5, 8, 12, 18]
    for last in (1, 30, 100, 1000, 5000):
        epochs = branch_epochs(last)
        assert 1 <= len(epochs) <= 8 and epochs[0] == 1 and max(epochs) <= last
        ratios = [b / a for a, b in itertools.pairwise(epochs) if a >= 8]
        assert not ratios or max(ratios) < 1.3 * min(ratios)
        for further in (2 * last, 7 * last):
            assert {one for one in branch_epochs(further) if one <= last} <= set(epochs)
    assert branch_epochs(100, 0) == [] and len(branch_epochs(100, 3)) <= 3


@for_all_ways_of_training
def test_a_run_keeps_states_for_branches(type, small, trained, store):
    falling = small(type, schedule="cosine")
    train(falling, store)
    for run in (trained.run, store.run(falling.run_id())):
        assert run.branch_points() == branch_epochs(6)
        assert run.branch_point(2)[1]["epoch"] == 2 and run.branch_point(6)[1]["epoch"] == 6
        assert run.branch_point(4) is None


@for_all_ways_of_training
def test_a_branch_that_changes_nothing_gives_the_parents_numbers(type, trained):
    parent, store = trained.recipe, trained.store
    branch = parent.branched(3, {})
    train(branch, store)
    assert branch.run_id() != parent.run_id()
    (ours, *state), (theirs, *same_state) = (numbers(store, one) for one in (branch, parent))
    assert ours == [event for event in theirs if event["epoch"] >= 3] and state == same_state


def test_a_branch_goes_another_way_from_the_same_place(small, store):
    parent = small("variational")
    train(parent, store)
    branch = parent.branched(3, {"beta": "4", "epochs": "8"})
    result = train(branch, store)
    ours, theirs = (store.run(one.run_id()).events() for one in (branch, parent))
    assert result["status"] == "completed" and [e["epoch"] for e in ours] == [3, 4, 5, 6, 7, 8]
    kl = [{e["epoch"]: e["held_out"]["kl_nats"] for e in events} for events in (ours, theirs)]
    assert kl[0][3] == kl[1][3] and kl[0][6] < kl[1][6]


def test_a_cosine_branch_begins_with_the_full_rate(small, store):
    parent = small("stacked", schedule="cosine")
    train(parent, store)
    branch = parent.branched(5, {"learning_rate": "0.01", "epochs": "10"})
    train(branch, store)
    schedule, h = CosineOrConstant(), branch.hyperparameters
    schedule.adopt(branch, 0)
    rates = [float(schedule(epoch * h.steps_per_epoch)) for epoch in (5, 10)]
    assert rates == [pytest.approx(0.01), pytest.approx(0.0, abs=1e-9)]


@pytest.mark.parametrize("lost", ["parent", "state"])
def test_what_a_branch_begins_with_is_trained_again_where_it_is_lost(small, new_store, lost):
    parent = small("stacked", schedule="cosine")
    branch = parent.branched(4, {"learning_rate": "0.01"})  # no state is kept after epoch 4
    twig = branch.branched(5, {"learning_rate": "0.001"})
    first, second = new_store(), new_store()
    train(twig, first)
    if lost == "state":
        train(parent, second)
        train(branch, second)
        second.run(branch.run_id()).keep_branch_points(())
    train(twig, second)
    assert numbers(first, twig) == numbers(second, twig)


def test_states_for_branches_respect_their_size_limit(small, store, monkeypatch):
    limited = dataclasses.replace(settings.current(), max_branch_megabytes=0)
    monkeypatch.setattr(settings, "current", lambda: limited)
    recipe = small("stacked")
    train(recipe, store)
    assert store.run(recipe.run_id()).branch_points() == []
