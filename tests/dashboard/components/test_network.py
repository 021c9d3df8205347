"""Every kind of layer: NumPy and the browser compute what Keras computes."""

import base64

import keras
import numpy as np
import pytest

from dashboard.runs.wire_format import as_bytes, as_halves, describe_layers
from models.layers import numpy_inference
from models.layers.keras_builder import RECURRENT, Reverse
from models.layers.spec import Layer
from tests.support.scripts import marks, scripted_page

EVALUATE = """([descriptions, halves, inputs]) => {
    const bytes = Uint8Array.from(atob(halves), character => character.charCodeAt(0));
    const layers = readNetwork(descriptions, new Uint16Array(bytes.buffer));
    return inputs.map(input => [...evaluateNetwork(layers, Float32Array.from(input))]);
}"""
layers = keras.layers


@pytest.fixture(scope="module")
def page(chromium):
    return scripted_page(chromium, "network/network.js")


def named(activation):
    return getattr(activation, "__name__", "linear")


def described_as(layer) -> Layer:
    """A Keras layer in our terms."""
    weights = tuple(layer.get_weights())
    settings = {"shape": list(layer.input.shape[1:])}
    if isinstance(layer, layers.Dense):
        kind = "dense" if len(settings["shape"]) == 1 else "step_dense"
        return Layer(kind, weights, named(layer.activation), settings)
    if isinstance(layer, tuple(RECURRENT.values())):
        (kind,) = (kind for kind, one in RECURRENT.items() if isinstance(layer, one))
        return Layer(kind, weights, settings=settings | {"sequences": layer.return_sequences})
    if isinstance(layer, layers.RepeatVector):
        return Layer("repeat", settings=settings | {"steps": layer.n})
    if isinstance(layer, Reverse):
        return Layer("reverse", settings=settings)
    if isinstance(layer, (layers.Conv2D, layers.Conv2DTranspose)):
        kind = "conv2d_transpose" if isinstance(layer, layers.Conv2DTranspose) else "conv2d"
        settings |= {"strides": list(layer.strides), "padding": layer.padding}
        return Layer(kind, weights, named(layer.activation), settings)
    if isinstance(layer, layers.UpSampling2D):
        settings |= {"size": list(layer.size), "interpolation": layer.interpolation}
        return Layer("up_sampling", settings=settings)
    if isinstance(layer, (layers.MaxPooling2D, layers.AveragePooling2D)):
        kind = "max_pooling" if isinstance(layer, layers.MaxPooling2D) else "average_pooling"
        settings |= {"size": list(layer.pool_size), "strides": list(layer.strides)}
        return Layer(kind, settings=settings | {"padding": layer.padding})
    if isinstance(layer, layers.Activation):
        return Layer("activation", (), named(layer.activation), settings)
    return Layer("reshape", settings=settings | {"output_shape": list(layer.output.shape[1:])})


def single():
    """One layer each: odd and even sizes, strides, paddings, several channels."""
    for padding in ("same", "valid"):
        for strides in (1, 2, (2, 1), 3):
            for kernel in (2, 3, (5, 2)):
                yield (7, 6, 3), layers.Conv2D(4, kernel, strides, padding)
                yield (5, 6, 3), layers.Conv2DTranspose(4, kernel, strides, padding)
        for size, strides in ((2, 2), (3, 2), ((2, 3), 1)):
            yield (7, 8, 2), layers.MaxPooling2D(size, strides, padding)
            yield (7, 8, 2), layers.AveragePooling2D(size, strides, padding)
    for interpolation in ("nearest", "bilinear"):
        yield (4, 5, 2), layers.UpSampling2D((2, 3), interpolation=interpolation)
    for cell in RECURRENT.values():
        for sequences in (False, True):
            yield (5, 3), cell(4, return_sequences=sequences)
    yield (6,), layers.RepeatVector(3)
    yield (5, 3), Reverse()
    yield (5, 3), layers.Dense(4, activation="tanh")
    for activation in ("relu", "elu", "selu", "gelu", "tanh", "sigmoid"):
        yield (3, 3, 2), layers.Activation(activation)


