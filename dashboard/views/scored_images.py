"""Scores of all held-out images, those of the classes left out of the training being anomalies.

The network is evaluated in the web process with the weights stored last; PCA of the same training
images with as many numbers is what it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from dashboard.runs import inference
from dashboard.runs.run_view import RunView
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.autoencoders.variational import bound
from models.data import datasets, loading
from models.data.images import as_grey
from models.evaluation import anomaly_scores, pca
from models.evaluation.anomaly_scores import Estimate

PCA_TRAIN = 10_000
"""Training images, at most, that PCA is fitted to here: more change nothing one could see."""

ERROR, NATS, BY_PCA = "error", "nats", "pca"


@dataclass(frozen=True)
class Scored:
    """All held-out images, what is made of them, and how strange they look.

    Attributes:
        images: uint8 [n, height * width].
        rebuilt: By the network, likewise.
        by_pca: By PCA, likewise.
        labels: Class of each, [n].
        anomalous: Whether the class was left out, bool [n].
        scores: By kind, [n] each: ERROR, BY_PCA and, of a variational network, NATS.
        dataset: Where the images come from.
    """

    images: np.ndarray
    rebuilt: np.ndarray
    by_pca: np.ndarray
    labels: np.ndarray
    anomalous: np.ndarray
    scores: dict[str, np.ndarray]
    dataset: datasets.Dataset

    def parts(self, kind: str, label: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The scores of the normal images and of the anomalies, of one class or all."""
        anomalous = self.anomalous if label is None else self.labels == label
        return self.scores[kind][~self.anomalous], self.scores[kind][anomalous]

    def auc(self, kind: str, label: int | None = None) -> Estimate:
        """The area under the ROC curve."""
        return anomaly_scores.estimate_auc(*self.parts(kind, label))

    def halves(self) -> tuple[Scored, Scored]:
        """The half on which the threshold is chosen, and the other, on which it is tested."""
        chosen = anomaly_scores.choosing_half(self.labels, self.anomalous)
        return self._those(chosen), self._those(~chosen)

    def _those(self, which: np.ndarray) -> Scored:
        arrays = ("images", "rebuilt", "by_pca", "labels", "anomalous")
        scores = {kind: values[which] for kind, values in self.scores.items()}
        return replace(self, scores=scores, **{name: getattr(self, name)[which] for name in arrays})


def scored(run_view: RunView) -> Scored | None:
    """The scores with the weights stored last; None before the first are stored, if nothing is
    left out, if fewer than two held-out images are of a class left out, or of one that is not, or
    if scores are not finite.

    Raises:
        models.data.datasets.DataError: If the images are not to be had.
    """
    h = run_view.recipe.hyperparameters
    if not h.excluded_classes or not inference.ready(run_view):
        return None
    found = _scored(run_view.run.id, inference.stamp(run_view), run_view)
    whole = min(found.anomalous.sum(), (~found.anomalous).sum()) > 1
    finite = all(np.isfinite(one).all() for one in found.scores.values())
    return found if whole and finite else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _scored(run_id: str, stamp: str | None, _run_view: RunView) -> Scored:
    h = _run_view.recipe.hyperparameters
    # All classes, which costs no more than the held-out images: of the others only two.
    held_out = loading.load(h.dataset, 2)
    x, labels = held_out.held_out, held_out.held_out_labels
    rebuilt, weights = inference.output(_run_view, "both", x), inference.weights(_run_view)
    if rebuilt is None or weights is None:
        raise inference.RunRemovedError(_run_view.run)
    by_pca = _components(h).reconstruct(x, h.latent_dim, h.output_range)
    scores = {ERROR: anomaly_scores.errors(x, rebuilt), BY_PCA: anomaly_scores.errors(x, by_pca)}
    if isinstance(h, LatentGaussianHyperparameters):
        scores[NATS] = bound.negative_bounds(h, weights, x)
    return Scored(
        as_grey(x),
        as_grey(rebuilt),
        as_grey(by_pca),
        labels,
        np.isin(labels, h.excluded_classes),
        scores,
        held_out.dataset,
    )


def _components(h: TrainingHyperparameters) -> pca.PCA:
    arguments = h.data_arguments | {"num_train": min(h.num_examples, PCA_TRAIN)}
    return _fitted(tuple(arguments.items()), loading.fingerprint(**arguments))


@st.cache_resource(max_entries=4, show_spinner=False)
def _fitted(arguments: tuple, fingerprint: str) -> pca.PCA:
    return pca.fit(loading.load(**dict(arguments)).train)
