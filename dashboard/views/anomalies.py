"""Scores of all held-out images, those of the classes left out of the training being anomalies.

The network is evaluated in the web process with the weights stored last; PCA of the same training
images with as many numbers is what it is compared with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.plots.plots import live_plots
from dashboard.figures import anomaly_charts, style
from dashboard.lesson.frame import Metric
from dashboard.runs import inference
from dashboard.runs.run_view import RunView
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views.controls import choose
from models.autoencoders.base.latent_gaussian_hyperparameters import LatentGaussianHyperparameters
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.autoencoders.variational import bound
from models.data import datasets, loading
from models.data.images import as_grey
from models.evaluation import anomaly_scores, pca

PCA_TRAIN = 10_000
"""Training images, at most, that PCA is fitted to here: more change nothing one could see."""

SHOWN = 12
"""Worst offenders of each kind."""

BINS = 40

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

    def auc(self, kind: str, label: int | None = None) -> float:
        """The area under the ROC curve."""
        return anomaly_scores.auc(*self.parts(kind, label))


def scored(run_view: RunView) -> Scored | None:
    """The scores with the weights stored last; None before the first are stored, if nothing is
    left out, if no held-out image is of a class left out, or if scores are not finite.

    Raises:
        models.data.datasets.DataError: If the images are not to be had.
    """
    h = run_view.recipe.hyperparameters
    if not h.excluded_classes or not inference.ready(run_view):
        return None
    found = _scored(run_view.run.id, inference.stamp(run_view.run), run_view)
    whole = found.anomalous.any() and not found.anomalous.all()
    finite = all(np.isfinite(one).all() for one in found.scores.values())
    return found if whole and finite else None


@st.cache_resource(max_entries=4, show_spinner=False)
def _scored(run_id: str, stamp: int | None, _run_view: RunView) -> Scored:
    h = _run_view.recipe.hyperparameters
    # All classes, which costs no more than the held-out images: of the others only two.
    held_out = loading.load(h.dataset, 2)
    x, labels = held_out.held_out, held_out.held_out_labels
    rebuilt, weights = inference.output(_run_view, "both", x), inference.weights(_run_view)
    if rebuilt is None or weights is None:
        raise inference.RunRemovedError(_run_view.run)
    by_pca = _components(h).reconstruct(x, h.latent_dim)
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


# What a page shows


def list_metrics(run_view: RunView) -> list[Metric]:
    """The areas under the ROC curves."""
    found = _try_scores(run_view)
    help = _(
        "Area under the ROC curve: how often, of one anomaly and one normal image drawn at random, "
        "the anomaly has the larger score. 0.5: a coin does as well. 1: all are told apart."
    )
    value, theirs = ("–", "–") if found is None else map(_auc_text, map(found.auc, (ERROR, BY_PCA)))
    return [Metric(_("AUC of the error"), value, f"PCA {theirs}", help)]


def _auc_text(value: float) -> str:
    return f"{value:.3f}"


def _try_scores(run_view: RunView) -> Scored | None:
    try:
        return scored(run_view)
    except datasets.DataError:
        return None  # the view says why


def draw_anomalies(run_view: RunView) -> None:
    """The scores, the threshold and what it does, and the images that it is wrong about."""
    try:
        found = scored(run_view)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return
    if not run_view.recipe.hyperparameters.excluded_classes:
        st.info(_("Nothing is an anomaly here: choose a class under “Left out”, then train."))
        return
    if found is None:
        st.info(_("The scores appear here a few seconds after the training has begun."))
        return
    kind = _draw_kind(run_view, found)
    threshold = _draw_threshold(run_view, found, kind)
    alarms = anomaly_scores.alarms(*found.parts(kind), threshold)
    _draw_charts(run_view, found, kind, threshold, alarms)
    _draw_counts(run_view, found, kind, alarms)
    _draw_offenders(run_view, found, kind, threshold)
    glossary.prose(
        _(
            "Scored are all held-out images, with the weights stored last. The [[ROC curve]] shows "
            "what every other threshold would do; PCA keeps as many numbers, of the same training "
            "images."
        )
    )


def _draw_kind(run_view: RunView, found: Scored) -> str:
    if NATS not in found.scores:
        return ERROR
    labels = {ERROR: _("squared error"), NATS: _("variational bound")}
    return choose(_("Score"), labels, f"{run_view.recipe.type.name}.anomaly.kind")


def _draw_threshold(run_view: RunView, found: Scored, kind: str) -> float:
    """The threshold that is chosen; while the network learns, the one it begins with: 5 % false
    alarms."""
    normal, _anomalous = found.parts(kind)
    low, high = _limits(found, kind)
    step = (high - low) / 200
    first = low + round((float(np.quantile(normal, 0.95)) - low) / step) * step
    if run_view.active:
        return first
    return st.slider(
        _("Threshold: alarm from this score on"),
        low,
        high,
        first,
        step,
        "%.4f" if kind == ERROR else "%.1f",
        key=f"{run_view.recipe.type.name}.anomaly.threshold.{kind}",
        help=_("At first 5 % of the normal images raise an alarm."),
    )


def _limits(found: Scored, kind: str) -> tuple[float, float]:
    """Between which scores nearly all lie; the few beyond count as at the end."""
    scores = found.scores[kind]
    low = 0.0 if kind == ERROR else float(scores.min())
    high = float(np.quantile(scores, 0.995))
    return low, high if high > low else low + 1e-6


def _draw_charts(
    run_view: RunView, found: Scored, kind: str, threshold: float, alarms: anomaly_scores.Alarms
) -> None:
    titles = {ERROR: _("mean squared error of an image"), NATS: _("negative bound, nats per image")}
    edges = np.linspace(*_limits(found, kind), BINS + 1)
    ours = _("network, AUC {auc}").format(auc=_auc_text(found.auc(kind)))
    theirs = _("PCA, AUC {auc}").format(auc=_auc_text(found.auc(BY_PCA)))
    curves = [
        (ours, *anomaly_scores.roc(*found.parts(kind)), style.AUTOENCODER),
        (theirs, *anomaly_scores.roc(*found.parts(BY_PCA)), style.PCA),
    ]
    live_plots(
        [
            anomaly_charts.score_histogram(
                edges, *found.parts(kind), threshold=threshold, title=titles[kind]
            ),
            anomaly_charts.roc_curves(curves, (alarms.false_alarm_rate, alarms.hit_rate)),
        ],
        key=f"{run_view.recipe.type.name}.anomaly.charts",
        alts=[
            _("Histograms of the scores of normal images and of anomalies, with the threshold"),
            _("ROC curves: {ours}; {theirs}").format(ours=ours, theirs=theirs),
        ],
        height=330,
    )


def _draw_counts(
    run_view: RunView, found: Scored, kind: str, alarms: anomaly_scores.Alarms
) -> None:
    """The confusion table and, where several classes are left out, the areas by class."""
    counts, classes = st.columns(2, gap="medium")
    normal = _("| **normal** | {false:,} false alarms ({rate:.1%}) | {passed:,} |")
    anomalous = _("| **anomalous** | {caught:,} caught ({rate:.1%}) | {missed:,} missed |")
    rows = [
        _("| {n:,} held-out images | alarm | no alarm |").format(n=len(found.labels)),
        "|---|---|---|",
        normal.format(
            false=alarms.false_alarms, rate=alarms.false_alarm_rate, passed=alarms.passed
        ),
        anomalous.format(caught=alarms.caught, rate=alarms.hit_rate, missed=alarms.missed),
    ]
    counts.markdown("\n".join(rows))
    excluded_classes = run_view.recipe.hyperparameters.excluded_classes
    if len(excluded_classes) > 1:
        rows = [_("| left out | AUC | of PCA |"), "|---|---|---|"]
        for label in excluded_classes:
            if np.any(found.labels == label):
                ours, theirs = (_auc_text(found.auc(one, label)) for one in (kind, BY_PCA))
                rows.append(f"| {found.dataset.label_names[label]} | {ours} | {theirs} |")
        classes.markdown("\n".join(rows))


def offenders(
    found: Scored, kind: str, threshold: float, count: int = SHOWN
) -> tuple[np.ndarray, np.ndarray]:
    """Which images the threshold is most wrong about: anomalies that pass, the smallest scores
    first, and normal images that raise an alarm, the largest scores first."""
    scores = found.scores[kind]
    order = np.argsort(scores, kind="stable")
    missed = order[found.anomalous[order] & (scores[order] < threshold)]
    false = order[~found.anomalous[order] & (scores[order] >= threshold)][::-1]
    return missed[:count], false[:count]


def _draw_offenders(run_view: RunView, found: Scored, kind: str, threshold: float) -> None:
    missed, false = offenders(found, kind, threshold)
    for name, title, which, none in (
        (
            "missed",
            _("Anomalies that pass unnoticed, the most inconspicuous first"),
            missed,
            _("No anomaly passes this threshold."),
        ),
        (
            "false",
            _("Normal images that raise an alarm, the strangest first"),
            false,
            _("No normal image raises an alarm."),
        ),
    ):
        st.markdown(f"**{title}**")
        if len(which):
            key = f"{run_view.recipe.type.name}.anomaly.{name}"
            _draw_images(found, kind, which, key, title)
        else:
            st.markdown(none)


def _draw_images(found: Scored, kind: str, which: np.ndarray, key: str, title: str) -> None:
    shape, names = found.dataset.shape, found.dataset.label_names
    image_rows(
        [
            (_("original"), found.images[which].reshape(-1, *shape)),
            (_("rebuilt"), found.rebuilt[which].reshape(-1, *shape)),
            ("PCA", found.by_pca[which].reshape(-1, *shape)),
        ],
        key=key,
        alt=_("{title}: {names}").format(
            title=title, names=", ".join(names[label] for label in found.labels[which])
        ),
        captions=[_score_text(found.scores[kind][index], kind) for index in which],
        caption_label=_("error") if kind == ERROR else _("nats"),
    )


def _score_text(score: float, kind: str) -> str:
    return f"{score:.4f}" if kind == ERROR else f"{score:.0f}"
