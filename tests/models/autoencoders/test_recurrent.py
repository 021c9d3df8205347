"""Recurrent networks: their plans, what a truncated one gives, and where they begin."""

import numpy as np
import pytest

from models.autoencoders.recurrent.hyperparameters import RecurrentHyperparameters
from models.autoencoders.recurrent.model import RecurrentAutoencoder
from models.layers import numpy_inference
from models.layers.spec import CELLS
from tests.support.networks import build, sized, weights_of

VARIANTS = [
    {"cell": "lstm", "writing_order": "bottom_up", "l2": 0.001},
    {"cell": "simple_rnn", "hidden_sizes": (), "units": 7},
]


def encoder(h, model):
    return numpy_inference.encoder_layers(h, weights_of(model))


@pytest.fixture(params=CELLS)
def network(request, small):
    """Hyperparameters and a model with weights and biases that are not those of the start."""
    h = small("recurrent", cell=request.param, latent_dim=5).hyperparameters
    model = RecurrentAutoencoder(h)
    draws = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(variable + draws.normal(0, 0.1, variable.shape))
    return h, model


def test_the_plan_says_what_every_layer_gives(network):
    h, model = network
    for plan, half in ((h.encoder_plan, model.encoder), (h.decoder_plan, model.decoder)):
        assert [layer.name for layer in plan] == [layer.name for layer in half.layers]
        for layer, built in zip(plan, half.layers, strict=True):
            assert layer.output == built.output.shape[1:]
            assert layer.num_parameters == built.count_params()
    assert model.count_params() == h.num_parameters


def test_parameters_are_counted_by_gates(small):
    # Of each gate: 28 + 4 weights per unit, and its biases; GRU has two.
    counts = {}
    for cell in CELLS:
        reader = build(small("recurrent", cell=cell, units=4)).encoder.get_layer("reader")
        counts[cell] = reader.count_params()
    assert counts == {"simple_rnn": 4 * 33, "gru": 3 * 4 * 34, "lstm": 4 * 4 * 33}


def test_the_state_after_k_rows_is_that_of_an_image_of_k_rows(network):
    h, model = network
    images = np.random.default_rng(1).random((4, 784), np.float32)
    (rows, reader, *rest) = encoder(h, model)
    assert rows.kind == "reshape"
    states = numpy_inference.recurrent_states(reader, images)
    for count in (1, 9, 28):
        settings = {name: getattr(h, name) for name in h.fields()}
        short = RecurrentAutoencoder(sized(RecurrentHyperparameters, (count, 28), **settings))
        for own, theirs in zip(short.encoder.weights, model.encoder.weights, strict=True):
            own.assign(theirs)
        codes = short.encode(images[:, : 28 * count])
        np.testing.assert_allclose(
            numpy_inference.evaluate(rest, states[:, count - 1]), codes, atol=1e-5
        )


def test_rows_that_are_still_to_come_change_nothing(network):
    h, model = network
    first, second = np.random.default_rng(2).random((2, 1, 784), np.float32)
    second[:, : 28 * 10] = first[:, : 28 * 10]
    reader = encoder(h, model)[1]
    one, other = (numpy_inference.recurrent_states(reader, images) for images in (first, second))
    np.testing.assert_array_equal(one[:, :10], other[:, :10])
    assert np.all(np.any(one[:, 10:] != other[:, 10:], axis=-1))


def test_from_the_bottom_the_same_rows_are_written_in_the_other_order(small):
    down, up = (
        RecurrentAutoencoder(small("recurrent", writing_order=order).hyperparameters)
        for order in ("top_down", "bottom_up")
    )
    up.set_weights(down.get_weights())
    codes = np.random.default_rng(3).normal(size=(3, 2)).astype(np.float32)
    one, other = (np.reshape(model.decode(codes), (3, 28, 28)) for model in (down, up))
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-6)
    assert np.abs(one - other).max() > 1e-3


def test_recurrent_kernels_begin_orthogonal_and_different_in_both_halves(small):
    model = build(small("recurrent", cell="simple_rnn", units=6, latent_dim=28, hidden_sizes=()))
    reader, writer = model.encoder.get_layer("reader"), model.decoder.get_layer("writer")
    for layer in (reader, writer):
        kernel = layer.cell.recurrent_kernel.numpy()
        np.testing.assert_allclose(kernel.T @ kernel, np.eye(6), atol=1e-5)
    for role in ("kernel", "recurrent_kernel"):
        one, other = (getattr(layer.cell, role).numpy() for layer in (reader, writer))
        assert one.shape == other.shape and np.all(np.abs(one - other).max(axis=0) > 1e-3)


def test_forget_gates_of_an_lstm_begin_open(small):
    model = build(small("recurrent", cell="lstm", units=3))
    for layer in (model.encoder.get_layer("reader"), model.decoder.get_layer("writer")):
        assert layer.cell.bias.numpy().tolist() == [0] * 3 + [1] * 3 + [0] * 6
