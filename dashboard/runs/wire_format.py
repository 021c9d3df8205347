"""A network's layers for the browser: a description as JSON, and weights as 16-bit floats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.layers.spec import Layer


def describe_layers(layers: Sequence[Layer]) -> list[dict]:
    """What `readNetwork` in network.js needs to know of each layer, first layer first."""
    return [
        {
            "kind": layer.kind,
            "activation": layer.activation,
            "weights": [list(one.shape) for one in layer.weights],
            **layer.settings,
        }
        for layer in layers
    ]


def as_bytes(layers: Sequence[Layer]) -> bytes:
    """All weights, layer after layer, kernel before bias.

    Rounding to 16 bits moves a weight by at most 0.05 %; what is too large for them is cut off.
    """
    return b"".join(as_halves(one).tobytes() for layer in layers for one in layer.weights)


def as_halves(numbers: np.ndarray) -> np.ndarray:
    """The numbers as 16-bit floats."""
    largest = float(np.finfo(np.float16).max)
    return np.clip(numbers, -largest, largest).astype("<f2")
