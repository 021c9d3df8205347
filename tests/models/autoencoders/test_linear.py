"""The linear autoencoder: its loss, and the plane that it finds."""

import dataclasses

import numpy as np

from models.autoencoders import registry
from models.autoencoders.base.noise import Noise
from models.runs.recipe import Recipe
from models.training import trainer
from tests.support.networks import build, check_terms, forward, load

VARIANTS = [
    {"latent_dim": 1},
    {"latent_dim": 3},
]


def test_mean_squared_error_of_the_linear_autoencoder(small):
    recipe = small("linear")
    model, x = build(recipe), load(recipe).train
    error = np.mean((x - forward(model.decoder, forward(model.encoder, x))) ** 2)
    check_terms(model, x, Noise(1, 0), {"reconstruction_mse": error, "total": error})


def test_the_linear_autoencoder_finds_the_principal_plane(store):
    recipe = Recipe(registry.by_name("linear"), registry.by_name("linear").preset("ours"))
    for dataset in ("arc", "helix"):
        h = recipe.hyperparameters.replace(dataset=dataset)
        result = trainer.train(dataclasses.replace(recipe, hyperparameters=h), store)
        assert result["diagnostics"]["principal_angle_degrees"] < 0.1
        floor = result["pca"]["train"]
        assert floor * (1 - 1e-6) <= result["train"]["reconstruction_mse"] < floor * 1.001
