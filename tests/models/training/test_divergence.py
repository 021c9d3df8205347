"""Learning rates that are too large."""

import math

import numpy as np
import pytest

from models.autoencoders import registry
from models.runs.recipe import Recipe
from models.training.trainer import train
from tests.support.soak import soaking
from tests.support.training import RESULT_KEYS

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
