"""The search for better defaults looks at no held-out image and takes no more time than they do."""

import numpy as np
import pytest

from benchmarks import search
from models.autoencoders import registry
from models.data import loading
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import Recipe
from models.training.estimates import model_seconds


def test_what_judges_is_of_the_training_set_and_was_not_learned_from():
    h = registry.by_name("stacked").preset("ours")
    data, parts = loading.load(**h.data_arguments), search.split(h)
    learned, judging = (part[0] for part in (parts.train, parts.validation))
    together = np.sort(np.concatenate([learned, judging]), axis=0)
    assert np.array_equal(together, np.sort(data.train, axis=0))
    assert len(judging) == round(search.VALIDATION_SHARE * len(data.train))
    assert len(parts.train[1]) == len(learned) and len(parts.validation[1]) == len(judging)


@pytest.mark.parametrize("batch_size", [25, 150, 400])
def test_as_many_epochs_as_take_no_longer(batch_size):
    type = registry.by_name("stacked")
    default = type.preset("ours")
    h, allowed = default.replace(batch_size=batch_size), model_seconds(Recipe(type, default))
    epochs = search.fit_epochs(h, allowed, type)

    def seconds(epochs):
        return model_seconds(Recipe(type, h.replace(epochs=epochs)))

    assert seconds(epochs) <= allowed < seconds(epochs + 1)


def test_what_takes_too_long_for_one_epoch_is_refused():
    type = registry.by_name("stacked")
    h = type.preset("ours").replace(hidden_sizes=(1_000, 500))
    with pytest.raises(HyperparameterError):
        search.fit_epochs(h, 0.01, type)
