"""The lessons with views of their own, headless, over a real training process."""

import numpy as np
import pytest

from dashboard.views import image_views, reconstructions
from models.autoencoders import registry
from models.autoencoders.adversarial import priors
from models.autoencoders.denoising import corruption
from models.autoencoders.vector_quantized import index_prior
from models.data import loading
from models.layers import numpy_inference
from models.runs.recipe import Recipe
from tests.support.pages import LESSONS_WITH_VIEWS, choose, open_page, with_key

SMALL = {"num_train": "300", "hidden_sizes": "none", "latent_dim": "40", "batch_size": "100",
         "epochs": "3", "seed": "301"}  # fmt: skip
SHARED = (
    image_views.EXPLORE,
    image_views.INVENT,
    image_views.CODES,
    image_views.FEATURES,
    image_views.CLASSES,
)

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module", params=LESSONS_WITH_VIEWS)
def lesson(request, trained_for_pages):
    """The name of a lesson, and its run in a small size, which has ended."""
    type = registry.by_name(request.param)
    texts = {name: SMALL[name] for name in type.hyperparameters.fields() if name in SMALL}
    return request.param, trained_for_pages(Recipe(type, type.preset("ours").parse(texts)))


@pytest.mark.parametrize("query", [{"seed": "300"}, SMALL], ids=["untrained", "trained"])
def test_every_view_of_every_lesson_can_be_drawn(lesson, drawn, query):
    name, run = lesson
    page = open_page(f"{name}.py", **query)
    control = with_key(page.segmented_control, f"{name}.view")
    assert len(control.options) >= 6
    # What all lessons share needs no training of its own to be seen untrained: once is enough.
    seen_before = () if query is SMALL or name == LESSONS_WITH_VIEWS[0] else SHARED
    for view in set(control.options) - set(seen_before):
        choose(page, f"{name}.view", view)
    if query is SMALL:
        held_out = run.result()["held_out"]["reconstruction_mse"]
        assert page.metric[0].value == f"{held_out:.5f}"
        assert not page.info


def test_the_grid_shows_what_the_denoising_network_was_shown(lesson, drawn):
    name, run = lesson
    if name != "denoising":
        return
    open_page("denoising.py", **SMALL)
    header, images = drawn["denoising.grid"]
    assert header["labels"] == ["original", "noisy", "rebuilt", "PCA"]
    assert header["film"]["row"] == 2
    sample, pictures = run.sample()[0], run.live()[0]
    stored = [sample["inputs"], sample["noisy"], pictures["reconstructions"]]
    inputs = stored[0].reshape(-1, 28, 28)
    rows = [int(np.flatnonzero((inputs == one).all(axis=(1, 2)))[0]) for one in images[0]]
    for shown, array in zip(images, stored, strict=False):
        np.testing.assert_array_equal(shown, array[rows].reshape(-1, 28, 28))


def test_unseen_noise_is_repaired_by_the_stored_network(lesson, drawn):
    name, run = lesson
    if name != "denoising":
        return
    page = open_page("denoising.py", **SMALL)
    choose(page, "denoising.view", "Other noise")
    for kind in corruption.KINDS:
        choose(page, "denoising.unseen.kind", kind)
    choose(page, "denoising.unseen.noise_level", 0.0)
    original, noisy, repaired = drawn["denoising.unseen"][1]
    np.testing.assert_array_equal(original, noisy)
    weights = run.checkpoint("weights/")[0]
    h = registry.by_name("denoising").preset("ours").parse(SMALL)
    x = original.reshape(-1, 784) / np.float32(255)
    expected = numpy_inference.decode(h, weights, numpy_inference.encode(h, weights, x))
    np.testing.assert_allclose(repaired.reshape(-1, 784) / 255, expected, atol=0.003)


