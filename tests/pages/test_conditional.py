"""The conditional lesson, headless: digits that are asked for."""

import numpy as np
import pytest

from models.layers import numpy_inference
from tests.support.pages import SMALL_NATS, choose, open_page
from tests.support.recipes import make_recipe

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def run(trained_once):
    return trained_once(make_recipe("conditional", **SMALL_NATS))


def test_every_digit_is_written_with_the_code_of_the_image_above_it(run, drawn):
    page = open_page("conditional.py", **SMALL_NATS)
    choose(page, "conditional.view", "hands")
    header, images = drawn["conditional.styles"]
    assert header["labels"] == ["written by hand", *map(str, range(10))]
    inputs, codes = run.sample()[0]["inputs"], run.live()[0]["codes"]
    rows = [int(np.flatnonzero((inputs == one.ravel()).all(axis=1))[0]) for one in images[0]]
    weights = run.checkpoint("weights/")[0]
    h = make_recipe("conditional", **SMALL_NATS).hyperparameters
    for label, written in enumerate(images[1:]):
        expected = numpy_inference.decode(h, weights, codes[rows], np.full(len(rows), label))
        np.testing.assert_allclose(written.reshape(len(rows), -1) / 255, expected, atol=0.003)
    page.button(key="conditional.hands").click()
    page.run()
    assert np.any(drawn["conditional.styles"][1][0] != images[0])


def test_one_digit_is_invented_or_all_side_by_side(run, drawn):
    page = open_page("conditional.py", **SMALL_NATS)
    stored = run.live()[0]["generated"].reshape(6, 10, 28, 28)
    header, images = drawn["conditional.invented"]
    assert np.abs(images.astype(int) - stored).max() <= 1 and header["film"]
    choose(page, "conditional.told.digits", 7)
    header, images = drawn["conditional.invented"]
    codes = np.random.default_rng(0).standard_normal((40, 5))
    weights = run.checkpoint("weights/")[0]
    h = make_recipe("conditional", **SMALL_NATS).hyperparameters
    expected = numpy_inference.decode(h, weights, codes, np.full(40, 7))
    np.testing.assert_allclose(images.reshape(40, -1) / 255, expected, atol=0.003)
    assert "film" not in header
