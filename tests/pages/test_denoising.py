"""The denoising lesson, headless: what the network was shown, and noise that it has not seen."""

import numpy as np
import pytest

from models.autoencoders.denoising import corruption
from models.layers import numpy_inference
from tests.support.pages import SMALL, choose, open_page
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


@pytest.mark.parametrize("lesson", ["denoising"], indirect=True)
def test_the_grid_shows_what_the_denoising_network_was_shown(lesson, drawn):
    _name, run = lesson
    open_page("denoising.py", **SMALL)
    header, images = drawn["denoising.grid"]
    assert header["labels"] == ["original", "noisy", "rebuilt", "Wiener filter"]
    assert header["film"]["row"] == 2
    sample, pictures = run.sample()[0], run.live()[0]
    stored = [sample["inputs"], sample["noisy"], pictures["reconstructions"]]
    inputs = stored[0].reshape(-1, 28, 28)
    rows = [int(np.flatnonzero((inputs == one).all(axis=(1, 2)))[0]) for one in images[0]]
    for shown, array in zip(images, stored, strict=False):
        np.testing.assert_array_equal(shown, array[rows].reshape(-1, 28, 28))


@pytest.mark.parametrize("lesson", ["denoising"], indirect=True)
def test_unseen_noise_is_repaired_by_the_stored_network(lesson, drawn):
    _name, run = lesson
    page = open_page("denoising.py", **SMALL)
    choose(page, "denoising.view", "Other noise")
    for kind in corruption.KINDS:
        choose(page, "denoising.unseen.kind", kind)
    choose(page, "denoising.unseen.noise_level", 0.0)
    original, noisy, repaired = drawn["denoising.unseen"][1]
    np.testing.assert_array_equal(original, noisy)
    weights = run.checkpoint("weights/")[0]
    h = make_recipe("denoising", **SMALL).hyperparameters
    x = original.reshape(-1, 784) / np.float32(255)
    expected = numpy_inference.decode(h, weights, numpy_inference.encode(h, weights, x))
    np.testing.assert_allclose(repaired.reshape(-1, 784) / 255, expected, atol=0.003)
