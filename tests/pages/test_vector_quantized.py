"""The vector-quantized lesson, headless: grids that it invents, and its codebook."""

import numpy as np
import pytest

from models.autoencoders.vector_quantized import index_prior
from models.data import loading
from models.layers import numpy_inference
from models.runs.recipe import Recipe
from tests.support.pages import SMALL, choose, open_page

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("lesson", ["vector_quantized"], indirect=True)
def test_invented_grids_are_decoded_from_draws_of_the_priors(lesson, drawn):
    name, run = lesson
    page = open_page(f"{name}.py", **SMALL)
    choose(page, f"{name}.view", "Invented")
    recipe = Recipe.from_dict(run.config)
    h, weights = recipe.hyperparameters, run.checkpoint("weights/")[0]
    grids = run.live()[0]["indices"]  # of held-out images; the priors are of training ones
    train = loading.load("digits", 300).train
    codes = numpy_inference.encode(h, weights, train).reshape(300, 49, -1)
    book = numpy_inference.encoder_layers(h, weights)[-1].weights[0]
    train_grids = np.square(codes[:, :, None] - book).sum(axis=-1).argmin(axis=-1)
    prior = index_prior.fit_places(train_grids, 128)
    draws = index_prior.draw(prior, 49, 300, seed=0)[:24]
    expected = numpy_inference.decode(h, weights, book[draws].reshape(24, -1))
    shown = drawn[f"{name}.invent.places"][1][0]
    np.testing.assert_allclose(shown.reshape(24, 784) / 255, expected, atol=0.003)
    bits = index_prior.bits(prior, grids[:200])
    (label,) = [one.label for one in page.metric if one.label.startswith("Each place")]
    assert label == f"Each place by itself: {bits:.0f} bits per image"
    assert bits < 343


@pytest.mark.parametrize("lesson", ["vector_quantized"], indirect=True)
def test_what_entries_paint_is_what_the_stored_decoder_makes_of_them(lesson, drawn):
    name, run = lesson
    page = open_page(f"{name}.py", **SMALL)
    choose(page, f"{name}.view", "The codebook")
    choose(page, f"{name}.codebook.where", "everywhere")
    h = Recipe.from_dict(run.config).hyperparameters
    weights, counts = run.checkpoint("weights/")[0], np.bincount(run.live()[0]["indices"].ravel())
    book = numpy_inference.encoder_layers(h, weights)[-1].weights[0]
    expected = numpy_inference.decode(h, weights, np.tile(book[counts.argmax()], 49)[None])
    header, images = drawn[f"{name}.codebook"]
    assert header["captions"][0].splitlines()[0] == str(counts.argmax())
    np.testing.assert_allclose(images[0, 0].reshape(1, 784) / 255, expected, atol=0.003)
