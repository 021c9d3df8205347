"""The variational bound of single examples, in NumPy."""

from __future__ import annotations

import numpy as np

from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.layers import numpy_inference

LEAST_VARIANCE = 1e-10
"""As that of base/latent_gaussian.py, which imports TensorFlow."""

LEAST_PROBABILITY = 1e-7
"""Keeps logarithms finite: 32 bits hold no probability that is nearer to 1."""


def negative_bounds(
    hyperparameters: LatentGaussianHyperparameters,
    weights: numpy_inference.Weights,
    x: np.ndarray,
    seed: int = 0,
) -> np.ndarray:
    """The negative variational bound of each example, [n], in nats: how much a variational
    autoencoder is surprised by it at most, with one code drawn per example.

    An and Cho ("Variational autoencoder based anomaly detection using reconstruction probability",
    2015) score by its reconstruction term alone, the mean over several codes.

    Args:
        hyperparameters: Of a variational run.
        weights: Its arrays "weights/...".
        x: [n, input_dim], pixels from 0 to 1.
        seed: Of the codes that are drawn.
    """
    h = hyperparameters
    outputs = numpy_inference.evaluate(numpy_inference.encoder_layers(h, weights), x)
    mean, spread = np.split(outputs, 2, axis=1)
    log_variance = spread
    if h.parametrization == "sigma":
        log_variance = np.log(LEAST_VARIANCE + np.square(spread))
    standard = np.random.default_rng(seed).standard_normal(mean.shape, np.float32)
    output = numpy_inference.decode(h, weights, mean + np.exp(0.5 * log_variance) * standard)
    divergence = 0.5 * (np.exp(log_variance) + np.square(mean) - 1 - log_variance).sum(axis=1)
    return _nats(h, weights, x, output) + divergence


def _nats(
    hyperparameters: LatentGaussianHyperparameters,
    weights: numpy_inference.Weights,
    x: np.ndarray,
    output: np.ndarray,
) -> np.ndarray:
    """-log p(x | z) of each example."""
    if hyperparameters.likelihood == "bernoulli":
        white = np.clip(output.astype(np.float64), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return -(x * np.log(white) + (1 - x) * np.log1p(-white)).sum(axis=1)
    (log_variance,) = (
        float(array) for name, array in weights.items() if name.endswith("log_noise_variance")
    )
    squared = np.square(x - output) * np.exp(-log_variance)
    return 0.5 * (squared + log_variance + np.log(2 * np.pi)).sum(axis=1)
