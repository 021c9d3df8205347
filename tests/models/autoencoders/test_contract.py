"""A contract that every type keeps, in all of its variants."""

import threading

import keras
import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.training import session
from tests.support.networks import build, load, same, variants


def test_shapes_and_number_of_parameters(type, small):
    for recipe in variants(small, type):
        h, model, x = recipe.hyperparameters, build(recipe), load(recipe).held_out[:9]
        codes = model.encode(x)
        assert codes.shape == (9, h.latent_dim)
        assert model.decode(codes).shape == model(x).shape == x.shape
        assert model.count_params() == h.num_parameters


def test_a_saved_model_gives_the_same_outputs_and_losses(type, small, tmp_path):
    draws = np.random.default_rng(0)
    for index, recipe in enumerate(variants(small, type)):
        model, examples = build(recipe), load(recipe)
        for weights in model.weights:  # biases too: those of a fresh model are all zero
            weights.assign_add(0.01 * draws.uniform(size=weights.shape))
        model.save(tmp_path / f"{index}.keras")
        loaded = keras.models.load_model(tmp_path / f"{index}.keras")
        x, labels = examples.held_out[:9], examples.held_out_labels[:9]
        np.testing.assert_array_equal(loaded(x), model(x))
        theirs, ours = (
            {name: float(term) for name, term in one.objective(x, labels, Noise(1, -1)).items()}
            for one in (loaded, model)
        )
        assert theirs == pytest.approx(ours, rel=1e-6) and tuple(ours) == model.term_names


def test_terms_and_pictures_are_finite_and_named(type, small):
    for recipe in variants(small, type):
        model, examples = build(recipe), load(recipe)
        x, labels = examples.held_out, examples.held_out_labels
        terms = model.objective(x, labels, Noise(1, EVALUATION_STEP))
        assert tuple(terms) == model.term_names
        assert type.criterion in terms and "reconstruction_mse" in terms
        figures = model.diagnostics(examples, session.pca_of(recipe, examples))
        arrays = {**terms, **figures, **model.pictures(examples)}
        assert all(np.isfinite(array).all() for array in arrays.values())


def test_the_seed_alone_determines_the_initial_weights(type, small):
    first = build(small(type, seed=3)).get_weights()
    keras.utils.set_random_seed(99)
    np.random.seed(5)
    tf.random.normal((3,))
    again = build(small(type, seed=3)).get_weights()
    other = build(small(type, seed=4)).get_weights()
    assert same(first, again)
    pairs = zip(first, other, strict=True)
    kernels = [(a, b) for a, b in pairs if a.ndim == 2 and a.any()]  # averages begin at zero
    assert kernels and not any(np.array_equal(a, b) for a, b in kernels)


def test_loading_hyperparameters_is_building(type, small):
    model, other = build(small(type, seed=3)), build(small(type, seed=4))
    model.load_hyperparameters(small(type, seed=4).hyperparameters)
    assert same(model.get_weights(), other.get_weights())


# Losses, recomputed


# Noise


# Principal components


def test_models_can_be_built_in_several_threads_at_once(type, small):
    expected, built = build(small(type)).get_weights(), []
    threads = [
        threading.Thread(target=lambda: built.append(build(small(type)).get_weights()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 3 and all(same(weights, expected) for weights in built)
