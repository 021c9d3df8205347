"""What the tests of networks share."""

import importlib
import math

import numpy as np
import pytest
from scipy.stats import norm

from models.data import loading


def build(recipe):
    """The untrained model of a recipe."""
    return recipe.type.model_class()(recipe.hyperparameters)


def variants(small, type):
    """Recipes of a type: the small one, and those of the VARIANTS beside the type's own tests."""
    own = importlib.import_module(f"tests.models.autoencoders.test_{type.name}").VARIANTS
    return [small(type, **changes) for changes in ({}, *own)]


def train(recipe, store):
    """Trains a recipe in this process; returns its run."""
    from models.training import trainer

    trainer.train(recipe, store)
    return store.run(recipe.run_id())


def sized(hyperparameters_class, shape, **changes):
    """Hyperparameters for images of another height and width than any data set has."""
    own = {"image_shape": shape, "input_dim": math.prod(shape)}
    return type(hyperparameters_class.__name__, (hyperparameters_class,), own)(**changes)


def weights_of(model):
    """A Keras model's weights by the names under which runs store them."""
    return {f"weights/{variable.path}": variable.numpy() for variable in model.weights}


def no_labels(x):
    """Labels for a type that reads none."""
    return np.zeros(len(x), np.int32)


def load(recipe):
    """The data of a recipe."""
    return loading.load(**recipe.hyperparameters.data_arguments)


def same(first, second):
    """Whether two lists of arrays are equal."""
    return all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "elu": lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: x * norm.cdf(x),
    "tanh": np.tanh,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def forward(part, x):
    """What a chain of dense layers makes of `x`, in double precision."""
    x = np.asarray(x, np.float64)
    for layer in part.layers:
        x = ACTIVATIONS[layer.activation.__name__](x @ layer.kernel.numpy() + layer.bias.numpy())
    return x


def l2_penalty(model, weight):
    """The penalty on the kernels of both halves."""
    kernels = [layer.kernel.numpy().astype(np.float64) for part in (model.encoder, model.decoder)
               for layer in part.layers]  # fmt: skip
    return weight * sum(np.square(kernel).sum() for kernel in kernels)


def check_terms(model, x, noise, expected):
    """The objective's terms are the expected ones, by name."""
    terms = model.objective(x, no_labels(x), noise)
    assert {name: float(term) for name, term in terms.items()} == pytest.approx(expected, rel=1e-5)
