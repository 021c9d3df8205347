"""Random numbers: independent streams, the same in every process and graph."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from models.autoencoders.base.noise import Noise, seed_for


def test_noise_streams_are_independent_of_each_other_and_of_steps():
    draws = [
        Noise(seed, step).normal(stream, (10_000,)).numpy()
        for seed, step, stream in [(1, 0, "a"), (1, 0, "b"), (1, 1, "a"), (2, 0, "a"), (1, -1, "a")]
    ]
    correlations = np.corrcoef(draws) - np.eye(len(draws))
    assert np.abs(correlations).max() < 0.05
    uniform = Noise(1, 0).uniform("a", (10_000,)).numpy()
    assert stats.kstest(uniform, "uniform").pvalue > 0.001


@pytest.mark.parametrize("draw", [Noise.normal, Noise.uniform])
def test_noise_is_the_same_whether_compiled_or_not(draw):
    step = tf.Variable(4)  # a constant would be folded, and never reach XLA

    def drawn():
        return draw(Noise(3, step), "a", (1_000, 7))

    np.testing.assert_allclose(tf.function(drawn, jit_compile=True)(), drawn(), rtol=1e-5)
    assert np.isfinite(drawn()).all()


def test_permutations_hold_every_number_once():
    first, second = (Noise(1, epoch).permutation("order", 500).numpy() for epoch in (0, 1))
    assert sorted(first) == sorted(second) == list(range(500))
    assert np.mean(first == second) < 0.05


def test_seeds_are_derived_by_name():
    seeds = {seed_for(seed, name) for seed in range(30) for name in ("a/kernel", "a/bias", "b")}
    assert len(seeds) == 90 and all(0 <= seed < 2**31 for seed in seeds)
