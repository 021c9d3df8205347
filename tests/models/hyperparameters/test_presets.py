"""Presets: the article's models, and what is fit for the built-in data."""

import pytest

from models.autoencoders import registry
from models.data import loading


def test_the_article_s_linear_autoencoder():
    h = registry.by_name("linear").preset("article")
    assert h.layer_sizes == (3, 2, 3) and set(h.layer_activations) == {"linear"}
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.01, "constant")
    assert (h.num_train, h.epochs, h.steps_per_epoch) == (100, 1000, 1)
    assert (h.dataset, h.noise, h.sample) == ("arc", 0.1, 42)


def test_the_article_s_stacked_autoencoder():
    h = registry.by_name("stacked").preset("article")
    assert h.layer_sizes == (784, 300, 150, 300, 784)
    assert h.layer_activations == ("elu", "elu", "elu", "linear")
    assert (h.initializer, h.l2) == ("he_normal", 1e-4)
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.01, "constant")
    assert (h.batch_size, h.epochs) == (150, 5)


def test_the_article_s_variational_autoencoder():
    h = registry.by_name("variational").preset("article")
    assert h.layer_sizes == (784, 500, 500, 20, 500, 500, 784)
    assert h.layer_activations == ("elu", "elu", "linear", "elu", "elu", "sigmoid")
    assert (h.initializer, h.l2, h.likelihood) == ("he_normal", 0.0, "bernoulli")
    assert (h.parametrization, h.beta, h.kl_warmup_epochs) == ("sigma", 1.0, 0)
    assert (h.optimizer, h.learning_rate, h.schedule) == ("adam", 0.001, "constant")
    assert (h.batch_size, h.epochs) == (150, 50)


def test_both_presets_are_fit_for_the_built_in_data(type):
    for preset in type.presets:
        assert loading.available(type.preset(preset).dataset)


def test_an_unknown_type_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'stocked'.*linear, stacked, variational"):
        registry.by_name("stocked")


def test_a_preset_that_a_type_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"article cannot be used: denoising .* presets ours"):
        registry.by_name("denoising").preset("article")
    assert list(registry.by_name("stacked").presets) == ["ours", "article"]
