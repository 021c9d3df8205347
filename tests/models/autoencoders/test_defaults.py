"""The defaults learn as well as when they were chosen."""

import pytest

from models.runs.recipe import Recipe
from models.training import trainer

AT_MOST = {
    "linear": 0.0600,
    "stacked": 0.0023,
    "variational": 113.0,
    "denoising": 0.0148,
    "sparse": 0.0049,
    "contractive": 0.0063,
    "tied": 0.0021,
    "convolutional": 0.0067,
    "recurrent": 0.0410,
    "vector_quantized": 0.0057,
    "hashing": 0.0355,
    "conditional": 129.0,
    "adversarial": 0.0500,
}
"""Held-out losses, each type's criterion: a little more than the largest that any seed gave."""


@pytest.mark.soak
def test_the_defaults_are_as_good_as_they_were(type, store):
    result = trainer.train(Recipe(type, type.preset("ours")), store)
    assert result["held_out"][type.criterion] <= AT_MOST[type.name]
