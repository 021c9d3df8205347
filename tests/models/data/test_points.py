"""The formulas of the sets of points."""

import numpy as np
import pytest

from models.data import datasets, loading

POINT_NAMES = [dataset.name for dataset in datasets.POINT_SETS]


def original_units(loaded):
    both = np.concatenate([loaded.train, loaded.held_out])
    return both * loaded.scale + loaded.mean


def singular_values(loaded):
    points = original_units(loaded)
    return np.linalg.svd(points - points.mean(axis=0), compute_uv=False)


def test_arc_is_the_articles():
    """Written from the article, not from the module: global seed 42, train set, then test set."""
    random = np.random.RandomState(42)

    def generate_3d_data(m, w1=0.1, w2=0.3, noise=0.1):
        angles = random.rand(m) * 3 * np.pi / 2 - 0.5
        points = np.empty((m, 3))
        points[:, 0] = np.cos(angles) + np.sin(angles) / 2 + noise * random.randn(m) / 2
        points[:, 1] = np.sin(angles) * 0.7 + noise * random.randn(m) / 2
        points[:, 2] = points[:, 0] * w1 + points[:, 1] * w2 + noise * random.randn(m)
        return points

    train, test = generate_3d_data(100), generate_3d_data(100)
    loaded = loading.load("arc", 100, noise=0.1, data_seed=42)
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    np.testing.assert_allclose(loaded.train, (train - mean) / deviation, atol=1e-6)
    np.testing.assert_allclose(loaded.held_out, (test - mean) / deviation, atol=1e-6)


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_are_scaled_by_the_training_set_alone(name):
    loaded = loading.load(name, 200, noise=0.1)
    assert loaded.train.shape == loaded.held_out.shape == (200, 3)
    assert loaded.train.dtype == loaded.held_out.dtype == np.float32
    np.testing.assert_allclose(loaded.train.mean(axis=0, dtype=float), 0, atol=1e-6)
    np.testing.assert_allclose(loaded.train.std(axis=0, dtype=float), 1, atol=1e-6)
    assert np.abs(loaded.held_out.mean(axis=0)).max() > 0.01
    assert np.abs(loaded.held_out.std(axis=0) - 1).max() > 0.01


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_depend_on_the_seed_alone(name):
    first, again = loading.load(name, 50, 0.1, 7), loading.load(name, 50, 0.1, 7)
    np.testing.assert_array_equal(first.train, again.train)
    np.testing.assert_array_equal(first.held_out, again.held_out)
    assert not np.array_equal(first.train, loading.load(name, 50, 0.1, 8).train)
    assert not np.array_equal(first.train, first.held_out)


@pytest.mark.parametrize("name", POINT_NAMES)
def test_points_have_a_position_and_no_labels(name):
    loaded = loading.load(name, 50)
    for labels in (loaded.train_labels, loaded.held_out_labels):
        assert labels.dtype == np.int32 and labels.shape == (50,) and not labels.any()
    for position in (loaded.train_position, loaded.held_out_position):
        assert position.dtype == np.float32 and len(np.unique(position)) == 50


@pytest.mark.parametrize("name", ["plane", "swiss_roll", "s_curve", "helix"])
def test_noise_has_the_stated_deviation(name):
    clean, noisy = loading.load(name, 2_000, 0.0), loading.load(name, 2_000, 0.2)
    difference = original_units(noisy)[:2_000] - original_units(clean)[:2_000]
    np.testing.assert_allclose(difference.std(axis=0), 0.2, rtol=0.05)


@pytest.mark.parametrize("name", ["arc", "plane"])
def test_planar_sets_are_planar_without_noise(name):
    values = singular_values(loading.load(name, 500))
    assert values[2] < 1e-5 * values[1]


def test_plane_is_a_rectangle_of_4_by_2():
    values = singular_values(loading.load("plane", 2_000))
    np.testing.assert_allclose(values[:2] / np.sqrt(4_000 / 12), [4, 2], rtol=0.05)


@pytest.mark.parametrize("name", ["swiss_roll", "s_curve", "helix"])
def test_curved_sets_fill_three_dimensions(name):
    values = singular_values(loading.load(name, 500))
    assert values[2] > 0.2 * values[0]


def test_swiss_roll_winds_outwards():
    loaded = loading.load("swiss_roll", 300)
    x, height, z = original_units(loaded)[:300].T
    angle = loaded.train_position
    np.testing.assert_allclose(np.hypot(x, z), angle / (4.5 * np.pi), atol=1e-5)
    np.testing.assert_allclose(np.arctan2(z, x), np.angle(np.exp(1j * angle)), atol=1e-4)
    assert np.abs(height).max() <= 1


def test_s_curve_is_two_arcs_of_radius_1():
    loaded = loading.load("s_curve", 300)
    x, _, z = original_units(loaded)[:300].T
    centre = -np.sign(loaded.train_position)
    np.testing.assert_allclose(np.hypot(x, z - centre), 1, atol=1e-5)


def test_helix_climbs_one_unit_per_turn():
    loaded = loading.load("helix", 300)
    x, y, z = original_units(loaded)[:300].T
    np.testing.assert_allclose(np.hypot(x, y), 1, atol=1e-5)
    np.testing.assert_allclose(z, loaded.train_position / (2 * np.pi), atol=1e-5)
    assert 0 <= z.min() < 0.1 and 1.9 < z.max() <= 2
