"""Binary codes: their noise, what it does to them, and looking up neighbours by them."""

import numpy as np
import pytest
import tensorflow as tf

from models.autoencoders.base.noise import EVALUATION_STEP, Noise
from models.autoencoders.hashing.hyperparameters import HashingHyperparameters
from models.autoencoders.hashing.model import HashingAutoencoder
from models.data import loading
from models.evaluation import binary_pca, nearest_neighbours, pca
from models.training import schedules

VARIANTS = [
    {"hidden_sizes": (), "latent_dim": 7},
    {"code_noise": 0.0, "l2": 0.001},
]


def hashing(**changes):
    h = HashingHyperparameters(hidden_sizes=(32,), latent_dim=12, initializer="he_normal")
    return HashingAutoencoder(h.replace(**changes))


@pytest.fixture(scope="module")
def digits():
    return loading.load("digits", 500)


def logits(activities):
    return np.log(activities / (1 - activities))


def test_codes_are_bits_where_the_activities_are_above_one_half(digits):
    model = hashing()
    codes, activities = model.encode(digits.held_out).numpy(), model.activities(digits.held_out)
    assert set(np.unique(codes)) == {0.0, 1.0}
    np.testing.assert_array_equal(codes, np.round(activities))


@pytest.mark.parametrize("noise_level", [0.5, 2.0])
def test_the_noise_before_the_sigmoid_has_its_stated_strength(digits, noise_level):
    model = hashing(code_noise=noise_level)
    noisy = model.training_codes(digits.held_out, Noise(1, 5)).numpy().astype(np.float64)
    shift = logits(noisy) - model.encoder(digits.held_out).numpy()
    assert shift.std() == pytest.approx(noise_level, rel=0.02)
    assert abs(shift.mean()) < 0.05 * noise_level
    other = model.training_codes(digits.held_out, Noise(1, 6)).numpy()
    assert np.mean(other != noisy) > 0.9


def test_an_evaluation_uses_bits_and_no_noise(digits):
    x, labels = digits.held_out, digits.held_out_labels
    loud, silent = (hashing(code_noise=noise_level) for noise_level in (9.0, 0.0))
    for model in (loud, silent):
        error = model.objective(x, labels, Noise(1, EVALUATION_STEP))["reconstruction_mse"]
        expected = np.mean(np.square(model.decode(np.round(model.activities(x))) - x))
        assert float(error) == pytest.approx(expected, rel=1e-5)
    step = Noise(1, 0)
    silently = float(silent.objective(x, labels, step)["reconstruction_mse"])
    exact = np.mean(np.square(silent.decode(silent.activities(x)) - x))
    assert silently == pytest.approx(exact, rel=1e-5)
    assert float(loud.objective(x, labels, step)["reconstruction_mse"]) != silently


def test_noise_makes_the_activities_saturate_and_rounding_cheap(digits):
    shares, costs = [], []
    for noise_level in (0.0, 4.0):
        model = hashing(code_noise=noise_level)
        model.optimizer = schedules.make_optimizer("adam", 0.002)
        model.optimizer.build(model.trainable_variables)
        step, labels = tf.function(model.training_step), tf.zeros(50, tf.int32)
        for _epoch in range(20):
            for batch in np.split(digits.train, 10):
                step(batch, labels)
        found = model.diagnostics(digits, None)
        error = model.objective(digits.held_out, None, Noise(1, EVALUATION_STEP))["total"]
        shares.append(found["saturated_share"])
        costs.append(float(error) / found["unrounded_mse"] - 1)
    assert shares[1] > shares[0] + 0.2
    assert 0 < costs[1] < costs[0] / 2


def test_no_slope_comes_through_the_rounding(digits):
    model, x = hashing(), digits.held_out[:20]
    for step, learns in ((EVALUATION_STEP, False), (0, True)):
        with tf.GradientTape() as tape:
            loss = model.objective(x, None, Noise(1, step))["total"]
        slopes = tape.gradient(loss, model.encoder.trainable_variables)
        assert any(np.any(slope) for slope in slopes) == learns


def test_nearest_by_hamming_distance_is_what_counting_bits_finds():
    draws = np.random.default_rng(0)
    codes, labels = draws.integers(0, 2, (60, 9)), draws.integers(0, 3, 60)
    counted = np.array([[np.count_nonzero(one != other) for other in codes] for one in codes])
    np.testing.assert_array_equal(nearest_neighbours.distances(codes), counted)
    found = nearest_neighbours.nearest(nearest_neighbours.distances(codes), 5)
    right = 0
    for index, row in enumerate(found):
        ranked = sorted((counted[index, other], other) for other in range(60) if other != index)
        assert row.tolist() == [other for _, other in ranked[:5]]
        right += sum(labels[other] == labels[index] for other in row)
    assert nearest_neighbours.precision(labels, found) == pytest.approx(right / 300)


def test_the_baseline_is_pca_with_as_many_bits(digits):
    model, components, within = hashing(), pca.fit(digits.train), (0.0, 1.0)
    baseline = binary_pca.fit(components, digits, 12, within)
    rebuilt = baseline.reconstruct(digits.held_out, within)
    assert len(np.unique(rebuilt[:, 300:500].round(4), axis=0)) <= 2**12
    errors = model.pca_errors(digits, components)
    assert errors["held_out"] == pytest.approx(np.mean((rebuilt - digits.held_out) ** 2), rel=1e-4)
    assert errors["train"] < errors["held_out"] < 0.06
    assert errors["held_out"] > components.error(digits.held_out, 12, within)
    sample = model.sample(digits, components)["pca_reconstructions"]
    np.testing.assert_allclose(sample, rebuilt[:500] * 255, atol=0.51)
