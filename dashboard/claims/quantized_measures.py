"""Numbers of runs whose codes are made of symbols: what they say in as many bits as a baseline, and
what can be looked up by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from dashboard.claims.claim import HELD_OUT, PCA
from dashboard.claims.records import (
    hyperparameters_of,
    pictures_of,
    sample_of,
    weights_of,
)
from models.data import datasets
from models.evaluation import nearest_neighbours
from models.layers import numpy_inference
from models.runs.run_reader import RunReader

CHANGED = 200
"""Images in whose grids an entry is changed."""

NEIGHBOURS = 8
"""How many of the nearest images are looked at."""


def ratio(run: RunReader, over: str, under: str) -> float:
    """A number of the result, as a multiple of another one."""
    return _number(run, over) / _number(run, under)


def _number(run: RunReader, path: str) -> float:
    value = run.result() or {}
    for part in path.split("."):
        value = value[part]
    return float(value)  # type: ignore[arg-type]


def precision(run: RunReader, by: str) -> float:
    """The share of the nearest images, "bits" or "pixels" compared, that are of the same class."""
    sample = sample_of(run)
    points = sample["inputs"] / np.float32(255)
    if by == "bits":
        points = pictures_of(run)["codes"]
    found = nearest_neighbours.nearest(nearest_neighbours.distances(points), NEIGHBOURS)
    return nearest_neighbours.precision(sample["labels"], found)


def most_frequent_share(run: RunReader) -> float:
    """The share of all choices that the most frequent entry of the codebook has."""
    counts = np.bincount(pictures_of(run)["indices"].ravel())
    return float(counts.max() / counts.sum())


def change_nearby(run: RunReader) -> float:
    """Another entry in the middle of the grid: how much of the squared change of the images lies
    within two places of it."""
    h = hyperparameters_of(run)
    weights = weights_of(run)
    book = numpy_inference.encoder_layers(h, weights)[-1].weights[0]
    rows, columns = h.grid_shape
    grids = pictures_of(run)["indices"][:CHANGED].astype(int)
    changed = grids.copy()
    middle = rows // 2 * columns + columns // 2
    changed[:, middle] = np.roll(grids[:, middle], 1)
    images = [
        numpy_inference.decode(h, weights, book[one].reshape(len(one), -1))
        for one in (grids, changed)
    ]
    height, width = datasets.by_name(h.dataset).shape
    squares = np.square(images[1] - images[0]).reshape(-1, height, width).sum(axis=0)
    near = squares[height * (rows // 2 - 2) // rows : height * (rows // 2 + 3) // rows]
    near = near[:, width * (columns // 2 - 2) // columns : width * (columns // 2 + 3) // columns]
    return float(near.sum() / squares.sum())


MEASURES: Mapping[str, Callable[[RunReader], float]] = {
    "error_over_pca": partial(ratio, over=HELD_OUT, under=PCA),
    "rounding": partial(ratio, over=HELD_OUT, under="diagnostics.unrounded_mse"),
    "precision_by_bits": partial(precision, by="bits"),
    "precision_by_pixels": partial(precision, by="pixels"),
    "most_frequent_share": most_frequent_share,
    "change_nearby": change_nearby,
}
