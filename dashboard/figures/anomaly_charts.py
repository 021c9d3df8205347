"""Scores of what is normal and of what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.figures.bar_charts import class_bars
from dashboard.figures.curve_charts import Axis, round_step
from dashboard.figures.style import (
    FAINT,
    HELD_OUT,
    TRAINING,
    Figure,
    Numbers,
    make_figure,
    place_legend,
    scatter_trace,
)
from dashboard.text.i18n import _


def score_histogram(
    edges: Numbers,
    normal: Numbers,
    anomalous: Numbers,
    *,
    threshold: float,
    title: str,
    font_size: int = 14,
) -> Figure:
    """How the scores of normal examples and of anomalies are spread, and the threshold.

    Args:
        edges: Rising.
        normal: Scores; beyond the last edge they count as in the last interval.
        anomalous: Likewise.
        threshold: From which on there is an alarm.
        title: What the scores are, below their axis.
        font_size: Pixels.
    """
    edges = np.asarray(edges, float)
    middles = (edges[:-1] + edges[1:]) / 2
    looks = (
        (normal, _("normal"), TRAINING, ""),
        (anomalous, _("anomalous"), HELD_OUT, "/"),
    )
    shares = [
        np.histogram(np.clip(part, edges[0], edges[-1]), edges)[0] / max(len(part), 1)
        for part, *_rest in looks
    ]
    traces = [
        class_bars(middles.tolist(), share, name, colour, hatch)
        | {"width": np.diff(edges), "opacity": 0.6, "hovertemplate": "%{y:.1%}"}
        for share, (_part, name, colour, hatch) in zip(shares, looks, strict=True)
    ]
    high = round_step(max(float(np.max(shares)), 0.01), up=True)
    line = {"color": FAINT, "dash": "dot", "width": 3}
    name = _("threshold")
    ends = {"x": [threshold] * 2, "y": [0, high], "name": name, "line": line}
    traces.append(scatter_trace(**ends, mode="lines", hoverinfo="skip"))
    upward = Axis(_("share of each group"), 0.0, high).layout() | {"tickformat": ".0%"}
    return make_figure(
        traces,
        font_size,
        **place_legend("above"),
        barmode="overlay",
        bargap=0,
        xaxis=Axis(title, float(edges[0]), float(edges[-1])).layout(),
        yaxis=upward,
    )


def roc_curves(
    curves: Sequence[tuple[str, np.ndarray, np.ndarray, str]],
    point: tuple[float, float],
    *,
    font_size: int = 14,
) -> Figure:
    """Receiver operating characteristics: what share of the anomalies each share of false alarms
    buys, and where the threshold lies.

    Args:
        curves: Name, false-alarm rates, hit rates and colour of each.
        point: False-alarm rate and hit rate at the threshold.
        font_size: Pixels.
    """
    dashes = ("solid", "dash", "dashdot")
    traces = [
        scatter_trace(
            x=across,
            y=upward,
            name=name,
            mode="lines",
            line={"color": colour, "width": 2.5, "dash": dash},
            hovertemplate="%{x:.0%} → %{y:.0%}",
        )
        for (name, across, upward, colour), dash in zip(curves, dashes, strict=False)
    ]
    chance = {"x": [0, 1], "y": [0, 1], "name": _("chance"), "mode": "lines", "hoverinfo": "skip"}
    traces.append(scatter_trace(**chance, line={"color": FAINT, "dash": "dot", "width": 2}))
    marker = {"color": HELD_OUT, "symbol": "diamond", "size": 13}
    across, upward = point
    traces.append(scatter_trace(x=[across], y=[upward], name=_("threshold"), mode="markers",
                           marker=marker, hovertemplate="%{x:.0%} → %{y:.0%}"))  # fmt: skip
    axes = [
        Axis(title, -0.02, 1.02).layout() | {"tickformat": ".0%"}
        for title in (_("false alarms among the normal"), _("anomalies caught"))
    ]
    return make_figure(traces, font_size, **place_legend("above"), xaxis=axes[0], yaxis=axes[1])
