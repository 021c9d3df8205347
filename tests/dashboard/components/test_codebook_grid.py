"""The grid of indices in the browser: distances, keys, and another entry in a place."""

import numpy as np
import pytest
from playwright.sync_api import expect

from dashboard.components.codebook_grid import codebook_grid
from dashboard.runs import buffers
from dashboard.runs.wire_format import as_bytes, describe_layers
from models.layers import numpy_inference
from tests.support.networks import weights_of
from tests.support.scripts import marks, scripted_page, show

pytestmark = marks
CANVAS = """canvas => {
    const {width, height} = canvas;
    const {data} = canvas.getContext("2d").getImageData(0, 0, width, height);
    return Array.from({length: width * height}, (_, pixel) => data[4 * pixel]);
}"""


@pytest.fixture
def network(small):
    """A network whose entries lie among its vectors; an image, its vectors and the codebook."""
    recipe = small("vector_quantized", num_embeddings=20)
    h = recipe.hyperparameters
    model = recipe.type.model_class()(h)
    image = np.random.default_rng(0).integers(0, 256, 784).astype(np.uint8)
    vectors = model.vectors(image[None] / np.float32(255)).numpy()
    model.codebook.codebook.assign(vectors[:20] + 0.01)
    return h, weights_of(model), image, vectors, model.codebook.codebook.numpy()


@pytest.fixture
def page(network, chromium):
    h, weights, image, vectors, book = network
    decoder = numpy_inference.decoder_layers(h, weights)
    answers = {
        "/decoder": buffers.with_header({"layers": describe_layers(decoder)}, as_bytes(decoder))
    }
    painted = np.zeros((20, 28, 28), np.uint8)
    content = codebook_grid.packed(h, image, image * 0, vectors, book, painted, "/decoder?1")
    page, errors = scripted_page(chromium, "codebook_grid/codebook_grid.js", answers=answers), []
    page.on("pageerror", lambda error: errors.append(error))
    show(page, content)
    yield page
    assert not errors


def rebuilt(network, indices):
    h, weights, _image, _vectors, book = network
    return 255 * numpy_inference.decode(h, weights, book[indices].reshape(1, -1))[0]


def test_a_place_tells_its_distances_and_takes_another_entry(page, network):
    *_, vectors, book = network
    distances = np.square(vectors[:, None] - book).sum(axis=-1)
    indices = distances.argmin(axis=1)
    cells = page.get_by_role("gridcell")
    assert [int(text) for text in cells.all_inner_texts()] == indices.tolist()
    cells.nth(25).hover()
    first, second = distances[25].argsort()[:2]
    told = page.locator(".index-grid p").first
    expect(told).to_contain_text(f"Row 4, column 5: entry {first} is nearest")
    expect(told).to_contain_text(f"The next one is {second}")
    page.keyboard.press("Tab")
    cells.nth(25).focus()
    page.keyboard.press("ArrowDown")
    expect(cells.nth(32)).to_be_focused()
    expect(cells.nth(32)).to_have_attribute("aria-selected", "true")
    image = page.locator("figure canvas").nth(1)
    page.wait_for_function("() => document.querySelectorAll('figure canvas')[1].width === 28")
    np.testing.assert_allclose(image.evaluate(CANVAS), rebuilt(network, indices), atol=2)
    other = distances[32].argsort()[3]
    page.get_by_role("button", name=f"Put entry {other} here").click()
    expect(page.get_by_text("rebuilt, 1 changed")).to_be_visible()
    changed = indices.copy()
    changed[32] = other
    np.testing.assert_allclose(image.evaluate(CANVAS), rebuilt(network, changed), atol=2)
    assert np.abs(rebuilt(network, changed) - rebuilt(network, indices)).max() > 10
    page.get_by_role("button", name="Back to the encoder's choice").click()
    assert [int(text) for text in cells.all_inner_texts()] == indices.tolist()
