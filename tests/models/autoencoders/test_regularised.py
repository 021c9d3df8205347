"""What makes a denoising, a sparse and a contractive autoencoder what they are."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from models.autoencoders import registry
from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.contractive.model import SPECTRUM_IMAGES
from models.autoencoders.denoising.corruption import KINDS, corrupted
from models.autoencoders.sparse.model import bernoulli_kl
from models.data import loading
from models.training import estimates, trainer


def build(recipe):
    return recipe.type.model_class().from_hyperparameters(recipe.hyperparameters)


def no_labels(x):
    return np.zeros(len(x), np.int32)


@pytest.fixture(scope="module")
def images():
    return loading.load("digits", 300).train


# Denoising


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
            corrupted(images, kind, np.float32(0.3), normal=lambda: draws, uniform=lambda: draws,
                      where=where)
            for where in (np.where, tf.where)
        )  # fmt: skip
        np.testing.assert_array_equal(numpy, tensorflow)


def test_unknown_noise_is_named():
    with pytest.raises(ValueError, match="'rain' was passed; expected one of gaussian, masking"):
        registry.by_name("denoising").model_class()(corruption="rain")


def test_a_preset_that_a_type_does_not_have_is_named():
    with pytest.raises(ValueError, match=r"article cannot be used: denoising .* presets ours"):
        registry.by_name("denoising").preset("article")
    assert list(registry.by_name("stacked").presets) == ["ours", "article"]


def trained(recipe, store):
    trainer.train(recipe, store)
    return store.run(recipe.run_id())


@pytest.mark.training
def test_what_is_stored_is_of_the_noisy_images(small, store):
    recipe = small("denoising", latent_dim=20, epochs=60, learning_rate=0.01)
    run = trained(recipe, store)
    sample, pictures = run.sample()[0], run.live()[0]
    clean = sample["inputs"] / 255.0
    before = np.mean((sample["noisy"] / 255.0 - clean) ** 2)
    after = np.mean((pictures["reconstructions"] / 255.0 - clean) ** 2)
    assert after < 0.5 * before
    result = run.result()
    assert after == pytest.approx(result["held_out"]["reconstruction_mse"], rel=0.1)


# Sparse


def test_the_kl_divergence_of_two_coins_is_numpy_s():
    target, activity = 0.05, np.array([0.001, 0.05, 0.3, 0.999], np.float32)
    expected = [stats.entropy([target, 1 - target], [a, 1 - a]) for a in activity]
    found = bernoulli_kl(target, activity)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert np.isfinite(bernoulli_kl(target, np.array([0.0, 1.0], np.float32))).all()


@pytest.mark.parametrize("sparsity", ["l1", "kl"])
def test_the_sparsity_is_the_stated_sum(small, images, sparsity):
    model = build(
        small("sparse", sparsity=sparsity, sparsity_weight=0.3, activity_target=0.1, l2=0.001)
    )
    codes = model.encode(images).numpy().astype(np.float64)
    activity = codes.mean(axis=0)
    cost = {
        "l1": np.abs(codes).mean(),
        "kl": np.mean([stats.entropy([0.1, 0.9], [a, 1 - a]) for a in activity]),
    }[sparsity]
    squares = sum(np.square(w).sum() for w in model.get_weights() if w.ndim == 2)
    terms = model.objective(images, no_labels(images), Noise(1, 0))
    expected = 0.3 * cost + 0.001 * squares
    assert float(terms["penalty"]) == pytest.approx(expected, rel=1e-4)
    assert float(terms["total"]) == pytest.approx(
        expected + float(terms["reconstruction_mse"]), rel=1e-5
    )


@pytest.mark.training
def test_kl_brings_the_mean_activity_to_its_target(small, store):
    changes = {"latent_dim": 50, "epochs": 60, "learning_rate": 0.01}
    changes |= {"sparsity": "kl", "sparsity_weight": 1.0, "activity_target": 0.1}
    run = trained(small("sparse", **changes), store)
    first, last = (run.events()[index]["diagnostics"]["mean_activity"] for index in (0, -1))
    assert abs(first - 0.1) > 0.3 and last == pytest.approx(0.1, abs=0.01)
    means = run.live()[0]["codes"].mean(axis=0)
    assert np.quantile(np.abs(means - 0.1), 0.9) < 0.05


@pytest.mark.training
def test_a_price_on_activity_makes_zeros(small, store):
    zeros = [
        np.mean(
            trained(
                small("sparse", latent_dim=50, sparsity_weight=weight, epochs=30), store
            ).live()[0]["codes"]
            == 0
        )
        for weight in (0.0, 0.1)
    ]
    assert zeros[1] > 0.8 and zeros[1] > zeros[0] + 0.2


# Contractive

DEPTHS = [(), (12,), (12, 9)]
BENDS = ["sigmoid", "tanh", "elu", "gelu", "linear"]


@pytest.mark.parametrize("hidden_sizes", DEPTHS, ids=str)
@pytest.mark.parametrize("activation", BENDS)
def test_the_jacobian_is_that_of_finite_differences(small, images, hidden_sizes, activation):
    model = build(
        small(
            "contractive",
            **{"hidden_sizes": hidden_sizes, "latent_dim": 4, "contraction": 0.7},
            **{"hidden_activation": activation, "code_activation": activation},
        )
    )
    x, step = images[:3], 1e-2
    jacobian = model.jacobian(tf.constant(x)).numpy()
    assert jacobian.shape == (3, 4, 784)
    for pixel in range(100, 784, 97):
        nudge = np.zeros(784, np.float32)
        nudge[pixel] = step
        slope = (model.encode(x + nudge).numpy() - model.encode(x - nudge).numpy()) / (2 * step)
        np.testing.assert_allclose(jacobian[:, :, pixel], slope, rtol=0.01, atol=2e-4)
    squared = np.sum(np.square(jacobian.astype(np.float64)), axis=(1, 2))
    np.testing.assert_allclose(model.squared_jacobian(tf.constant(x)), squared, rtol=1e-4)
    penalty = model.objective(x, no_labels(x), Noise(1, 0))["penalty"]
    assert float(penalty) == pytest.approx(0.7 * squared.mean() / 784, rel=1e-4)


def test_singular_values_are_those_of_the_jacobian(small, images):
    model = build(small("contractive", hidden_sizes=(12,), latent_dim=4))
    x = tf.constant(images[:20])
    jacobian = model.jacobian(x[:SPECTRUM_IMAGES]).numpy()
    expected = np.linalg.svd(jacobian, compute_uv=False).mean(axis=0)
    np.testing.assert_allclose(model.draw(x)["singular_values"], expected, rtol=1e-3)


def test_the_estimate_knows_that_a_jacobian_through_layers_is_dear(small):
    shallow, deep = (
        estimates.model_seconds(small("contractive", hidden_sizes=sizes, latent_dim=100))
        for sizes in ((), (300,))
    )
    plain = estimates.model_seconds(small("stacked", hidden_sizes=(300,), latent_dim=100))
    assert deep > 5 * plain > 0 and shallow < plain


@pytest.mark.training
def test_contraction_makes_the_encoder_flatter(small, store):
    norms = [
        trained(small("contractive", latent_dim=20, contraction=weight, epochs=20), store)
        .events()[-1]["diagnostics"]["jacobian_norm"]
        for weight in (0.0, 10.0)
    ]  # fmt: skip
    assert norms[1] < 0.5 * norms[0]
