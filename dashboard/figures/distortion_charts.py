"""Distortion against what a code costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.figures.axes import Axis, round_step
from dashboard.figures.comparison_charts import Series, run_colour, run_symbol
from dashboard.figures.style import (
    FAINT,
    HELD_OUT,
    PCA,
    TRAINING,
    Figure,
    line_trace,
    make_figure,
    reference_line,
    scatter_trace,
)
from dashboard.text.i18n import _

_REFERENCES = (
    (PCA, "diamond-open", "dash"),
    (FAINT, "square-open", "dash"),
    (FAINT, "x-thin", "dot"),
)


def rate_distortion(points: Sequence[tuple[str, float, float]], present: int) -> Figure:
    """What runs pay for their codes against how well they rebuild.

    Args:
        points: Of each run a label, its rate (KL divergence) and its distortion (reconstruction),
            in nats per image.
        present: Which of them is the run on show; through it goes the line on which the sum of
            both is the same.
    """
    labels, *numbers = zip(*points, strict=True)
    rates, distortions = np.array(numbers)
    high, total = round_step(max(rates.max() * 1.1, 1.0), up=True), sum(points[present][1:])
    name = _("sum {total:.1f}").format(total=total)
    traces = [reference_line([0, high], [total, total - high], name)]
    traces += _run_markers(labels, rates, distortions, present)
    room = max(0.2 * np.ptp(distortions), 10.0)
    low, top = float(distortions.min() - room), float(distortions.max() + room)
    across = Axis(_("KL divergence, nats per image (rate)"), 0.0, high)
    upward = Axis(_("reconstruction, nats per image (distortion)"), low, top)
    return make_figure(traces, "above", xaxis=across.layout(), yaxis=upward.layout())


def _run_markers(
    labels: Sequence[str], rates: np.ndarray, distortions: np.ndarray, present: int
) -> list[dict]:
    # Runs that lie close together have their labels on either side.
    is_upper = np.argsort(np.argsort(rates)) % 2 == 0
    is_present = np.arange(len(labels)) == present
    looks = (
        (~is_present, _("other runs"), {"color": TRAINING, "size": 10}),
        (is_present, _("this run"), {"color": HELD_OUT, "size": 13, "symbol": "diamond"}),
    )
    return [
        scatter_trace(
            rates[part],
            distortions[part],
            "markers+text",
            name=name,
            text=np.array(labels, object)[part].tolist(),
            textposition=np.where(is_upper, "top right", "bottom left")[part].tolist(),
            marker=marker,
            hovertemplate="%{text}: %{x:.1f} + %{y:.1f}<extra></extra>",
        )
        for part, name, marker in looks
        if part.any()
    ]


def distortion_curves(
    runs: Sequence[Series], references: Sequence[Series], lossless: Sequence[tuple[str, float]] = ()
) -> Figure:
    """Error against bits, both on logarithmic axes: the lower left is where one wants to be.

    Args:
        runs: One curve each, which may be a single point.
        references: What they are compared with, at most three, dashed; PCA first.
        lossless: Names and bits of what has no error, and so no place on the axis of errors: a
            vertical line each.
    """
    looks = [(run_colour(number), run_symbol(number), "solid") for number in range(len(runs))]
    traces = [_distortion_trace(one, *look) for one, look in zip(runs, looks, strict=True)]
    traces += [
        _distortion_trace(one, *look) for one, look in zip(references, _REFERENCES, strict=False)
    ]
    # The runs and a decade below their errors: references go on further, for those who zoom out.
    framed = runs or references
    bits = [value for one in framed for value in one.bits] + [value for _name, value in lossless]
    errors = [value for one in framed for value in one.errors if value > 0] or [1.0]
    across = _log_axis(_("bits per example"), bits)
    upward = _log_axis(_("mean squared error"), [*errors, min(errors) / 10])
    traces += [_lossless_line(name, value, upward) for name, value in lossless]
    notes = [_lossless_label(name, value) for name, value in lossless]
    axes = {"xaxis": across.layout(), "yaxis": upward.layout()}
    return make_figure(traces, "beside", annotations=notes, **axes)


def _log_axis(title: str, values: Sequence[float]) -> Axis:
    low, high = round_step(min(values), up=False), round_step(max(values), up=True)
    return Axis(title, low, high, log=True)


def _distortion_trace(one: Series, colour: str, symbol: str, dash: str) -> dict:
    look = {"symbol": symbol, "size": 8 if dash == "solid" else 6, "color": colour}
    return scatter_trace(
        list(one.bits),
        list(one.errors),
        "lines+markers",
        text=list(one.texts),
        name=one.label,
        marker=look | {"line": {"color": colour, "width": 2}},
        line={"color": colour, "width": 2.5, "dash": dash},
        cliponaxis=False,  # a marker on an axis is whole
        hovertemplate="%{text}<br>" + _("%{x:,.0f} bits, error %{y:.3g}"),
    )


def _lossless_line(name: str, bits: float, upward: Axis) -> dict:
    ends, hover = [upward.low, upward.high], _("%{x:,.0f} bits, no error")
    line = line_trace([bits] * 2, ends, FAINT, dash="dot", name=name, hovertemplate=hover)
    return line | {"showlegend": False}


def _lossless_label(name: str, bits: float) -> dict:
    """Along the line, at its lower end."""
    place = {"x": math.log10(bits), "y": 0, "yref": "paper", "textangle": -90}
    anchors = {"xanchor": "right", "yanchor": "bottom"}
    return {"text": name, "showarrow": False, **place, **anchors}
