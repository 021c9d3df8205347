"""What makes a denoising autoencoder what it is: its noise, and the clean images as its target."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats
from sklearn.linear_model import LinearRegression, Ridge

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.denoising import wiener
from models.autoencoders.denoising.corruption import KINDS, corrupt
from models.data import loading
from models.evaluation import pca
from tests.support.networks import build, no_labels, train

VARIANTS = [
    {"corruption": "masking"},
    {"corruption": "salt_and_pepper", "l2": 0.001},
]


def noise_of(small, images, **changes):
    model = build(small("denoising", **changes))
    return model.corrupt(tf.constant(images), Noise(3, 5)).numpy()


def test_gaussian_noise_has_its_stated_deviation(small, images):
    shift = (noise_of(small, images, corruption="gaussian", noise_level=0.3) - images).ravel()
    assert shift.std() == pytest.approx(0.3, rel=0.01) and abs(shift.mean()) < 0.005
    assert stats.kstest(shift[:20_000] / 0.3, "norm").pvalue > 0.001


def test_masking_hides_its_stated_share_and_nothing_else(small, images):
    whole = np.maximum(images, 0.01)
    noisy = noise_of(small, whole, corruption="masking", noise_level=0.25)
    assert np.mean(noisy == 0) == pytest.approx(0.25, abs=0.005)
    assert np.array_equal(noisy[noisy > 0], whole[noisy > 0])


def test_salt_and_pepper_hit_equally_often(small, images):
    grey = np.full_like(images, 0.5)
    noisy = noise_of(small, grey, corruption="salt_and_pepper", noise_level=0.4)
    shares = [np.mean(noisy == value) for value in (0.0, 0.5, 1.0)]
    assert shares == pytest.approx([0.2, 0.6, 0.2], abs=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_noise_of_no_strength_changes_nothing(small, images, kind):
    assert np.array_equal(noise_of(small, images, corruption=kind, noise_level=0.0), images)


def test_every_step_draws_other_noise_and_inference_none(small, images):
    model = build(small("denoising"))
    first, again, other = (model.corrupt(images, Noise(3, step)).numpy() for step in (5, 5, 6))
    assert np.array_equal(first, again) and np.mean(first == other) < 0.01
    assert np.array_equal(model(images), model.decode(model.encoder(images)))


def test_the_loss_compares_with_the_clean_images(small, images):
    model = build(small("denoising"))
    noisy = model.corrupt(images, Noise(1, 7)).numpy()
    expected = np.mean((model(noisy).numpy() - images) ** 2)
    terms = model.objective(images, no_labels(images), Noise(1, 7))
    assert float(terms["total"]) == pytest.approx(expected, rel=1e-5)


NOISES = [("gaussian", 0.5), ("masking", 0.5), ("salt_and_pepper", 0.3)]


def make_noisy(x, kind, noise_level, seed=0):
    draws = np.random.default_rng(seed)
    return corrupt(x, kind, noise_level, normal=lambda: draws.standard_normal(x.shape),
                   uniform=lambda: draws.random(x.shape), where=np.where)  # fmt: skip


def correlated(size, seed=0):
    """Examples of 6 numbers, one of them always black."""
    draws = np.random.default_rng(seed)
    x = 0.5 + 0.2 * draws.normal(size=(size, 3)) @ draws.normal(size=(3, 6))
    x[:, 5] = 0.0
    return np.clip(x, 0, 1)


@pytest.mark.parametrize(("kind", "noise_level"), NOISES)
def test_the_filter_is_the_regression_on_as_much_noise_as_one_likes(kind, noise_level):
    x = correlated(500)
    many = np.tile(x, (400, 1))
    noisy = make_noisy(many, kind, noise_level)
    expected = LinearRegression().fit(noisy, many)
    found = wiener.fit(pca.fit(x), kind, noise_level)
    np.testing.assert_allclose(found.noisy_mean, noisy.mean(axis=0), atol=0.005)
    np.testing.assert_allclose(found.matrix[:5].T, expected.coef_[:, :5], atol=0.01)
    np.testing.assert_allclose(found.repair(noisy), expected.predict(noisy), atol=0.03)


@pytest.mark.parametrize(("kind", "noise_level"), [*NOISES, ("gaussian", 0.1), ("gaussian", 0.0)])
def test_no_linear_method_repairs_held_out_digits_better(kind, noise_level):
    data = loading.load("digits", 1000)
    components, clean = pca.fit(data.train), data.held_out
    noisy, noisy_train = (make_noisy(x, kind, noise_level) for x in (clean, data.train))

    def error(repaired):
        return np.mean(np.square(np.clip(repaired, 0, 1) - clean))

    regression = Ridge(100.0).fit(noisy_train, data.train)
    ours = error(wiener.fit(components, kind, noise_level).repair(noisy))
    assert ours < error(regression.predict(noisy))
    for size in (10, 20, 30, 50, 80, 150):
        assert ours < error(components.reconstruct(noisy, size))


def test_the_baseline_is_the_filter_on_the_noisy_images_within_the_range(small, images):
    model, components = build(small("denoising", latent_dim=40)), pca.fit(images)
    x = images[:200]
    noisy = model.corrupt(x, Noise(model._seed, EVALUATION_STEP)).numpy()
    h = model.hyperparameters
    repaired = wiener.fit(components, h.corruption, h.noise_level).repair(noisy, (0.0, 1.0))
    assert repaired.min() >= 0 and repaired.max() <= 1
    expected = np.mean((repaired - x) ** 2)
    assert model.pca_baseline(x, components) == pytest.approx(expected, rel=1e-5)


def test_numpy_and_tensorflow_agree_on_what_noise_does(images):
    draws = np.random.default_rng(0).uniform(size=images.shape).astype(np.float32)
    for kind in KINDS:
        numpy, tensorflow = (
            corrupt(images, kind, np.float32(0.3), normal=lambda: draws, uniform=lambda: draws,
                      where=where)
            for where in (np.where, tf.where)
        )  # fmt: skip
        np.testing.assert_array_equal(numpy, tensorflow)


def test_unknown_noise_is_named():
    with pytest.raises(ValueError, match="'rain' was passed; expected one of gaussian, masking"):
        corrupt(np.zeros((1, 4)), "rain", 0.5, normal=None, uniform=None, where=np.where)


@pytest.mark.training
def test_what_is_stored_is_of_the_noisy_images(small, store):
    recipe = small("denoising", latent_dim=20, epochs=60, learning_rate=0.01)
    run = train(recipe, store)
    sample, pictures = run.sample()[0], run.live()[0]
    clean = sample["inputs"] / 255.0
    before = np.mean((sample["noisy"] / 255.0 - clean) ** 2)
    after = np.mean((pictures["reconstructions"] / 255.0 - clean) ** 2)
    assert after < 0.5 * before
    result = run.result()
    assert after == pytest.approx(result["held_out"]["reconstruction_mse"], rel=0.1)
