"""What a threshold on the scores of images makes of anomalies, and of what is normal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.components.image_grid.image_grid import image_rows
from dashboard.components.metric_row.metric_row import Metric
from dashboard.components.plots.plots import live_plots
from dashboard.figures import anomaly_charts, style
from dashboard.runs.run_view import RunView
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from dashboard.views.controls import choose
from dashboard.views.scored_images import BY_PCA, ERROR, NATS, Scored, scored
from models.data import datasets
from models.evaluation import anomaly_scores
from models.evaluation.anomaly_scores import Alarms, Estimate

SHOWN = 10
"""Worst offenders of each kind."""

BINS = 40

SCORES, MISSED, FALSE = "scores", "missed", "false"

PARTS = {
    SCORES: _("Scores"),
    MISSED: _("Missed anomalies"),
    FALSE: _("False alarms"),
}
"""What can be looked at."""


def list_metrics(run_view: RunView) -> list[Metric]:
    """The areas under the ROC curves."""
    found = _try_scores(run_view)
    help = _(
        "Area under the ROC curve: how often, of one anomaly and one normal image drawn at random, "
        "the anomaly has the larger score. 0.5: a coin does as well. 1: all are told apart. ±: the "
        "95 % interval, for other images of the same kind."
    )
    if found is None:
        return [Metric(_("AUC of the error"), "–", "PCA –", help)]
    ours, theirs = found.auc(ERROR), found.auc(BY_PCA)
    note = f"± {ours.half_width:.2f} · PCA {theirs.value:.2f}"
    return [Metric(_("AUC of the error"), f"{ours.value:.2f}", note, help)]


def _auc_text(area: Estimate) -> str:
    return f"{area.value:.2f} ± {area.half_width:.2f}"


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
    choosing, testing = found.halves()
    threshold = _draw_threshold(run_view, choosing, kind)
    counts = [anomaly_scores.alarms(*half.parts(kind), threshold) for half in (choosing, testing)]
    part = choose(
        _("Look at"),
        PARTS,
        f"{run_view.recipe.type.name}.anomaly.part",
        label_visibility="collapsed",
    )
    if part != SCORES:
        _draw_offenders(run_view, testing, kind, threshold, part)
        return
    _draw_charts(run_view, found, kind, threshold, counts[1])
    st.markdown(compare_with_pca(found, kind))
    _draw_counts(run_view, found, kind, counts)
    glossary.prose(
        _(
            "Scored are all held-out images. The [[ROC curve]] shows what every other threshold "
            "would do; PCA keeps as many numbers, of the same training images. The threshold is "
            "chosen on one half of the images. What it is worth only the other half can say: on "
            "the images on which it was chosen it looks better than it is. The diamond, the second "
            "column of the table and the images under the other two headings are of that other "
            "half."
        )
    )


def compare_with_pca(found: Scored, kind: str) -> str:
    """Whether the network's area differs from PCA's by more than luck."""
    gain = anomaly_scores.compare_aucs(found.parts(kind), found.parts(BY_PCA))
    low, high = gain.value - gain.half_width, gain.value + gain.half_width
    if gain.differs_from_zero:
        text = _(
            "The network's AUC minus PCA's is {gain:+.2f} (95 %: {low:+.2f} to {high:+.2f}): more "
            "than the luck of these images."
        )
    else:
        text = _(
            "The network's AUC minus PCA's is {gain:+.2f} (95 %: {low:+.2f} to {high:+.2f}): with "
            "other images it might be the other way round."
        )
    return text.format(gain=gain.value, low=low, high=high).replace("-", "−")


def _draw_kind(run_view: RunView, found: Scored) -> str:
    if NATS not in found.scores:
        return ERROR
    labels = {ERROR: _("squared error"), NATS: _("variational bound")}
    return choose(_("Score"), labels, f"{run_view.recipe.type.name}.anomaly.kind")


def _draw_threshold(run_view: RunView, choosing: Scored, kind: str) -> float:
    """The threshold that is chosen; while the network learns, the one it begins with: 5 % false
    alarms among the images on which it is chosen."""
    normal, _anomalous = choosing.parts(kind)
    low, high = _limits(choosing, kind)
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
        help=_("At first 5 % of the normal images of one half raise an alarm."),
    )


def _limits(found: Scored, kind: str) -> tuple[float, float]:
    """Between which scores nearly all lie; the few beyond count as at the end."""
    scores = found.scores[kind]
    low = 0.0 if kind == ERROR else float(scores.min())
    high = float(np.quantile(scores, 0.995))
    return low, high if high > low else low + 1e-6


def _draw_charts(
    run_view: RunView, found: Scored, kind: str, threshold: float, alarms: Alarms
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


def _draw_counts(run_view: RunView, found: Scored, kind: str, alarms: Sequence[Alarms]) -> None:
    """What the threshold does on each half and, where several classes are left out, the areas by
    class."""
    cells = [_("| images | of the half it was chosen on | of the other half |"), "|---|---|---|"]
    of_normal, of_anomalous = (
        [(one.false_alarms, one.passed, one.false_alarm_rate) for one in alarms],
        [(one.caught, one.missed, one.hit_rate) for one in alarms],
    )
    for title, numbers in (
        (_("false alarms"), of_normal),
        (_("anomalies caught"), of_anomalous),
    ):
        texts = [
            _("{some:,} of {all:,} ({share:.1%})").format(some=some, all=some + rest, share=share)
            for some, rest, share in numbers
        ]
        cells.append(f"| **{title}** | {' | '.join(texts)} |")
    st.markdown("\n".join(cells))
    excluded_classes = run_view.recipe.hyperparameters.excluded_classes
    if len(excluded_classes) > 1:
        rows = [_("| left out | AUC | of PCA |"), "|---|---|---|"]
        for label in excluded_classes:
            if np.any(found.labels == label):
                ours, theirs = (_auc_text(found.auc(one, label)) for one in (kind, BY_PCA))
                rows.append(f"| {found.dataset.label_names[label]} | {ours} | {theirs} |")
        st.markdown("\n".join(rows))


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


def _draw_offenders(
    run_view: RunView, found: Scored, kind: str, threshold: float, part: str
) -> None:
    missed, false = offenders(found, kind, threshold)
    which, title, none = {
        MISSED: (
            missed,
            _("Anomalies that pass unnoticed, the most inconspicuous first"),
            _("No anomaly passes this threshold."),
        ),
        FALSE: (
            false,
            _("Normal images that raise an alarm, the strangest first"),
            _("No normal image raises an alarm."),
        ),
    }[part]
    if not len(which):
        st.markdown(none)
        return
    st.markdown(f"**{title}**")
    key = f"{run_view.recipe.type.name}.anomaly.{part}"
    _draw_images(found, kind, which, key, title)


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