def test_invented_images_are_decoded_from_draws_of_both_densities(lesson, drawn):
    name, run = lesson
    if name == "vector_quantized":  # draws indices: see below
        return
    page = open_page(f"{name}.py", **SMALL)
    choose(page, f"{name}.view", "Invent")
    h = registry.by_name(name).preset("ours").parse(SMALL)
    weights = run.checkpoint("weights/")[0]
    draws = np.random.default_rng(0).standard_normal((300, 40))
    expected = np.clip(numpy_inference.decode(h, weights, draws[:24]), 0, 1)
    prior, fitted = (drawn[f"{name}.invent.{part}"][1][0] for part in ("prior", "fitted"))
    np.testing.assert_allclose(prior.reshape(24, 784) / 255, expected, atol=0.003)
    distances = {one.label: float(one.value) for one in page.metric[-4:]}
    assert distances["Training images"] < distances["From N(0, I)"]
    choose(page, f"{name}.invent.components", 1)
    other = (drawn[f"{name}.invent.{part}"][1][0] for part in ("prior", "fitted"))
    assert [np.array_equal(*pair) for pair in zip((prior, fitted), other, strict=True)] == [
        True,
        False,
    ]
    with_key(page.button, f"{name}.invent.others").click()
    page.run()
    assert np.any(drawn[f"{name}.invent.prior"][1][0] != prior)


def test_an_adversarial_autoencoder_invents_from_the_prior_that_it_was_given(
    trained_for_pages, drawn
):
    texts = SMALL | {"prior": "swiss_roll", "latent_dim": "2"}
    type = registry.by_name("adversarial")
    recipe = Recipe(type, type.preset("ours").parse(texts))
    weights = trained_for_pages(recipe).checkpoint("weights/")[0]
    page = open_page("adversarial.py", **texts)
    choose(page, "adversarial.view", "Invent")
    draws = priors.draw("swiss_roll", 2, 10, 0, 300)
    expected = np.clip(numpy_inference.decode(recipe.hyperparameters, weights, draws[:24]), 0, 1)
    shown = drawn["adversarial.invent.prior"][1][0]
    np.testing.assert_allclose(shown.reshape(24, 784) / 255, expected, atol=0.003)
    assert "From the prior, a Swiss roll" in [one.label for one in page.metric]


def test_feature_maps_are_those_of_the_stored_weights(lesson, drawn):
    name, run = lesson
    if name != "convolutional":
        return
    page = open_page("convolutional.py", **SMALL)
    choose(page, "convolutional.view", "Feature maps")
    h = registry.by_name(name).preset("ours").parse(SMALL)
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


def test_invented_grids_are_decoded_from_draws_of_the_priors(lesson, drawn):
    name, run = lesson
    if name != "vector_quantized":
        return
    page = open_page(f"{name}.py", **SMALL)
    choose(page, f"{name}.view", "Invent")
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


def test_what_entries_paint_is_what_the_stored_decoder_makes_of_them(lesson, drawn):
    name, run = lesson
    if name != "vector_quantized":
        return
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


def test_images_are_looked_up_by_the_bits_that_differ(lesson, drawn):
    name, run = lesson
    if name != "hashing":
        return
    page = open_page("hashing.py", **SMALL)
    choose(page, "hashing.view", "Search")
    sample, codes = run.sample()[0], run.live()[0]["codes"]
    header, (images, _bits) = drawn["hashing.search.bits"]
    rows = [
        int(np.flatnonzero((sample["inputs"] == one.reshape(1, 784)).all(axis=1))[0])
        for one in images
    ]
    differ = np.count_nonzero(codes != codes[rows[0]], axis=1)
    assert header["captions"] == [str(differ[row]) for row in rows]
    assert differ[rows[1:]].tolist() == sorted(np.delete(differ, rows[0]))[:8]


def test_the_last_image_that_is_written_row_by_row_is_the_reconstruction(lesson, drawn):
    name, run = lesson
    if name != "recurrent":
        return
    page = open_page("recurrent.py", **SMALL)
    choose(page, "recurrent.view", "Row by row")
    header, (read, written) = drawn["recurrent.so_far"]
    sample, rebuilt = run.sample()[0], run.live()[0]["reconstructions"]
    (row,) = np.flatnonzero((sample["inputs"] == read[-1].reshape(1, 784)).all(axis=1))
    np.testing.assert_allclose(written[-1].reshape(784), rebuilt[row], atol=1.01)
    assert header["captions"][0].startswith("1\n") and header["captions"][-1].startswith("28\n")
    np.testing.assert_array_equal(read[3][:7], read[-1][:7])


def test_a_lesson_that_the_article_does_not_have_offers_no_preset_of_it(lesson):
    name, _run = lesson
    page = open_page(f"{name}.py", **SMALL)
    keys = [button.key for button in page.button if button.key]
    assert f"{name}.preset.ours" in keys and f"{name}.preset.article" not in keys
