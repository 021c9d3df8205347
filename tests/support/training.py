"""What the tests of training share: types to train, and what a training determined."""

import dataclasses

import pytest

from models.autoencoders import registry
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training import compiled_model
from tests.support.runs import numbers
from tests.support.soak import soaking

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


def outcome(store, recipe):
    """What a run's training determined: events without times, and the last checkpoint."""
    run = store.run(recipe.run_id())
    arrays, meta = run.checkpoint()
    return numbers(run), {name: array.tobytes() for name, array in arrays.items()}, meta["epoch"]


def forget(recipe):
    """Lets the next training of the recipe compile its model again."""
    compiled_model._models.pop(compiled_model.CompiledModel.graph_key(recipe, "/CPU:0"), None)


def further(recipe, epochs):
    """The recipe with another goal."""
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
