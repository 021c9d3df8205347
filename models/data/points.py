"""Points in space, drawn from formulas."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.data.datasets import Data, Dataset


def _arc(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """The article's arc: 3/4 of an ellipse, lying nearly in a plane.

    With the angle a uniform in [-0.5, 3 pi / 2 - 0.5] and e1, e2, e3 normal deviates times
    `noise`: x = cos a + sin a / 2 + e1 / 2, y = 0.7 sin a + e2 / 2, z = 0.1 x + 0.3 y + e3.

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    # The order of the draws is the article's: seed 42 gives exactly its points.
    angles = random.rand(num_points) * 3 * np.pi / 2 - 0.5
    x = np.cos(angles) + np.sin(angles) / 2 + noise * random.randn(num_points) / 2
    y = np.sin(angles) * 0.7 + noise * random.randn(num_points) / 2
    z = x * 0.1 + y * 0.3 + noise * random.randn(num_points)
    return np.column_stack([x, y, z]), angles


def _plane(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A tilted rectangle of 4 by 2: u (2, 1, 2) / 3 + v (-2, 2, 1) / 3 + noise.

    u is uniform in [-2, 2], v in [-1, 1]; the two directions are orthogonal and of length 1.

    Returns:
        Points `[num_points, 3]` and their u `[num_points]`.
    """
    u = random.uniform(-2, 2, num_points)
    v = random.uniform(-1, 1, num_points)
    points = np.outer(u, [2, 1, 2]) / 3 + np.outer(v, [-2, 2, 1]) / 3
    return points + noise * random.randn(num_points, 3), u


def _swiss_roll(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A sheet rolled up one and a half times: (r cos a, h, r sin a) + noise.

    The angle a is uniform in [1.5 pi, 4.5 pi], the radius r = a / (4.5 pi) grows with it from
    1/3 to 1, and h is uniform in [-1, 1].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(1.5 * np.pi, 4.5 * np.pi, num_points)
    height = random.uniform(-1, 1, num_points)
    radius = angles / (4.5 * np.pi)
    points = np.column_stack([radius * np.cos(angles), height, radius * np.sin(angles)])
    return points + noise * random.randn(num_points, 3), angles


def _s_curve(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """A sheet bent into an S: (sin a, h, sign(a) (cos a - 1)) + noise.

    The angle a is uniform in [-1.5 pi, 1.5 pi], h in [-1, 1].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(-1.5 * np.pi, 1.5 * np.pi, num_points)
    height = random.uniform(-1, 1, num_points)
    bend = np.sign(angles) * (np.cos(angles) - 1)
    points = np.column_stack([np.sin(angles), height, bend])
    return points + noise * random.randn(num_points, 3), angles


def _helix(
    random: np.random.RandomState, num_points: int, noise: float
) -> tuple[np.ndarray, np.ndarray]:
    """Two turns of a screw of radius 1 and pitch 1: (cos a, sin a, a / (2 pi)) + noise.

    The angle a is uniform in [0, 4 pi].

    Returns:
        Points `[num_points, 3]` and their angles `[num_points]`, in radians.
    """
    angles = random.uniform(0, 4 * np.pi, num_points)
    points = np.column_stack([np.cos(angles), np.sin(angles), angles / (2 * np.pi)])
    return points + noise * random.randn(num_points, 3), angles


_FORMULAS: dict[str, Callable] = {
    "arc": _arc,
    "plane": _plane,
    "swiss_roll": _swiss_roll,
    "s_curve": _s_curve,
    "helix": _helix,
}


def formula_name(dataset: str) -> str:
    """The function of this file that draws a set of points."""
    return _FORMULAS[dataset].__name__


def load_points(dataset: Dataset, num_train: int, noise: float, data_seed: int, key: str) -> Data:
    """As many points for training as held out, drawn from the set's formula."""
    draw, random = _FORMULAS[dataset.name], np.random.RandomState(data_seed)
    train, held_out = draw(random, num_train, noise), draw(random, num_train, noise)
    no_labels = np.zeros(num_train, np.int32)
    return standardize(dataset, key, (*train, no_labels), (*held_out, no_labels))


_Points = tuple[np.ndarray, np.ndarray, np.ndarray]


def standardize(dataset: Dataset, key: str, train: _Points, held_out: _Points) -> Data:
    """Points, what to colour them by, and their labels, for training and held out."""
    # The training set alone decides the scale. The article fits a second scaler on its test
    # set, so that its test points are no longer in the units that the network has learned.
    mean, scale = train[0].mean(axis=0), train[0].std(axis=0)
    # A column may vary in other rows only.
    scale = np.where(scale > 0, scale, 1.0)
    return Data(
        train=((train[0] - mean) / scale).astype(np.float32),
        held_out=((held_out[0] - mean) / scale).astype(np.float32),
        train_labels=train[2].astype(np.int32),
        held_out_labels=held_out[2].astype(np.int32),
        train_position=train[1].astype(np.float32),
        held_out_position=held_out[1].astype(np.float32),
        mean=mean.astype(np.float32),
        scale=scale.astype(np.float32),
        dataset=dataset,
        fingerprint=key,
    )
