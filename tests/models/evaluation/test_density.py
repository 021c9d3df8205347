"""Densities fitted to codes, and the Frechet distance."""

import numpy as np
import pytest
from scipy import linalg

from models.evaluation import density


def test_the_distance_of_two_gaussians_is_that_of_the_formula():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(400, 5)) @ rng.normal(size=(5, 5))
    second = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + 2.0
    s1, s2 = (np.cov(one, rowvar=False, bias=True) for one in (first, second))
    gap = first.mean(axis=0) - second.mean(axis=0)
    expected = gap @ gap + np.trace(s1 + s2 - 2 * np.real(linalg.sqrtm(s1 @ s2)))
    assert density.frechet_distance(first, second) == pytest.approx(expected, rel=1e-8)
    assert density.frechet_distance(second, first) == pytest.approx(expected, rel=1e-8)


def test_equal_samples_have_no_distance_and_moved_ones_that_of_the_move():
    sample = np.random.default_rng(1).normal(size=(200, 4))
    assert density.frechet_distance(sample, sample) == pytest.approx(0.0, abs=1e-9)
    moved = sample + np.array([3.0, 0.0, 4.0, 0.0])
    assert density.frechet_distance(sample, moved) == pytest.approx(25.0)
    # Stretched along one direction from deviation s to 2 s: (2 s - s)^2.
    stretched = sample * np.array([2.0, 1.0, 1.0, 1.0])
    uncentred = sample.mean(axis=0)[0] ** 2
    whole = sample[:, 0].var() + uncentred
    assert density.frechet_distance(sample, stretched) == pytest.approx(whole, rel=0.1)


def test_the_error_of_the_distance_is_how_much_it_varies_over_samples():
    draws = np.random.default_rng(5)
    pairs = [(draws.normal(size=(200, 4)), draws.normal(0.5, 1.3, (150, 4))) for _ in range(200)]
    expected = np.std([density.frechet_distance(*pair) for pair in pairs])
    found = [density.frechet_distance_error(*pair) for pair in pairs[:20]]
    assert np.mean(found) == pytest.approx(expected, rel=0.2)


@pytest.mark.parametrize("size", [1, 3, density.FULL_COVARIANCE + 1])
def test_draws_have_the_moments_of_the_codes(size):
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(3, size)) * 5
    codes = centres[rng.integers(3, size=1500)] + 0.5 * rng.normal(size=(1500, size))
    drawn = density.fit_mixture(codes, 3).draw(20_000, seed=0)
    assert drawn.shape == (20_000, size)
    np.testing.assert_allclose(drawn.mean(axis=0), codes.mean(axis=0), atol=0.3)
    np.testing.assert_allclose(drawn.std(axis=0), codes.std(axis=0), rtol=0.1)
    # Near a centre each, as the codes are.
    far = [
        np.percentile(np.linalg.norm(ones[:500, None] - centres, axis=-1).min(axis=1), 99)
        for ones in (drawn, codes)
    ]
    assert far[0] < 1.2 * far[1]


def test_correlated_numbers_stay_correlated():
    rng = np.random.default_rng(3)
    first = rng.normal(size=1000)
    codes = np.stack([first, -first + 0.1 * rng.normal(size=1000)], axis=1)
    drawn = density.fit_mixture(codes, 1).draw(5000, seed=1)
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(np.corrcoef(codes.T)[0, 1], abs=0.02)


def test_the_same_seed_draws_the_same_codes():
    codes = np.random.default_rng(4).normal(size=(300, 3))
    mixture = density.fit_mixture(codes, 4)
    np.testing.assert_array_equal(mixture.draw(10, 5), mixture.draw(10, 5))
    assert np.any(mixture.draw(10, 5) != mixture.draw(10, 6))


def test_codes_that_never_change_can_be_fitted():
    codes = np.zeros((100, 4))
    codes[:, 0] = np.random.default_rng(5).random(100)
    drawn = density.fit_mixture(codes, 2).draw(200, 0)
    assert np.isfinite(drawn).all() and np.abs(drawn[:, 1:]).max() < 0.05
    silent = density.fit_mixture(np.zeros((50, 3)), 1).draw(10, 0)
    assert np.abs(silent).max() < 1e-3


def test_the_energy_distance_compares_mean_distances_of_pairs():
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=(30, 3)), rng.normal(size=(20, 3)) + 1.0

    def mean(one, other, count):
        return sum(np.linalg.norm(a - b) for a in one for b in other) / count

    expected = 2 * mean(first, second, 600) - mean(first, first, 870) - mean(second, second, 380)
    assert density.energy_distance(first, second) == pytest.approx(expected)
    # No bias: on average nothing, in spite of small samples.
    draws = rng.normal(size=(300, 2, 12, 2))
    found = [density.energy_distance(*pair) for pair in draws]
    assert abs(np.mean(found)) < 3 * np.std(found) / len(found) ** 0.5
    below = np.mean(np.array(found) < density.chance_distance(draws[::2], 0.9))
    assert below == pytest.approx(0.9, abs=0.04)


@pytest.mark.parametrize(("apart", "sizes"), [(0.0, (60, 60)), (0.0, (40, 90)), (1.5, (60, 40))])
def test_the_error_of_the_energy_distance_is_what_it_varies_by(apart, sizes):
    rng = np.random.default_rng(7)
    first, second = (rng.normal(size=(200, size, 2)) for size in sizes)
    first[:, :, 0] += apart
    pairs = list(zip(first, second, strict=True))
    deviation = np.std([density.energy_distance(*pair) for pair in pairs])
    errors = [density.energy_distance_error(*pair) for pair in pairs[:40]]
    # At chance on the safe side: what little the projection seems to vary is noise.
    assert 0.9 < np.mean(errors) / deviation < (1.4 if apart == 0.0 else 1.1)


def test_within_classes_only_points_of_one_class_are_compared():
    rng = np.random.default_rng(8)
    classes = np.array([0] * 60 + [1] * 30 + [2] * 2)
    first, second = rng.normal(size=(2, len(classes), 2))
    pairs = [(one[:60], one[60:90]) for one in (first, second)]
    apart = [density.energy_distance(*both) for both in zip(*pairs, strict=True)]
    expected = (60 * apart[0] + 30 * apart[1]) / 90  # two points of a class are too few
    assert density.energy_distance(first, second, classes) == pytest.approx(expected)
    errors = [density.energy_distance_error(*both) for both in zip(*pairs, strict=True)]
    expected = np.hypot(60 * errors[0], 30 * errors[1]) / 90
    assert density.energy_distance_error(first, second, classes) == pytest.approx(expected)
    # Classes that have changed places are seen, though all points together are where they were.
    codes = np.concatenate([rng.normal(size=(90, 2)), rng.normal(size=(90, 2)) + 3.0])
    classes = np.repeat([0, 1], 90)
    moved = np.concatenate([codes[90:], codes[:90]])
    assert (
        density.energy_distance(codes, moved) < 0 < density.energy_distance(codes, moved, classes)
    )
