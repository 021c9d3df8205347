"""Shapes that an adversarial autoencoder can give to its codes, and how to draw from them.

Written once for TensorFlow, which trains, and for NumPy, with which the web process draws.

Each shape lies in the plane of a code's first two numbers and consists of equally likely parts, one
for each class; any further numbers are standard normal and independent.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

KINDS = {
    "gaussian": "Gaussian",
    "mixture": "mixture of Gaussians",
    "swiss_roll": "Swiss roll",
}

PETAL_DISTANCE, PETAL_LENGTH, PETAL_WIDTH = 2.0, 0.5, 0.15
"""Of a Gaussian in the mixture: its middle's distance from zero, and its standard deviations along
the ray from there and across it."""

ROLL_START, ROLL_END, ROLL_RADIUS, ROLL_WIDTH = math.pi, 4.5 * math.pi, 3.0, 0.1
"""Of the roll: the angles at which it begins and ends, its radius at the end, and the standard
deviation of its thickness."""


def transform_draws(
    kind: str, parts: Any, places: Any, normals: Any, num_parts: int, library: Any
) -> Any:
    """Draws of a prior, made of draws of simpler ones.

    Gaussian: N(0, I); its parts are sectors. Mixture: Gaussians around zero, like petals
    (Makhzani, Shlens, Jaitly, Goodfellow and Frey, "Adversarial autoencoders", 2015, figure 4 A).
    Swiss roll: a spiral r = c t with as much on every stretch, figure 4 B; its length grows about
    as t^2, so that it is t^2 that is evenly spread; its parts are stretches, the first innermost.

    Args:
        kind: One of `KINDS`.
        parts: Which part each draw belongs to, whole numbers below `num_parts`, float [n].
        places: Where in its part, evenly spread over [0, 1), [n].
        normals: Standard normal numbers, [n, latent_dim]. With one dimension, these are the draws.
        num_parts: How many parts there are.
        library: `numpy`, or `tensorflow.experimental.numpy`.

    Returns:
        [n, latent_dim].

    Raises:
        ValueError: If the kind is unknown.
    """
    if kind not in KINDS:
        raise ValueError(f"prior={kind!r} was passed; expected one of {', '.join(KINDS)}.")
    if normals.shape[-1] < 2:
        return normals
    first, second = normals[:, 0], normals[:, 1]
    if kind == "gaussian":
        # The length of a standard normal vector; any direction is equally likely.
        angle = 2.0 * math.pi / num_parts * (parts + places)
        along, across = library.sqrt(first * first + second * second), 0.0
    elif kind == "mixture":
        angle = 2.0 * math.pi / num_parts * parts
        along, across = PETAL_DISTANCE + PETAL_LENGTH * first, PETAL_WIDTH * second
    else:
        share = (parts + places) / num_parts
        angle = library.sqrt(ROLL_START**2 + (ROLL_END**2 - ROLL_START**2) * share)
        along = ROLL_RADIUS / ROLL_END * angle + ROLL_WIDTH * first
        across = ROLL_WIDTH * second
    x = along * library.cos(angle) - across * library.sin(angle)
    y = along * library.sin(angle) + across * library.cos(angle)
    return library.concatenate([x[:, None], y[:, None], normals[:, 2:]], axis=1)


def parts_in_turn(count: int, num_parts: int) -> np.ndarray:
    """0, 1, 2, ... and over again: all parts equally often. Integers [count]."""
    return np.arange(count) % num_parts


def draw(
    kind: str, latent_dim: int, num_parts: int, seed: int, parts: np.ndarray | int
) -> np.ndarray:
    """Draws [n, latent_dim] in NumPy, the same for the same seed.

    Args:
        kind: One of `KINDS`.
        latent_dim: Numbers in each.
        num_parts: How many parts the prior has.
        seed: Of the draws.
        parts: Which part each of them is of, [n]; or n, for draws of any part.
    """
    draws = np.random.default_rng(seed)
    if isinstance(parts, int):
        parts = draws.integers(num_parts, size=parts)
    places = draws.uniform(size=len(parts))
    normals = draws.standard_normal((len(parts), latent_dim))
    return transform_draws(kind, parts, places, normals, num_parts, np)
