"""Principal components against the singular value decomposition, and angles between subspaces."""

import numpy as np
import pytest

from models.data import loading
from models.evaluation import pca


@pytest.mark.parametrize("name", ["arc", "digits"])
def test_components_are_those_of_the_singular_value_decomposition(name):
    x = loading.load(name, 500, noise=0.1 if name == "arc" else 0.0).train.astype(np.float64)
    x = x[:, 300:450] if name == "digits" else x
    components = pca.fit(x)
    _, singular, rows = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    count = min(20, len(rows))
    cosines = np.abs(np.sum(components.components[:count] * rows[:count], axis=1))
    np.testing.assert_allclose(cosines, 1.0, atol=1e-8)
    np.testing.assert_allclose(components.variances[:count], singular[:count] ** 2 / len(x))


def test_the_error_is_that_of_the_reconstruction():
    examples = loading.load("digits", 500)
    columns = slice(300, 450)
    components = pca.fit(examples.train[:, columns])
    for x in (examples.train[:, columns], examples.held_out[:, columns]):
        for count in (0, 1, 30, 150):
            direct = np.mean((x - components.reconstruct(x, count)) ** 2, dtype=np.float64)
            assert components.error(x, count) == pytest.approx(direct, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("within", [None, (0.0, 1.0)])
def test_errors_are_those_of_what_is_within_the_range_of_the_outputs(within):
    examples = loading.load("digits", 300)
    components, x = pca.fit(examples.train), np.tile(examples.held_out[:50], (100, 1))
    rebuilt = components.reconstruct(x, 20, within)
    assert within is None or (rebuilt.min() >= 0.0 and rebuilt.max() <= 1.0)
    direct = np.mean(np.square(x - rebuilt, dtype=np.float64))
    assert components.error(x, 20, within) == pytest.approx(direct, rel=1e-5)
    assert components.error(x, 20, (0.0, 1.0)) < components.error(x, 20)


def test_many_examples_are_analysed_as_exactly():
    few = np.random.default_rng(0).normal(size=(300, 50)) * np.linspace(1, 3, 50)
    many = np.tile(few, (100, 1))  # beyond a million numbers: single precision
    exact, fast = pca.fit(few), pca.fit(many.astype(np.float32))
    assert fast.components.dtype == np.float32
    assert fast.error(few, 20) == pytest.approx(exact.error(few, 20), rel=1e-5)


@pytest.mark.parametrize("degrees", [0.0, 1e-10, 1e-6, 0.01, 30.0, 45.0, 60.0, 89.9999, 90.0])
def test_angles_between_planes(degrees):
    angle = np.radians(degrees)
    first = np.array([[1.0, 0, 0], [0, 1, 0]])
    turned = np.array([[1.0, 0, 0], [0, np.cos(angle), np.sin(angle)]])
    skewed = np.array([[2.0, 0.3], [-1.0, 5.0]]) @ turned  # another basis of the same plane
    found = pca.principal_angles(first, skewed)
    assert found == pytest.approx([degrees, 0.0], rel=1e-5, abs=1e-12)


def test_several_angles_at_once():
    a, b = np.radians([70.0, 0.001])
    first = np.eye(4)[:2]
    second = [[np.cos(a), 0, np.sin(a), 0], [0, np.cos(b), 0, np.sin(b)]]
    assert pca.principal_angles(first, second) == pytest.approx([70.0, 0.001], rel=1e-7)
    assert pca.principal_angles(first, np.eye(4)[2:]) == pytest.approx([90.0, 90.0])
