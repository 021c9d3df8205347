"""PCA with entropy-coded coordinates: against SciPy's entropies, theory, and a search of all."""

import dataclasses

import numpy as np
import pytest
from scipy import stats

from models.data import loading
from models.evaluation import entropy_coded_pca, pca

BITS = [0.5, 20.0, 150.0]


@pytest.fixture(scope="module")
def digits():
    return loading.load("digits", 500)


def data_of(digits, train):
    return dataclasses.replace(digits, train=train)


@pytest.mark.parametrize("bits", BITS)
def test_the_bits_are_used_up_and_are_the_entropies_of_the_cells(digits, bits):
    components = pca.fit(digits.train)
    coded = entropy_coded_pca.fit(components, digits, bits)
    cells = np.rint(components.encode(digits.train, coded.num_components) / coded.cells.step)
    entropies = [stats.entropy(np.unique(one, return_counts=True)[1], base=2) for one in cells.T]
    assert coded.bits == pytest.approx(sum(entropies), rel=1e-6)
    assert 0.95 * bits < coded.bits <= 1.000001 * bits


def test_for_a_cell_stands_the_mean_of_its_coordinates(digits):
    components = pca.fit(digits.train)
    coded = entropy_coded_pca.fit(components, digits, 60.0)
    codes = components.encode(digits.train, coded.num_components)
    rebuilt = components.encode(coded.reconstruct(digits.train), coded.num_components)
    cells = np.rint(codes / coded.cells.step)
    for column in (0, coded.num_components - 1):
        for cell in np.unique(cells[:, column]):
            among = cells[:, column] == cell
            mean = codes[among, column].mean()
            np.testing.assert_allclose(rebuilt[among, column], mean, atol=1e-4)


def test_no_other_step_and_number_of_components_is_much_better(digits):
    components = pca.fit(digits.train)
    coded = entropy_coded_pca.fit(components, digits, 60.0)
    error = np.square(digits.train - coded.reconstruct(digits.train)).mean()
    codes = components.encode(digits.train, 300)
    total = np.square(codes).sum() / len(codes)
    lost = []
    for step in np.geomspace(coded.cells.step / 3, 3 * coded.cells.step, 60):
        rounded = entropy_coded_pca.fit_cells(codes, step)
        affordable = np.cumsum(rounded.entropies) <= 60.0
        lost.append(total - rounded.saved[affordable].sum())
    beyond = np.square(digits.train - components.decode(codes)).mean()
    assert error < 1.01 * (min(lost) / digits.train.shape[1] + beyond)


def test_a_normal_distribution_loses_what_theory_says(digits):
    """With narrow cells, a quarter of a bit per number more than Shannon's bound asks for (Gish
    and Pierce, 1968): the error is pi e / 6 times the bound's."""
    scales = np.array([8.0, 4.0, 2.0, 1.0])
    train = np.random.default_rng(0).normal(size=(4000, 4)) * scales
    coded = entropy_coded_pca.fit(pca.fit(train), data_of(digits, train), 16.0)
    bound = np.exp2(2 * (np.log2(scales).mean() - 16.0 / 4))
    error = np.square(train - coded.reconstruct(train)).mean()
    assert error == pytest.approx(np.pi * np.e / 6 * bound, rel=0.05)


def test_what_is_rebuilt_lies_within_the_range(digits):
    coded = entropy_coded_pca.fit(pca.fit(digits.train), digits, 60.0)
    free, bound = (coded.reconstruct(digits.held_out, one) for one in (None, (0.0, 1.0)))
    assert free.min() < 0.0
    np.testing.assert_array_equal(bound, np.clip(free, 0.0, 1.0))


def test_examples_that_are_all_alike_need_no_bits(digits):
    train = np.full((50, 9), 0.5, np.float32)
    coded = entropy_coded_pca.fit(pca.fit(train), data_of(digits, train), 10.0)
    assert coded.bits == 0.0
    np.testing.assert_allclose(coded.reconstruct(train), train, atol=1e-6)
