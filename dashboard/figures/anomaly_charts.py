"""Scores of what is normal and of what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.figures.axes import Axis, round_step
from dashboard.figures.bar_charts import class_bars
from dashboard.figures.style import (
    HELD_OUT,
    TRAINING,
    Figure,
    Numbers,
    line_trace,
    make_figure,
    reference_line,
    scatter_trace,
)
from dashboard.text.i18n import _


def score_histogram(
    edges: Numbers, normal: Numbers, anomalous: Numbers, *, threshold: float, title: str
) -> Figure:
    """How the scores of normal examples and of anomalies are spread, and the threshold.

    Args:
        edges: Rising.
        normal: Scores; beyond the last edge they count as in the last interval.
        anomalous: Likewise.
        threshold: From which on there is an alarm.
        title: What the scores are, below their axis.
    """
    edges = np.asarray(edges, float)
    traces = [
        _score_bars(edges, normal, _("normal"), TRAINING, ""),
        _score_bars(edges, anomalous, _("anomalous"), HELD_OUT, "/"),
    ]
    high = round_step(max(0.01, *(float(bars["y"].max()) for bars in traces)), up=True)
    traces.append(reference_line([threshold] * 2, [0, high], _("threshold"), width=3))
    across = Axis(title, float(edges[0]), float(edges[-1])).layout()
    upward = Axis(_("share of each group"), 0.0, high).layout(tickformat=".0%")
    return make_figure(traces, "above", barmode="overlay", bargap=0, xaxis=across, yaxis=upward)


def _score_bars(edges: np.ndarray, scores: Numbers, name: str, colour: str, hatch: str) -> dict:
    counts, _edges = np.histogram(np.clip(scores, edges[0], edges[-1]), edges)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    bars = class_bars(middles, counts / max(len(scores), 1), name, colour, hatch)
    return bars | {"width": np.diff(edges), "opacity": 0.6, "hovertemplate": "%{y:.1%}"}


def roc_curves(
    curves: Sequence[tuple[str, np.ndarray, np.ndarray, str]], point: tuple[float, float]
) -> Figure:
    """Receiver operating characteristics: what share of the anomalies each share of false alarms
    buys, and where the threshold lies.

    Args:
        curves: Name, false-alarm rates, hit rates and colour of each.
        point: False-alarm rate and hit rate at the threshold.
    """
    hover = "%{x:.0%} → %{y:.0%}"
    traces = [
        line_trace(across, upward, colour, 2.5, dash, name=name, hovertemplate=hover)
        for (name, across, upward, colour), dash in zip(
            curves, ("solid", "dash", "dashdot"), strict=False
        )
    ]
    marker = {"color": HELD_OUT, "symbol": "diamond", "size": 13}
    traces.append(reference_line([0, 1], [0, 1], _("chance")))
    x, y = [point[0]], [point[1]]
    traces.append(scatter_trace(x, y, name=_("threshold"), marker=marker, hovertemplate=hover))
    xaxis, yaxis = (
        Axis(title, -0.02, 1.02).layout(tickformat=".0%")
        for title in (_("false alarms among the normal"), _("anomalies caught"))
    )
    return make_figure(traces, "above", xaxis=xaxis, yaxis=yaxis)
