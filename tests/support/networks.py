"""What the tests of networks share."""

import numpy as np

from models.training import trainer


def build(recipe):
    """The untrained model of a recipe."""
    return recipe.type.model_class()(recipe.hyperparameters)


def train(recipe, store):
    """Trains a recipe in this process; returns its run."""
    trainer.train(recipe, store)
    return store.run(recipe.run_id())


def weights_of(model):
    """A Keras model's weights by the names under which runs store them."""
    return {f"weights/{variable.path}": variable.numpy() for variable in model.weights}


def no_labels(x):
    """Labels for a type that reads none."""
    return np.zeros(len(x), np.int32)
