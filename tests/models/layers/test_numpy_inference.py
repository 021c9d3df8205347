"""The NumPy evaluation of stored networks agrees with Keras."""

import numpy as np
import pytest

from models.autoencoders.base.training_hyperparameters import ACTIVATIONS
from models.layers import numpy_inference
from tests.support.networks import weights_of


@pytest.mark.tensorflow
def test_every_type_encodes_and_decodes_as_its_model_does(type, small):
    h = small(type).hyperparameters
    model = type.model_class()(h)
    x = np.random.default_rng(0).random((20, h.input_dim), np.float32)
    codes = numpy_inference.encode(h, weights_of(model), x)
    np.testing.assert_allclose(codes, model.encode(x), atol=1e-5)
    outputs = numpy_inference.decode(h, weights_of(model), codes)
    np.testing.assert_allclose(outputs, model.decode(np.array(codes)), atol=1e-5)


@pytest.mark.tensorflow
@pytest.mark.parametrize("activation", ACTIVATIONS.options)
def test_every_activation(activation, small):
    recipe = small(
        "stacked",
        hidden_sizes=(20, 10),
        hidden_activation=activation,
        code_activation=activation,
        output_activation=activation,
    )
    h = recipe.hyperparameters
    model = recipe.type.model_class()(h)
    x = np.random.default_rng(1).normal(size=(20, h.input_dim)).astype(np.float32)
    codes = numpy_inference.encode(h, weights_of(model), x)
    np.testing.assert_allclose(codes, model.encode(x), rtol=1e-4, atol=1e-5)
    outputs = numpy_inference.decode(h, weights_of(model), codes)
    np.testing.assert_allclose(outputs, model.decode(np.array(codes)), rtol=1e-4, atol=1e-5)


def test_weights_of_another_architecture_are_refused(small):
    h = small("stacked").hyperparameters
    with pytest.raises(KeyError):
        numpy_inference.decode(h, {}, np.zeros((1, h.latent_dim)))
