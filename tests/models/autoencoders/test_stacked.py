"""The stacked autoencoder: its loss, and how its weights begin."""

import numpy as np
import pytest

from models.autoencoders.base.noise import Noise
from tests.support.networks import build, check_terms, forward, l2_penalty, same

VARIANTS = [
    {"hidden_sizes": (), "latent_dim": 5},
    {"hidden_sizes": (20, 10), "hidden_activation": "elu", "l2": 0.001},
    {"initializer": "lecun_normal", "code_activation": "tanh", "output_activation": "linear"},
    {"optimizer": "adam", "clip_norm": 0.01, "shift": 2},
]


def test_a_layer_more_leaves_the_other_initial_weights(small):
    shallow, deep = (build(small("stacked", hidden_sizes=sizes)) for sizes in ((30,), (30, 30)))
    assert same(shallow.encoder.layers[0].get_weights(), deep.encoder.layers[0].get_weights())
    kernels = [layer.kernel.numpy() for layer in deep.encoder.layers[:2]]
    assert not np.array_equal(kernels[0][:30], kernels[1])


@pytest.mark.parametrize(
    ("initializer", "deviation"),
    [
        *((f"he_{shape}", (2 / 784) ** 0.5) for shape in ("normal", "uniform")),
        *((f"glorot_{shape}", (2 / 1184) ** 0.5) for shape in ("normal", "uniform")),
        ("lecun_normal", (1 / 784) ** 0.5),
    ],
)
def test_initial_weights_have_the_stated_deviation(initializer, deviation, small):
    model = build(small("stacked", hidden_sizes=(400,), initializer=initializer))
    layer = model.encoder.layers[0]
    assert np.std(layer.kernel) == pytest.approx(deviation, rel=0.01)
    assert abs(np.mean(layer.kernel)) < deviation / 100 and not np.any(layer.bias)


@pytest.mark.parametrize("output", ["linear", "sigmoid", "tanh"])
def test_error_and_penalty_of_the_stacked_autoencoder(small, images, output):
    model = build(
        small(
            "stacked",
            **{"hidden_sizes": (20, 10), "hidden_activation": "elu", "l2": 0.002},
            output_activation=output,
        )
    )
    error = np.mean((images - forward(model.decoder, forward(model.encoder, images))) ** 2)
    penalty = l2_penalty(model, 0.002)
    expected = {"reconstruction_mse": error, "penalty": penalty, "total": error + penalty}
    check_terms(model, images, Noise(1, 0), expected)
