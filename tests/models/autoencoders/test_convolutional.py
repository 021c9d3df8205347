"""Convolutions: their plans, what they share, and what a kernel of one pixel cannot do."""

import itertools
import math

import numpy as np
import pytest

from models.autoencoders import registry
from models.autoencoders.convolutional.hyperparameters import ConvolutionalHyperparameters
from models.autoencoders.convolutional.model import ConvolutionalAutoencoder
from models.autoencoders.stacked.hyperparameters import StackedHyperparameters
from models.hyperparameters.declaration import HyperparameterError
from models.layers import numpy_inference, spec
from models.training import estimates
from tests.support.networks import sized, weights_of

VARIANTS = [
    {"filters": (4, 6, 3), "downsampling": "max_pooling", "upsampling": "bilinear"},
    {"downsampling": "average_pooling", "upsampling": "nearest", "kernel_size": 2},
    {"decoder_filters": (5,), "hidden_sizes": (), "kernel_size": 5, "l2": 0.001},
]


ARCHITECTURES = [
    {"downsampling": down, "upsampling": up, "kernel_size": kernel, "filters": filters}
    for (down, up), (kernel, filters) in zip(
        itertools.product(
            ("stride", "max_pooling", "average_pooling"), ("transposed", "nearest", "bilinear")
        ),
        itertools.cycle([(3, (3, 4)), (2, (5,)), (5, (2, 3, 4, 2)), (1, (4, 2, 3))]),
        strict=False,
    )
]


@pytest.mark.parametrize("changes", ARCHITECTURES, ids=lambda one: "-".join(map(str, one.values())))
def test_the_plan_says_what_every_layer_gives(small, changes):
    h = small("convolutional", **changes).hyperparameters
    model = ConvolutionalAutoencoder(h)
    for plan, half in ((h.encoder_plan, model.encoder), (h.decoder_plan, model.decoder)):
        assert [layer.name for layer in plan] == [layer.name for layer in half.layers]
        for layer, built in zip(plan, half.layers, strict=True):
            assert layer.output == built.output.shape[1:]
            assert layer.num_parameters == built.count_params()


@pytest.mark.parametrize("sides", [(28, 28), (28, 30), (7, 7), (32, 8)])
def test_a_decoder_gives_back_images_of_any_size(sides):
    model = ConvolutionalAutoencoder(
        sized(ConvolutionalHyperparameters, sides, filters=(3, 4, 2), latent_dim=5)
    )
    x = np.random.default_rng(0).random((2, math.prod(sides)), np.float32)
    assert model(x).shape == x.shape


def test_the_decoder_may_have_another_depth_than_the_encoder(small):
    h = small("convolutional", filters=(3, 4), decoder_filters=(6, 5, 2)).hyperparameters
    maps = [one.output for one in h.decoder_plan if one.kind == "conv2d_transpose"]
    assert maps == [(7, 7, 5), (14, 14, 2), (28, 28, 1)]


def test_a_moved_image_has_moved_feature_maps(small):
    h = small("convolutional", kernel_size=3).hyperparameters
    weights = weights_of(ConvolutionalAutoencoder(h))
    image = np.zeros((28, 28), np.float32)
    image[8:16, 10:17] = np.random.default_rng(0).random((8, 7))
    moved = np.roll(image, 4, axis=(0, 1))  # two layers of stride 2: four pixels are one place
    plan = numpy_inference.encoder_layers(h, weights)
    pair = np.stack([image, moved]).reshape(2, 784)
    outputs = zip(plan, numpy_inference.outputs(plan, pair), strict=True)
    maps = {layer.name: maps for layer, maps in outputs if layer.kind == "conv2d"}
    assert maps["convolution_2"].std() > 0.01
    for name, places in (("convolution_1", 2), ("convolution_2", 1)):
        first, second = maps[name]
        np.testing.assert_allclose(np.roll(first, places, axis=(0, 1)), second, atol=1e-6)


@pytest.mark.parametrize("filters", [(4,), (4, 3)], ids=str)
def test_kernels_of_one_pixel_two_apart_skip_three_of_four_pixels_at_each_layer(small, filters):
    changes = {"kernel_size": 1, "filters": filters, "hidden_activation": "elu"}
    h = small("convolutional", **changes).hyperparameters
    weights = weights_of(ConvolutionalAutoencoder(h))
    images, seen = np.random.default_rng(0).random((1, 28, 28), np.float32), 2 ** len(filters)
    codes = numpy_inference.encode(h, weights, images.reshape(1, 784))
    changed = np.full_like(images, 0.3)
    changed[:, ::seen, ::seen] = images[:, ::seen, ::seen]
    np.testing.assert_array_equal(
        numpy_inference.encode(h, weights, changed.reshape(1, 784)), codes
    )
    changed[:, 0, 0] += 0.5
    assert np.any(numpy_inference.encode(h, weights, changed.reshape(1, 784)) != codes)
    # What is painted differs between two codes at those pixels only.
    pair = numpy_inference.decode(h, weights, np.vstack([codes, -codes])).reshape(2, 28, 28)
    differing = np.argwhere(pair[0] != pair[1])
    assert len(differing) == (28 // seen) ** 2 and not np.any(differing % seen)


def test_multiplications_are_those_of_every_place():
    # 28 x 28 pixels, 2 filters of 3 x 3 on 1 channel; halved by pooling only afterwards.
    (first, *_), (strided, *_) = (
        [one for one in spec.convolutions((28, 28), (2,), 3, how, "relu") if one.weight_shapes]
        for how in ("max_pooling", "stride")
    )
    assert first.multiplications == 28 * 28 * 2 * 9
    assert strided.multiplications == 14 * 14 * 2 * 9
    # 7 x 7 places paint 3 x 3 pixels of each of 4 maps, from 5 maps.
    plan = spec.deconvolutions((14, 14), (5,), 3, "transposed", "relu", "sigmoid")
    (only,) = [one for one in plan if one.weight_shapes]
    assert only.multiplications == 7 * 7 * 5 * 9
    assert spec.dense("code", 6, 7, "relu").multiplications == 42


def test_pooling_is_estimated_to_take_longer_than_strides(small):
    strided, pooled = (
        estimates.model_seconds(small("convolutional", filters=(32, 32), downsampling=how))
        for how in ("stride", "average_pooling")
    )
    assert pooled > 1.5 * strided


@pytest.mark.parametrize("text", ["none", "", "0", "200", "8-8-8-8-8", "-4", "eight"])
def test_filters_that_cannot_be_are_refused_with_what_can(text):
    with pytest.raises(HyperparameterError, match=r"filters = .*from 1 to 128") as caught:
        registry.by_name("convolutional").preset("ours").parse({"filters": text})
    assert "or none" not in str(caught.value)


def test_there_are_fewer_parameters_than_in_the_dense_network():
    ours = ConvolutionalHyperparameters()
    dense = StackedHyperparameters(latent_dim=ours.latent_dim)
    assert ours.num_parameters < dense.num_parameters / 3
