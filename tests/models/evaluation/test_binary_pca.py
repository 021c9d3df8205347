"""PCA with so many bits: against k-means, SciPy's Procrustes rotation, and all allocations."""

import itertools

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from sklearn.cluster import KMeans
from sklearn.linear_model import LinearRegression

from models.data import loading
from models.evaluation import binary_pca, pca


@pytest.fixture(scope="module")
def digits():
    return loading.load("digits", 500)


def test_values_are_as_good_as_those_of_k_means():
    numbers = np.sort(np.random.default_rng(0).normal(size=400))
    for count in (2, 4, 8):
        values = binary_pca.lloyd(numbers, count)
        assert np.all(np.diff(values) > 0)
        means = KMeans(count, n_init=20, random_state=0).fit(numbers[:, None])
        assert binary_pca._error(numbers, values) < 1.05 * means.inertia_
        nearest = np.abs(numbers[:, None] - values).argmin(axis=1)
        for index, value in enumerate(values):
            assert value == pytest.approx(numbers[nearest == index].mean(), abs=0.01)


def test_bits_go_where_they_save_most():
    scales = np.array([4.0, 2.0, 1.0])
    train = np.random.default_rng(0).normal(size=(2000, 3)) * scales
    components = pca.fit(train)
    codes = np.sort(components.encode(train, 3), axis=0)

    def error(bits):
        found = [binary_pca.lloyd(codes[:, i], 2**count) for i, count in enumerate(bits)]
        return sum(binary_pca._error(codes[:, i], values) for i, values in enumerate(found))

    allocated = binary_pca.allocate(components, train, 5)
    everywhere = [one for one in itertools.product(range(6), repeat=3) if sum(one) == 5]
    assert (*allocated.bits, 0) == min(everywhere, key=error)
    rebuilt = allocated.reconstruct(train)
    assert np.square(train - rebuilt).sum() == pytest.approx(error((*allocated.bits, 0)), rel=1e-6)


def test_components_are_kept_in_as_few_values_as_their_bits_allow(digits):
    components = pca.fit(digits.train)
    allocated = binary_pca.allocate(components, digits.train, 24)
    assert sum(allocated.bits) == 24 and min(allocated.bits) > 0
    rebuilt = allocated.reconstruct(digits.held_out, (0.0, 1.0))
    assert rebuilt.min() >= 0.0 and rebuilt.max() <= 1.0
    codes = components.encode(allocated.reconstruct(digits.held_out), len(allocated.bits))
    for column, bits in zip(codes.T, allocated.bits, strict=True):
        assert len(np.unique(column.round(3))) <= 2**bits


def test_a_turned_cube_is_turned_back():
    draws = np.random.default_rng(0)
    turned = np.linalg.qr(draws.normal(size=(4, 4)))[0]
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=4))).repeat(20, axis=0)
    codes = corners @ turned + 0.05 * draws.normal(size=corners.shape)
    starts = [np.linalg.qr(draws.normal(size=(4, 4)))[0] for _start in range(5)]
    found = [codes @ binary_pca.quantize_iteratively(codes, start) for start in starts]
    assert min(np.square(one - np.sign(one)).mean() for one in found) < 0.003


def test_the_rotation_is_the_one_that_suits_its_signs_best(digits):
    codes = pca.fit(digits.train).encode(digits.train, 6).astype(np.float64)
    rotation = binary_pca.quantize_iteratively(codes, np.eye(6))
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(6), atol=1e-6)
    expected, _scale = orthogonal_procrustes(codes, np.sign(codes @ rotation))
    np.testing.assert_allclose(rotation, expected, atol=1e-3)


def test_signs_are_decoded_by_linear_regression(digits):
    turned = binary_pca.turn(pca.fit(digits.train), digits.train, 12)
    signs = turned.signs(digits.train)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    fitted = LinearRegression().fit(signs, digits.train)
    expected = fitted.predict(turned.signs(digits.held_out))
    np.testing.assert_allclose(turned.reconstruct(digits.held_out), expected, atol=1e-4)


@pytest.mark.parametrize("bits", [1, 8, 40])
def test_the_better_way_is_used(digits, bits):
    components, within = pca.fit(digits.train), (0.0, 1.0)
    ways = [way(components, digits.train, bits) for way in (binary_pca.allocate, binary_pca.turn)]
    found = binary_pca.fit(components, digits, bits, within)
    errors = [
        np.mean(np.square(digits.train - one.reconstruct(digits.train, within)))
        for one in (*ways, found)
    ]
    assert errors[2] == pytest.approx(min(errors[:2]), rel=1e-5)
    signs = np.sqrt(2 / np.pi * components.variances[:bits])  # one bit for each, not turned
    codes = np.sign(components.encode(digits.train, bits)) * signs
    assert errors[2] < 1.001 * np.mean(np.square(digits.train - components.decode(codes, within)))


def test_examples_that_are_all_alike_need_no_bits(digits):
    train = np.full((50, 9), 0.5, np.float32)
    allocated = binary_pca.allocate(pca.fit(train), train, 4)
    np.testing.assert_allclose(allocated.reconstruct(train), train, atol=1e-6)