def whole():
    """Encoders and decoders as convolutional and recurrent autoencoders have them."""
    for cell in RECURRENT.values():
        yield (784,), [layers.Reshape((28, 28)), cell(16), layers.Dense(5)]
        writer = cell(16, return_sequences=True)
        ends = layers.Dense(28, activation="sigmoid"), Reverse(), layers.Reshape((784,))
        yield (5,), [layers.RepeatVector(28), writer, *ends]
    conv = layers.Conv2D, {"padding": "same", "activation": "relu"}
    yield (
        (28, 28, 1),
        [
            layers.Conv2D(16, 3, 2, "same", activation="relu"),
            layers.Conv2D(32, 3, 2, "same", activation="elu"),
            layers.Flatten(),
            layers.Dense(10),
        ],
    )
    yield (
        (28, 28, 1),
        [
            layers.Conv2D(8, 5, padding="same", activation="gelu"),
            layers.MaxPooling2D(2),
            conv[0](8, 3, **conv[1]),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(6, activation="tanh"),
        ],
    )
    yield (
        (10,),
        [
            layers.Dense(7 * 7 * 16, activation="relu"),
            layers.Reshape((7, 7, 16)),
            layers.Conv2DTranspose(16, 3, 2, "same", activation="relu"),
            layers.Conv2DTranspose(1, 3, 2, "same", activation="sigmoid"),
        ],
    )
    yield (
        (10,),
        [
            layers.Dense(7 * 7 * 8, activation="selu"),
            layers.Reshape((7, 7, 8)),
            layers.UpSampling2D(2),
            layers.Conv2D(8, 3, padding="same", activation="relu"),
            layers.UpSampling2D(2, interpolation="bilinear"),
            layers.Conv2D(1, 3, padding="same", activation="sigmoid"),
        ],
    )


def networks():
    for shape, layer in single():
        yield shape, [layer]
    yield from whole()


def built(shape, parts):
    """A Keras model with weights as the browser has them, its layers in our terms, inputs."""
    keras.utils.set_random_seed(0)
    # A Keras layer serves one model: parametrised tests share them.
    parts = [type(part).from_config(part.get_config()) for part in parts]
    model = keras.Sequential([keras.Input(shape), *parts])
    for variable in model.weights:
        noise = np.random.default_rng(len(variable.shape)).normal(0, 0.1, variable.shape)
        variable.assign(as_halves(variable.numpy() + noise).astype(np.float32))
    inputs = np.random.default_rng(1).normal(size=(3, *shape)).astype(np.float32)
    return model, [described_as(layer) for layer in model.layers], inputs


def title(network):
    shape, parts = network
    return "-".join([*map(str, shape), *(type(part).__name__ for part in parts)])


@pytest.mark.parametrize("network", list(networks()), ids=title)
def test_numpy_computes_as_keras_does(network):
    model, ours, inputs = built(*network)
    expected = model(inputs).numpy().reshape(len(inputs), -1)
    np.testing.assert_allclose(numpy_inference.evaluate(ours, inputs), expected, atol=1e-4)


class TestInTheBrowser:
    pytestmark = marks

    def computed(self, page, ours, inputs):
        halves = base64.b64encode(as_bytes(ours)).decode()
        flat = inputs.reshape(len(inputs), -1).tolist()
        return np.array(page.evaluate(EVALUATE, [describe_layers(ours), halves, flat]))

    @pytest.mark.parametrize("network", list(networks()), ids=title)
    def test_it_computes_as_keras_does(self, page, network):
        model, ours, inputs = built(*network)
        expected = model(inputs).numpy().reshape(len(inputs), -1)
        np.testing.assert_allclose(self.computed(page, ours, inputs), expected, atol=1e-3)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"kind": "attention"}, "layer attention is unknown"),
            ({"kind": "toString"}, "layer toString is unknown"),
            ({"activation": "maxout"}, "activation maxout is unknown"),
            ({"weights": [[3, 4], [5]]}, "numbers instead of"),
        ],
    )
    def test_what_it_does_not_know_ends_in_an_error(self, page, change, message):
        ours = [Layer("dense", (np.zeros((3, 4)), np.zeros(4)))]
        descriptions = [describe_layers(ours)[0] | change]
        with pytest.raises(Exception, match=message):
            page.evaluate(EVALUATE, [descriptions, base64.b64encode(as_bytes(ours)).decode(), []])

    @pytest.mark.parametrize("missing", [-2, 2])
    def test_too_few_and_too_many_weights_end_in_an_error(self, page, missing):
        ours = [Layer("dense", (np.zeros((3, 4)), np.zeros(4)))]
        content = as_bytes(ours) + bytes(2) if missing < 0 else as_bytes(ours)[:-missing]
        with pytest.raises(Exception, match="numbers instead of 16"):
            halves = base64.b64encode(content).decode()
            page.evaluate(EVALUATE, [describe_layers(ours), halves, []])
