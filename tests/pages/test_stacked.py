"""The stacked lesson, headless, over a real training process; and the images on show."""

import numpy as np
import pytest

from dashboard.runs import run_sample
from dashboard.views import image_views, reconstructions
from models.data import loading
from tests.support.pages import choose, metrics, open_page, with_key
from tests.support.recipes import make_recipe
from tests.support.soak import soaking

SMALL = {"num_train": "300", "hidden_sizes": "32", "batch_size": "100", "epochs": "3"}

pytestmark = pytest.mark.pages


def recipe(**texts):
    return make_recipe("stacked", **SMALL | texts)


@pytest.fixture(scope="module")
def trained(trained_for_pages):
    """A run that has ended, and the errors of its sample computed from its files."""
    run = trained_for_pages(recipe(seed="301"))
    sample, pictures = run.sample()[0], run.live()[0]
    inputs = sample["inputs"] / 255.0
    errors = ((pictures["reconstructions"] / 255.0 - inputs) ** 2).mean(axis=1)
    pca_errors = ((sample["pca_reconstructions"] / 255.0 - inputs) ** 2).mean(axis=1)
    return run, sample, pictures, errors, pca_errors


def page_of_trained():
    return open_page("stacked.py", **SMALL, seed="301")


def test_before_training_the_digits_are_there_and_nothing_is_claimed(dispatcher, drawn):
    page = open_page("stacked.py", **SMALL, seed="300")
    assert [metric.value for metric in metrics(page)] == ["–", "–"]
    header, images = drawn["stacked.grid"]
    digits = loading.load("digits", 300).held_out[:500].reshape(-1, 28, 28)
    assert header["labels"] == ["original", "rebuilt", "PCA"]
    assert set(header["captions"]) == {"–\n–"}
    assert all(any(np.allclose(one / 255, x, atol=0.003) for x in digits) for one in images[0])
    assert not images[1:].any()
    for view in ("Latent space", "First layer", "Error by class"):
        choose(page, "stacked.view", view)
        assert "appear" in page.info[0].value


def test_images_that_are_not_at_hand_are_announced(dispatcher, drawn):
    page = open_page("stacked.py", dataset="fashion_mnist")
    assert "Fashion-MNIST" in page.info[0].value and not drawn


def test_the_page_shows_the_numbers_of_the_stored_run(trained, drawn):
    page, (run, *_) = page_of_trained(), trained
    result = run.result()
    held_out, train = metrics(page)
    assert held_out.value == f"{result['held_out']['reconstruction_mse']:.5f}"
    assert train.value == f"{result['train']['reconstruction_mse']:.5f}"
    for part, metric in (("held_out", held_out), ("train", train)):
        floor = result["pca"][part]
        times = result[part]["reconstruction_mse"] / floor
        assert metric.comparison == f"{times:.3g} times PCA ({floor:.5f})"
        assert [epoch for epoch, *_texts in metric.at] == [0, 1, 2, 3]


def test_a_penalty_has_a_number_of_its_own(trained_for_pages, drawn):
    result = trained_for_pages(recipe(seed="302", l2="0.0001")).result()
    page = open_page("stacked.py", **SMALL, seed="302", l2="0.0001")
    assert metrics(page)[2].value == f"{result['train']['penalty']:.5f}"


def shown_indices(images, sample):
    """Which images of the sample stand in the row of originals."""
    inputs = sample["inputs"].reshape(-1, 28, 28)
    return [int(np.flatnonzero((inputs == one).all(axis=(1, 2)))[0]) for one in images[0]]


def test_the_grid_shows_the_stored_pictures_and_their_errors(trained, drawn):
    page_of_trained()
    _, sample, pictures, errors, pca_errors = trained
    header, images = drawn["stacked.grid"]
    indices = shown_indices(images, sample)
    for row, stored in ((1, pictures["reconstructions"]), (2, sample["pca_reconstructions"])):
        np.testing.assert_array_equal(images[row], stored[indices].reshape(-1, 28, 28))
    assert header["captions"] == [f"{errors[i]:.4f}\n{pca_errors[i]:.4f}" for i in indices]


