"""The adversarial lesson, headless: what it invents."""

import numpy as np
import pytest

from models.autoencoders.adversarial import priors
from models.layers import numpy_inference
from tests.support.pages import SMALL, choose, open_page
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


def test_an_adversarial_autoencoder_invents_from_the_prior_that_it_was_given(
    trained_for_pages, drawn
):
    texts = SMALL | {"prior": "swiss_roll", "latent_dim": "2"}
    recipe = make_recipe("adversarial", **texts)
    weights = trained_for_pages(recipe).checkpoint("weights/")[0]
    page = open_page("adversarial.py", **texts)
    choose(page, "adversarial.view", "Invented")
    draws = priors.draw("swiss_roll", 2, 10, 0, 300)
    expected = np.clip(numpy_inference.decode(recipe.hyperparameters, weights, draws[:24]), 0, 1)
    shown = drawn["adversarial.invent.prior"][1][0]
    np.testing.assert_allclose(shown.reshape(24, 784) / 255, expected, atol=0.003)
    assert "From the prior, a Swiss roll" in [one.label for one in page.metric]
