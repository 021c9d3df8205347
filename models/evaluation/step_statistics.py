"""What one optimiser step, of which a run keeps all numbers, says of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np


def kernel_gradients(
    step: Mapping[str, np.ndarray], about: Mapping[str, Any], layers: Sequence[str]
) -> np.ndarray:
    """How long the gradients of layers' kernels are.

    Args:
        step: Arrays of a step, as `models.training.step_trace` keeps them.
        about: What is kept beside them.
        layers: Names of the layers.

    Returns:
        The norms [layers]; NaN for a layer that the step did not train.
    """
    norms = dict(zip(about["variables"], step["gradient_norms"].tolist(), strict=True))
    found = {path.split("/")[-2]: norm for path, norm in norms.items() if path.endswith("/kernel")}
    return np.array([found.get(name, np.nan) for name in layers])


def output_spread(step: Mapping[str, np.ndarray]) -> float:
    """How much the outputs of a step differ from example to example, as a share of how much the
    inputs do: 1 for a perfect copy, 0 if all outputs are the same."""
    return float(_spread(step["outputs"]) / max(_spread(step["inputs"]), 1e-12))


def _spread(rows: np.ndarray) -> float:
    """The root mean squared distance of rows from their mean."""
    return float(np.sqrt(np.mean(np.square(rows - rows.mean(axis=0), dtype=np.float64))))
