"""What makes a denoising autoencoder what it is: its noise, and the clean images as its target."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.denoising.corruption import KINDS, corrupt
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


def test_the_yardstick_is_pca_of_the_noisy_images(small, images):
    from models.evaluation import pca

    model, components = build(small("denoising", latent_dim=40)), pca.fit(images)
    x = images[:200]
    noisy = model.corrupt(x, Noise(model._seed, EVALUATION_STEP)).numpy()
    expected = np.mean((components.reconstruct(noisy, 40) - x) ** 2)
    assert model.pca_baseline(x, components) == pytest.approx(expected, rel=1e-5)
    assert model.pca_baseline(x, components) > 1.2 * components.error(x, 40)


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
