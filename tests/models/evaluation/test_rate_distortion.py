"""Bits and distortion against cases computed by hand, and against what compression promises."""

import numpy as np
import pytest
from scipy import stats

from models.evaluation import pca, rate_distortion
from models.evaluation.rate_distortion import Curve


def blurred_digits(n, seed=0):
    """uint8 images [n, 28, 28] of a bright stroke on black, no two alike."""
    draws = np.random.default_rng(seed)
    rows, columns = np.mgrid[:28, :28]
    where = draws.uniform(8, 20, (n, 2, 1, 1))
    slope, width = draws.normal(0, 1, (n, 1, 1)), draws.uniform(2, 4, (n, 1, 1))
    away = (rows - where[:, 0]) - slope * (columns - where[:, 1])
    near = np.hypot(rows - where[:, 0], columns - where[:, 1]) < 9
    return np.round(255 * near * np.exp(-((away / width) ** 2))).astype(np.uint8)


def test_bits_are_the_logarithms_of_the_training_frequencies():
    # Cells of the two halves of [0, 1]: three training codes in the lower one, one in the upper.
    train = np.array([[0.0], [0.1], [0.2], [1.0]])
    rounded, bits = rate_distortion.fit_quantizer(train).apply(np.array([[0.15], [0.9], [7.0]]), 1)
    frequencies = np.array([3.5, 1.5, 1.5]) / 5  # one example's worth of doubt, half to each cell
    np.testing.assert_allclose(bits[:, 0], -np.log2(frequencies))
    np.testing.assert_allclose(rounded[:, 0], [0.1, 1.0, 1.0], atol=1e-6)  # the cells' means


def test_equally_frequent_values_cost_their_number_of_bits():
    codes = np.tile(np.arange(16) / 15, 5000)[:, None].repeat(3, axis=1)
    rounded, bits = rate_distortion.fit_quantizer(codes).apply(codes, 8)
    np.testing.assert_allclose(bits.sum(axis=1), 3 * 4, atol=1e-3)
    np.testing.assert_allclose(rounded, codes, atol=1e-6)


def test_a_number_that_never_changes_costs_nothing_and_a_surprise_is_possible():
    train = np.full((4000, 2), 0.7)
    rounded, bits = rate_distortion.fit_quantizer(train).apply(train[:5], 8)
    assert bits.max() < 0.001
    np.testing.assert_allclose(rounded, 0.7, atol=1e-6)
    _rounded, surprised = rate_distortion.fit_quantizer(train).apply(np.array([[90.0, -90.0]]), 8)
    # Beyond the cells lies the outermost one, and none is impossible.
    assert surprised[0, 0] == pytest.approx(np.log2(4001 * 256)) and np.isfinite(surprised).all()


def test_finer_rounding_costs_more_and_loses_less():
    draws = np.random.default_rng(0)
    basis = draws.normal(size=(3, 20)).astype(np.float32)
    train, codes = draws.normal(size=(4000, 3)), draws.normal(size=(500, 3))
    quantizer = rate_distortion.fit_quantizer(train)
    curve = rate_distortion.code_curve(lambda z: z @ basis, quantizer, codes, codes @ basis)
    assert np.all(np.diff(curve.bits) > 0) and np.all(np.diff(curve.errors) < 0)
    assert curve.settings == tuple((bits,) for bits in range(1, 9))
    assert curve.errors[-1] < 1e-3 * curve.errors[0]
    # With steps s a Gaussian number has about log2 sqrt(2 pi e) - log2 s bits.
    steps = 4 * quantizer.widths
    expected = np.sum(0.5 * np.log2(2 * np.pi * np.e) - np.log2(steps))
    assert curve.bits[5] == pytest.approx(expected, rel=0.02)


