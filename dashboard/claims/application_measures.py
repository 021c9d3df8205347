"""Numbers of runs that are known only once the network is tried on other images than it trained on.

Noise that it has not seen, classes that were left out, few labels: what the lessons that apply an
autoencoder show is measured here in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from dashboard.claims.records import (
    hyperparameters_of,
    recipe_of,
    weights_of,
)
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.autoencoders.denoising import corruption
from models.data import loading
from models.evaluation import anomaly_scores, pca
from models.layers import numpy_inference
from models.runs.run_reader import RunReader
from models.training.few_labels import ARMS, Study

Measures = dict[str, Callable[[RunReader], float]]


def _rebuild(run: RunReader, x: np.ndarray) -> np.ndarray:
    h, weights = hyperparameters_of(run), weights_of(run)
    return numpy_inference.decode(h, weights, numpy_inference.encode(h, weights, x))


# Noise

NOISES = {"gaussian": 0.5, "masking": 0.5, "salt_and_pepper": 0.3}
"""Strengths with which each kind of noise is tried."""


def _damaged(kind: str, run: RunReader) -> tuple[np.ndarray, np.ndarray]:
    """The held-out images, clean and with noise of a kind."""
    clean = loading.load(**hyperparameters_of(run).data_arguments).held_out
    draws = np.random.default_rng(0)
    noisy = corruption.corrupt(
        clean,
        kind,
        np.float32(NOISES[kind]),
        normal=lambda: draws.standard_normal(clean.shape, np.float32),
        uniform=lambda: draws.random(clean.shape, np.float32),
        where=np.where,
    )
    return clean, noisy


def _repaired_error(kind: str, run: RunReader) -> float:
    """The mean squared error of what the network makes of damaged images."""
    clean, noisy = _damaged(kind, run)
    return float(anomaly_scores.errors(clean, _rebuild(run, noisy)).mean())


def _damaged_error(kind: str, run: RunReader) -> float:
    """That of the damaged images themselves."""
    return float(anomaly_scores.errors(*_damaged(kind, run)).mean())


# Anomalies


def _scores(run: RunReader, by_pca: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The error of each held-out image of all classes, and their labels."""
    h = hyperparameters_of(run)
    data = loading.load(h.dataset, 2)  # all classes are held out; of the others only two
    rebuilt = _by_pca(h, data.held_out) if by_pca else _rebuild(run, data.held_out)
    return anomaly_scores.errors(data.held_out, rebuilt), data.held_out_labels


def _by_pca(h: TrainingHyperparameters, x: np.ndarray) -> np.ndarray:
    components = pca.fit(loading.load(**h.data_arguments).train)
    return components.reconstruct(x, h.latent_dim, h.output_range)


def _auc(run: RunReader, *, by_pca: bool = False, label: int | None = None) -> float:
    """The area under the ROC curve, of all classes that were left out or of one."""
    scores, labels = _scores(run, by_pca)
    excluded_classes = hyperparameters_of(run).excluded_classes
    normal = ~np.isin(labels, excluded_classes)
    anomalous = ~normal if label is None else labels == label
    return anomaly_scores.auc(scores[normal], scores[anomalous])


# Few labels

COUNTS = (100, 500, 1000)
NUM_TRIES = 3


@cache
def _trials(folder: Path, count: int) -> dict[str, float]:
    """The mean accuracy of each arm over NUM_TRIES tries with so many labels. TensorFlow is
    imported here, where a benchmark runs in a process of its own."""
    from models.training.pretraining import Laboratory

    run = RunReader(folder)
    recipe = recipe_of(run)
    data = loading.load(**recipe.hyperparameters.data_arguments)
    laboratory = Laboratory(Study(recipe), weights_of(run), data)
    tries = [laboratory.trial(count, seed) for seed in range(NUM_TRIES)]
    return {arm: float(np.mean([one[arm] for one in tries])) for arm in ARMS}


def _accuracy(arm: str, count: int, run: RunReader) -> float:
    return _trials(run.folder, count)[arm]


MEASURES: Measures = {
    **{f"repaired.{kind}": partial(_repaired_error, kind) for kind in NOISES},
    **{f"damaged.{kind}": partial(_damaged_error, kind) for kind in NOISES},
    "auc": _auc,
    "auc.pca": partial(_auc, by_pca=True),
    **{f"auc.{label}": partial(_auc, label=label) for label in range(10)},
    **{
        f"accuracy.{arm}.{count}": partial(_accuracy, arm, count)
        for arm in ARMS
        for count in COUNTS
    },
}
"""By name what reads a number of a run."""
