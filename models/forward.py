"""Evaluates a stored network in NumPy: what the web process needs between two trainings.

Only dense layers so far, in the order in which `models.autoencoder.mirrored` builds them. The
browser decodes with the same layers, see `decoder_layers` and `dashboard/network.js`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import erf, expit

from models.hyperparameters import Hyperparameters

Weights = Mapping[str, np.ndarray]
Layer = tuple[np.ndarray, np.ndarray, str]

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
    layers = encoder_layers(hyperparameters, weights)
    return _chain(layers, x)[:, : hyperparameters.latent_dim]


def encoder_layers(hyperparameters: Hyperparameters, weights: Weights) -> list[Layer]:
    """The layers of the encoder, as `decoder_layers`; that of a variational autoencoder ends in
    means and, after them, spreads."""
    h = hyperparameters
    hidden = [f"encoder/encoder_{index}" for index in range(1, len(h.hidden_sizes) + 1)]
    last = "encoder/code" if "weights/encoder/code/kernel" in weights else "encoder/posterior"
    activations = [h.hidden_activation] * len(hidden) + [h.code_activation]
    return _layers(weights, [*hidden, last], activations)


def decode(hyperparameters: Hyperparameters, weights: Weights, codes: np.ndarray) -> np.ndarray:
    """Outputs [n, input_dim] of the codes [n, latent_dim]. Arguments and errors as `encode`."""
    return _chain(decoder_layers(hyperparameters, weights), codes)


def decoder_layers(hyperparameters: Hyperparameters, weights: Weights) -> list[Layer]:
    """Kernel [inputs, units], bias [units] and activation of each of the decoder's layers, in
    their order. Arguments and errors as `encode`."""
    h = hyperparameters
    hidden = [f"decoder/decoder_{index}" for index in range(1, len(h.hidden_sizes) + 1)]
    activations = [h.hidden_activation] * len(hidden) + [h.output_activation]
    return _layers(weights, [*hidden, "decoder/output"], activations)


def _layers(weights: Weights, names: list[str], activations: list[str]) -> list[Layer]:
    return [
        (weights[f"weights/{name}/kernel"], weights[f"weights/{name}/bias"], activation)
        for name, activation in zip(names, activations, strict=True)
    ]


def _chain(layers: list[Layer], x) -> np.ndarray:
    x = np.asarray(x, np.float32)
    for kernel, bias, activation in layers:
        x = _ACTIVATIONS[activation](x @ kernel + bias)
    return x