def test_the_frontier_is_what_no_other_point_beats():
    curve = Curve(
        np.array([4.0, 1.0, 2.0, 3.0]), np.array([0.1, 0.9, 0.5, 0.6]), ((4,), (1,), (2,), (3,))
    )
    best = curve.frontier()
    assert best.settings == ((1,), (2,), (4,)) and best.bits.tolist() == [1, 2, 4]
    assert curve.within(3.5) == 2 and curve.within(0.5) is None
    assert curve.bits_for(0.55) == 2 and curve.bits_for(0.01) is None


def test_pca_pays_for_what_it_keeps():
    images = blurred_digits(400)[:, 7:21, 7:21].reshape(400, -1) / np.float32(255)
    train, x = images[:300], images[300:]
    components = pca.fit(train)
    curve = rate_distortion.pca_curve(components, train, x)
    assert np.all(np.diff(curve.bits) > 0) and np.all(np.diff(curve.errors) < 0)
    point = len(curve.bits) // 2  # the sums over components against images really rebuilt
    rebuilt = rate_distortion.pca_images(components, train, x, *curve.settings[point])
    assert rate_distortion.squared_error(x, rebuilt) == pytest.approx(curve.errors[point], rel=1e-3)


def test_symbols_cost_what_their_place_makes_likely():
    draws = np.random.default_rng(0)
    book, shares = draws.normal(size=(4, 3)), np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.0, 0.5, 0.5]])
    train, codes = (
        np.stack([book[draws.choice(4, n, p=one)] for one in shares], axis=1) for n in (20_000, 500)
    )
    expected = stats.entropy(shares, base=2, axis=1).sum()
    assert rate_distortion.symbol_bits(train, codes, 4) == pytest.approx(expected, rel=0.05)
    assert rate_distortion.symbol_bits(train[:0], codes, 4) == pytest.approx(2 * 2)


def test_pca_within_the_range_of_the_images_loses_less():
    images = blurred_digits(400)[:, 7:21, 7:21].reshape(400, -1) / np.float32(255)
    components, within = pca.fit(images[:300]), (0.0, 1.0)
    free = rate_distortion.pca_curve(components, images[:300], images[300:])
    bound = rate_distortion.pca_curve(components, images[:300], images[300:], within)
    for bits in (20, 60):
        assert bound.errors[bound.within(bits)] < free.errors[free.within(bits)]
    point = bound.within(60)
    data, setting = (images[:300], images[300:]), bound.settings[point]
    rebuilt = rate_distortion.pca_images(components, *data, *setting, within=within)
    assert rebuilt.min() >= 0.0 and rebuilt.max() <= 1.0
    error = rate_distortion.squared_error(images[300:], rebuilt)
    assert error == pytest.approx(bound.errors[point], rel=1e-4)


@pytest.mark.parametrize("together", [True, False])
def test_jpeg_gets_worse_and_shorter_with_its_quality(together):
    curve = rate_distortion.jpeg_curve(blurred_digits(30), together=together)
    assert np.all(np.diff(curve.bits) >= 0) and np.all(np.diff(curve.errors) < 0)
    assert curve.settings[-1] == (95,) and curve.errors[-1] < 2e-4  # nearly without loss
    assert curve.errors[0] > 50 * curve.errors[-1]


def test_files_share_their_header_only_in_one_picture():
    images = blurred_digits(30)
    one, many = (rate_distortion.jpeg_curve(images, together=each) for each in (True, False))
    header = 8 * 300  # bits: tables and markers of a small grey JPEG
    assert np.all(many.bits - one.bits > 0.5 * header)
    assert rate_distortion.png_bits(images, together=True) < rate_distortion.png_bits(
        images, together=False
    )


def test_the_images_come_back_in_their_places():
    images = blurred_digits(7)
    rebuilt = rate_distortion.jpeg_images(images, 95)
    assert rebuilt.shape == images.shape
    errors = np.square((images[:, None] - rebuilt[None] / 1.0) / 255).mean(axis=(2, 3))
    assert errors.argmin(axis=1).tolist() == list(range(7))


def test_every_type_says_what_its_codes_cost(type):
    h = type.preset("ours")
    assert h.stored_bits == (h.code_bits or 32 * h.latent_dim) > 0
