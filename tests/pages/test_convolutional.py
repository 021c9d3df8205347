"""The convolutional lesson, headless: its feature maps."""

import numpy as np
import pytest

from dashboard.views import reconstructions
from models.layers import numpy_inference
from tests.support.pages import SMALL, choose, open_page
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("lesson", ["convolutional"], indirect=True)
def test_feature_maps_are_those_of_the_stored_weights(lesson, drawn):
    _name, run = lesson
    page = open_page("convolutional.py", **SMALL)
    choose(page, "convolutional.view", "Feature maps")
    h = make_recipe("convolutional", **SMALL).hyperparameters
    sample, weights = run.sample()[0], run.checkpoint("weights/")[0]
    image = drawn["convolutional.maps.image"][1][0]
    (row,) = np.flatnonzero((sample["inputs"] == image.reshape(1, 784)).all(axis=1))
    layers = numpy_inference.encoder_layers(h, weights)
    outputs = numpy_inference.outputs(layers, sample["inputs"][row : row + 1] / np.float32(255))
    for layer, maps in zip(layers, outputs, strict=True):
        if layer.kind != "conv2d":
            continue
        shown = drawn[f"convolutional.maps.{layer.name}"][1][0]
        expected = np.moveaxis(maps[0], -1, 0)[: len(shown)]
        expected = 127.5 + 127.5 * expected / np.abs(expected).max()
        np.testing.assert_allclose(shown, expected, atol=0.51)
    others = drawn["convolutional.maps.image"][1].copy()
    last = reconstructions.one_of_each(sample["labels"])[-1]
    choose(page, "convolutional.map.digits", int(last))
    assert np.any(drawn["convolutional.maps.image"][1] != others)
