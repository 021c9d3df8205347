"""Evaluates a stored network in NumPy: what the web process needs between two trainings.

Only dense layers so far, in the order in which `models.autoencoder.mirrored` builds them. The
functions are the one place to replace when the browser takes over the decoding.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import erf, expit

from models.hyperparameters import Hyperparameters

Weights = Mapping[str, np.ndarray]

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _elu(x):
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


_ACTIVATIONS = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "elu": _elu,
    "selu": lambda x: _SELU_SCALE * np.where(x > 0, x, _SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    "gelu": lambda x: 0.5 * x * (1 + erf(x / np.sqrt(2))),
    "tanh": np.tanh,
    "sigmoid": expit,
}


def encode(hyperparameters: Hyperparameters, weights: Weights, x: np.ndarray) -> np.ndarray:
    """Codes [n, latent_dim] of the inputs [n, input_dim]; for a variational autoencoder the
    means of the posterior.

    Args:
        hyperparameters: Of the run.
        weights: Its arrays "weights/...", as `Run.checkpoint` returns them.
        x: Pixels from 0 to 1, or standardised points.

    Raises:
        KeyError: If the weights are those of another architecture.
    """
    h = hyperparameters
    hidden = [f"encoder/encoder_{index}" for index in range(1, len(h.hidden_sizes) + 1)]
    last = "encoder/code" if "weights/encoder/code/kernel" in weights else "encoder/posterior"
    activations = [h.hidden_activation] * len(hidden) + [h.code_activation]
    return _chain(weights, [*hidden, last], activations, x)[:, : h.latent_dim]


def decode(hyperparameters: Hyperparameters, weights: Weights, codes: np.ndarray) -> np.ndarray:
    """Outputs [n, input_dim] of the codes [n, latent_dim]. Arguments and errors as `encode`."""
    h = hyperparameters
    hidden = [f"decoder/decoder_{index}" for index in range(1, len(h.hidden_sizes) + 1)]
    activations = [h.hidden_activation] * len(hidden) + [h.output_activation]
    return _chain(weights, [*hidden, "decoder/output"], activations, codes)


def _chain(weights: Weights, layers: list[str], activations: list[str], x) -> np.ndarray:
    x = np.asarray(x, np.float32)
    for layer, activation in zip(layers, activations, strict=True):
        x = x @ weights[f"weights/{layer}/kernel"] + weights[f"weights/{layer}/bias"]
        x = _ACTIVATIONS[activation](x)
    return x
