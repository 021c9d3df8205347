"""The variational autoencoder: its bound, recomputed in NumPy, and the codes that it samples."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from models.autoencoders.base.latent_gaussian import gaussian_kl, log_variance_of
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from tests.support.networks import build, check_terms, forward, l2_penalty, load, no_labels

VARIANTS = [
    {"hidden_sizes": (), "likelihood": "gaussian"},
    {"hidden_sizes": (20, 10), "l2": 0.001, "beta": 4.0, "kl_warmup_epochs": 3},
    {"hidden_sizes": (20,), "likelihood": "gaussian", "l2": 0.001, "latent_dim": 7},
    {"parametrization": "sigma"},
]


@pytest.mark.parametrize("likelihood", ["bernoulli", "gaussian"])
def test_the_variational_bound(small, images, likelihood):
    model = build(small("variational", likelihood=likelihood, beta=2.5, l2=0.001, latent_dim=4))
    mean, log_variance = np.split(forward(model.encoder, images), 2, axis=1)
    noise = Noise(1, 7)
    standard = noise.normal("posterior", mean.shape).numpy()
    output = forward(model.decoder, mean + np.exp(log_variance / 2) * standard)
    if likelihood == "bernoulli":
        picture = 1 / (1 + np.exp(-output))
        nats = -(images * np.log(picture) + (1 - images) * np.log(1 - picture)).sum(axis=1).mean()
    else:
        model.log_noise_variance.assign(-1.3)
        deviation, picture = np.exp(-0.65), output
        nats = -stats.norm.logpdf(images, picture, deviation).sum(axis=1).mean()
    variance = np.exp(log_variance)
    kl = 0.5 * (variance + mean**2 - 1 - log_variance).sum(axis=1).mean()
    penalty = l2_penalty(model, 0.001)
    expected = {
        "reconstruction_mse": np.mean((images - picture) ** 2),
        "reconstruction_nats": nats,
        "kl_nats": kl,
        "penalty": penalty,
        "total": nats + 2.5 * kl + penalty,
    }
    check_terms(model, images, noise, expected)


def test_the_article_s_bound_learns_sigma_itself(small, images):
    model = build(small("variational", parametrization="sigma", latent_dim=4))
    mean, sigma = np.split(forward(model.encoder, images), 2, axis=1)
    assert np.any(sigma < 0) and np.any(sigma > 0)
    noise = Noise(1, 7)
    standard = noise.normal("posterior", mean.shape).numpy()
    # z = m + s e, with the noise mirrored where s is negative.
    logits = forward(model.decoder, mean + sigma * standard * np.sign(sigma))
    nats = (np.logaddexp(0, logits) - images * logits).sum(axis=1).mean()
    kl = 0.5 * (sigma**2 + mean**2 - 1 - np.log(1e-10 + sigma**2)).sum(axis=1).mean()
    picture = 1 / (1 + np.exp(-logits))
    expected = {
        "reconstruction_mse": np.mean((images - picture) ** 2),
        "reconstruction_nats": nats,
        "kl_nats": kl,
        "total": nats + kl,
    }
    check_terms(model, images, noise, expected)


def test_a_deviation_of_zero_has_a_finite_log_variance_and_a_steep_one_beside_it():
    sigma = tf.constant([0.0, 1e-4, 1.0, -1.0])
    with tf.GradientTape() as tape:
        tape.watch(sigma)
        log_variance = log_variance_of(sigma)
    np.testing.assert_allclose(log_variance, np.log(1e-10 + np.square(sigma)), atol=1e-6)
    slopes = tape.gradient(log_variance, sigma).numpy()
    np.testing.assert_allclose(slopes, [0, 2e-4 / (1e-10 + 1e-8), 2, -2], rtol=1e-4)


def test_the_kl_divergence_agrees_with_sampling():
    mean, log_variance = np.array([[0.0, 1.5, -0.3]]), np.array([[0.0, -1.0, 0.8]])
    deviation = np.exp(log_variance / 2)
    samples = mean + deviation * np.random.default_rng(0).standard_normal((400_000, 3))
    ratios = stats.norm.logpdf(samples, mean, deviation) - stats.norm.logpdf(samples)
    error = ratios.std(axis=0) / len(samples) ** 0.5
    kl = gaussian_kl(mean, log_variance).numpy()[0]
    assert np.all(np.abs(ratios.mean(axis=0) - kl) <= 4 * error + 1e-12)
    assert kl[0] == 0.0 and np.all(kl[1:] > 0.1)


def test_the_floor_of_grey_pixels(small):
    recipe = small("variational")
    x = load(recipe).held_out.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -np.nan_to_num(x * np.log(x)) - np.nan_to_num((1 - x) * np.log1p(-x))
    model = build(recipe)
    terms = model.objective(np.float32(x), no_labels(x), Noise(1, 0))
    assert entropy.sum(axis=1).mean() < terms["reconstruction_nats"]
    assert entropy.sum(axis=1).mean() == pytest.approx(45.5, abs=3)


def sampled_codes(model, x, noise, monkeypatch):
    """What the decoder is shown while the objective is computed."""
    shown, decoder = [], model.decoder
    with monkeypatch.context() as patch:
        patch.setattr(model, "decoder", lambda codes: shown.append(codes) or decoder(codes))
        model.objective(x, no_labels(x), noise)
    return shown[0].numpy()


def test_sampled_codes_have_the_posterior_s_mean_and_deviation(small, monkeypatch):
    recipe = small("variational", latent_dim=20)
    model, x = build(recipe), load(recipe).train
    mean, log_variance = map(np.asarray, model.posterior(x))
    codes = sampled_codes(model, x, Noise(5, 3), monkeypatch)
    standard = ((codes - mean) / np.exp(log_variance / 2)).ravel()
    assert stats.kstest(standard, "norm").pvalue > 0.001
    assert standard.std() == pytest.approx(1.0, abs=0.03)
    np.testing.assert_array_equal(codes, sampled_codes(model, x, Noise(5, 3), monkeypatch))
    for other in (Noise(5, 4), Noise(6, 3)):
        assert not np.any(codes == sampled_codes(model, x, other, monkeypatch))


def test_the_kl_weight_rises_step_by_step_to_beta(small):
    model = build(small("variational", beta=2.0, kl_warmup_epochs=4))  # 3 steps per epoch
    weights = [float(model.kl_weight(step)) for step in range(14)]
    np.testing.assert_allclose(weights, np.minimum(np.arange(1, 15) / 12, 1) * 2.0, rtol=1e-6)
    assert float(model.kl_weight(EVALUATION_STEP)) == 2.0
    immediate = build(small("variational", beta=2.0))
    assert float(immediate.kl_weight(0)) == 2.0
