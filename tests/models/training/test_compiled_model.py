"""Compiled models: one graph for all numbers, and the same steps as those of Keras."""

from collections import OrderedDict
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.data import loading
from models.training import compiled_model, schedules
from models.training.trainer import train
from tests.support.networks import build
from tests.support.training import for_all_types, outcome


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
    assert outcome(again, trained.recipe) == outcome(trained.store, trained.recipe)


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
    model, collector = build(recipe), _PerBatch()
    optimizer = schedules.make_optimizer(h.optimizer, 0.001, h.clip_norm)
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


def test_the_compiled_models_kept_are_limited(small, monkeypatch):
    monkeypatch.setattr(compiled_model, "_models", OrderedDict())
    monkeypatch.setattr(compiled_model, "CACHED_MODELS", 2)
    recipes = [small("stacked", hidden_sizes=(size,)) for size in (1, 2, 3)]
    first, second, third = (compiled_model.compile_model(one, "/CPU:0") for one in recipes)
    assert list(compiled_model._models.values()) == [second, third]
    assert compiled_model.compile_model(recipes[1], "/CPU:0") is second
    assert compiled_model.compile_model(recipes[0], "/CPU:0") is not first
    assert compiled_model.compile_model(recipes[1], "/CPU:0") is second, "used last of the two"