def test_best_worst_one_of_each_and_a_single_class(trained, drawn):
    page, (_, sample, _, errors, _) = page_of_trained(), trained
    order = np.argsort(errors)

    def indices_after(key, value):
        choose(page, key, value)
        return shown_indices(drawn["stacked.grid"][1], sample)

    best = indices_after("stacked.grid.choice", "best")
    np.testing.assert_allclose(errors[best], errors[order[:10]], rtol=1e-5)
    worst = indices_after("stacked.grid.choice", "worst")
    np.testing.assert_allclose(errors[worst], errors[order[::-1][:10]], rtol=1e-5)
    fives = indices_after("stacked.grid.class.digits", 5)
    of_class = np.flatnonzero(sample["labels"] == 5)
    np.testing.assert_allclose(errors[fives], np.sort(errors[of_class])[::-1][:10], rtol=1e-5)
    each = indices_after("stacked.grid.choice", "each")
    assert sample["labels"][each].tolist() == list(range(10))


def test_others_stay_on_show_until_others_are_asked_for(trained, drawn):
    page = page_of_trained()
    first = drawn["stacked.grid"][1]
    page.run()
    np.testing.assert_array_equal(drawn["stacked.grid"][1], first)
    with_key(page.button, "stacked.grid.shuffle").click().run()
    assert (drawn["stacked.grid"][1] != first).any()


def test_features_are_the_stored_weights(trained, drawn):
    page, (run, sample, *_) = page_of_trained(), trained
    choose(page, "stacked.view", "First layer")
    choose(page, "stacked.unit.32", 25)
    header, images = drawn["stacked.features"]
    assert header["captions"] == [str(unit) for unit in range(25, 33)]
    (weights,) = run.checkpoint("weights/encoder/encoder_1/kernel")[0].values()
    effect = weights[:, 24] * sample["inputs"].std(axis=0)
    expected = 127.5 + 127.5 * effect / np.abs(effect).max()
    np.testing.assert_allclose(images[0, 0].ravel(), expected, atol=0.51)


@pytest.mark.parametrize("latent_dim", soaking(("1", "2", "3"), ("1", "3")))
def test_codes_of_any_size_are_drawn(trained_for_pages, drawn, latent_dim):
    trained_for_pages(recipe(seed="303", latent_dim=latent_dim))
    page = open_page("stacked.py", **SMALL, seed="303", latent_dim=latent_dim)
    choose(page, "stacked.view", "Latent space")
    choose(page, "stacked.view", "Error by class")


# What the grid shows, without a page


def test_errors_per_image_and_class_are_those_of_numpy():
    random = np.random.default_rng(0)
    images, others = random.integers(0, 256, (2, 40, 784), np.uint8)
    labels = random.integers(0, 4, 40)
    errors = run_sample.squared_errors(images, others)
    np.testing.assert_allclose(errors, ((images / 255.0 - others / 255.0) ** 2).mean(1), rtol=1e-5)
    means = run_sample.class_means(errors, labels, 5)
    expected = [errors[labels == label].mean() for label in range(4)]
    np.testing.assert_allclose(means[:4], expected, rtol=1e-6)
    assert np.isnan(means[4])


@pytest.mark.parametrize("choice", ["random", "each"])
def test_what_training_changes_does_not_change_these_choices(choice):
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 500)
    first, second = (reconstructions.select(choice, labels, random.random(500)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_class_that_is_absent_gives_nothing_to_show():
    assert not len(reconstructions.select("random", np.zeros(20, int), np.zeros(20), only=3))


def test_signed_images_put_zero_in_the_middle():
    images = run_sample.signed_images(np.array([[-2.0, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    assert images.tolist() == [[0, 128, 191], [128, 128, 128]]


def test_axes_keep_their_direction_from_picture_to_picture():
    random = np.random.default_rng(0)
    first = run_sample.align_signs(random.normal(size=(50, 3)) ** 3, None)
    moved = first + random.normal(scale=0.1, size=first.shape)
    np.testing.assert_array_equal(run_sample.align_signs(moved * [-1, 1, -1], first), moved)


def test_an_error_is_compared_with_the_baseline_s():
    compare = image_views.compare_text
    assert compare(0.002, 0.004, "PCA") == "50% below PCA (0.00400)"
    assert compare(0.005, 0.004, "PCA") == "25% above PCA (0.00400)"
    assert compare(0.00401, 0.004, "PCA") == "the same as PCA (0.00400)"
    assert compare(0.05, 0.004, "PCA") == "12.5 times PCA (0.00400)"
    for value in (None, float("nan")):
        assert compare(value, 0.004, "PCA") == "PCA 0.00400"
    assert compare(0.1, None, "PCA") == "PCA –"
