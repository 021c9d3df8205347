"""Numbers of a run that follow from its layers, its pictures and its first step."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from dashboard.claims.records import (
    existing,
    hyperparameters_of,
    pictures_of,
    weights_of,
)
from models.data import datasets, loading
from models.evaluation.image_statistics import largest_window_share, unit_effects
from models.evaluation.step_statistics import kernel_gradients, output_spread
from models.layers import numpy_inference
from models.runs.run_reader import RunReader

WINDOW = 9
"""Height and width of the square within which a stroke or a patch would lie."""


def first_kernel_gradient(run: RunReader, layer: int) -> float:
    """The length of the gradient of one kernel of the encoder in the very first step."""
    names = [one.name for one in hyperparameters_of(run).encoder_plan]
    arrays, about = existing(run.step("first"), run)
    return float(kernel_gradients(arrays, about, names)[layer])


def first_output_spread(run: RunReader) -> float:
    """How much the outputs of the first step differ, as a share of how much the inputs do."""
    return output_spread(existing(run.step("first"), run)[0])


def mean_image_error(run: RunReader) -> float:
    """The held-out error of the training set's mean image in place of every reconstruction."""
    data = loading.load(**hyperparameters_of(run).data_arguments)
    mean = data.train.mean(axis=0, dtype=np.float64)
    return float(np.mean(np.square(data.held_out - mean)))


def untrained(run: RunReader, name: str) -> float:
    """A diagnostic before the training."""
    return run.events()[0]["diagnostics"][name]


def window_share(run: RunReader) -> float:
    """How much of what a unit of the code paints lies within one square of WINDOW pixels, mean
    over the units that any image of the sample uses."""
    h, weights = hyperparameters_of(run), weights_of(run)
    codes = pictures_of(run)["codes"]
    used = np.flatnonzero(codes.max(axis=0) > 0)
    if not len(used):
        return math.nan
    effects = unit_effects(partial(numpy_inference.decode, h, weights), codes, used)
    effects = effects.reshape(-1, *datasets.by_name(h.dataset).shape)
    return float(np.nanmean(largest_window_share(effects, WINDOW)))


MEASURES: Mapping[str, Callable[[RunReader], float]] = {
    "first.outermost_gradient": partial(first_kernel_gradient, layer=0),
    "first.innermost_gradient": partial(first_kernel_gradient, layer=-1),
    "first.output_spread": first_output_spread,
    "mean_image": mean_image_error,
    "window_share": window_share,
    "untrained.jacobian_norm": partial(untrained, name="jacobian_norm"),
    "untrained.mean_activity": partial(untrained, name="mean_activity"),
}
