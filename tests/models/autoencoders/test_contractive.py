"""What makes an autoencoder contractive: the Jacobian of its encoder and what it costs."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.noise import Noise
from models.autoencoders.contractive.model import SPECTRUM_IMAGES
from models.training import estimates
from tests.support.networks import build, no_labels, train

VARIANTS = [
    {"hidden_sizes": ()},
    {"hidden_sizes": (20, 10), "l2": 0.001},
]


DEPTHS = [(), (12,), (12, 9)]


BENDS = ["sigmoid", "tanh", "elu", "gelu", "linear"]


@pytest.mark.parametrize("hidden_sizes", DEPTHS, ids=str)
@pytest.mark.parametrize("activation", BENDS)
def test_the_jacobian_is_that_of_finite_differences(small, images, hidden_sizes, activation):
    model = build(
        small(
            "contractive",
            **{"hidden_sizes": hidden_sizes, "latent_dim": 4, "contraction": 0.7},
            **{"hidden_activation": activation, "code_activation": activation},
        )
    )
    x, step = images[:3], 1e-2
    jacobian = model.jacobian(tf.constant(x)).numpy()
    assert jacobian.shape == (3, 4, 784)
    for pixel in range(100, 784, 97):
        nudge = np.zeros(784, np.float32)
        nudge[pixel] = step
        slope = (model.encode(x + nudge).numpy() - model.encode(x - nudge).numpy()) / (2 * step)
        np.testing.assert_allclose(jacobian[:, :, pixel], slope, rtol=0.01, atol=2e-4)
    squared = np.sum(np.square(jacobian.astype(np.float64)), axis=(1, 2))
    np.testing.assert_allclose(model.squared_jacobian(tf.constant(x)), squared, rtol=1e-4)
    penalty = model.objective(x, no_labels(x), Noise(1, 0))["penalty"]
    assert float(penalty) == pytest.approx(0.7 * squared.mean() / 784, rel=1e-4)


def test_singular_values_are_those_of_the_jacobian(small, images):
    model = build(small("contractive", hidden_sizes=(12,), latent_dim=4))
    x = tf.constant(images[:20])
    jacobian = model.jacobian(x[:SPECTRUM_IMAGES]).numpy()
    expected = np.linalg.svd(jacobian, compute_uv=False).mean(axis=0)
    np.testing.assert_allclose(model.draw(x)["singular_values"], expected, rtol=1e-3)


def test_the_estimate_knows_that_a_jacobian_through_layers_is_dear(small):
    shallow, deep = (
        estimates.model_seconds(small("contractive", hidden_sizes=sizes, latent_dim=100))
        for sizes in ((), (300,))
    )
    plain = estimates.model_seconds(small("stacked", hidden_sizes=(300,), latent_dim=100))
    assert deep > 5 * plain > 0 and shallow < plain


@pytest.mark.training
def test_contraction_makes_the_encoder_flatter(small, store):
    norms = [
        train(small("contractive", latent_dim=20, contraction=weight, epochs=20), store)
        .events()[-1]["diagnostics"]["jacobian_norm"]
        for weight in (0.0, 10.0)
    ]  # fmt: skip
    assert norms[1] < 0.5 * norms[0]
