"""Distortion against what a code costs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.figures.comparison_charts import Series, place_legend_beside, run_colour, run_symbol
from dashboard.figures.curve_charts import Axis, round_step
from dashboard.figures.style import (
    FAINT,
    HELD_OUT,
    PCA,
    TRAINING,
    Figure,
    make_figure,
    place_legend,
    scatter_trace,
)
from dashboard.text.i18n import _


def rate_distortion(
    points: Sequence[tuple[str, float, float]], present: int, *, font_size: int = 14
) -> Figure:
    """What runs pay for their codes against how well they rebuild.

    Args:
        points: Of each run a label, its rate (KL divergence) and its distortion (reconstruction),
            in nats per image.
        present: Which of them is the run on show; through it goes the line on which the sum of
            both is the same.
        font_size: Pixels.
    """
    rates, distortions = (np.array([one[place] for one in points]) for place in (1, 2))
    high = round_step(max(rates.max() * 1.1, 1.0), up=True)
    total = rates[present] + distortions[present]
    is_present = np.arange(len(points)) == present
    # Runs that lie close together have their labels on either side.
    is_upper = np.argsort(np.argsort(rates)) % 2 == 0
    places = np.where(is_upper, "top right", "bottom left")
    traces = [
        scatter_trace(
            x=[0, high],
            y=[total, total - high],
            name=_("sum {total:.1f}").format(total=total),
            mode="lines",
            line={"color": FAINT, "dash": "dot", "width": 2},
            hoverinfo="skip",
        )
    ]
    looks = (
        (~is_present, _("other runs"), {"color": TRAINING, "size": 10}),
        (is_present, _("this run"), {"color": HELD_OUT, "size": 13, "symbol": "diamond"}),
    )
    traces += [
        scatter_trace(
            x=rates[part],
            y=distortions[part],
            name=name,
            mode="markers+text",
            text=[one[0] for one, shown in zip(points, part, strict=True) if shown],
            textposition=places[part].tolist(),
            marker=marker,
            hovertemplate="%{text}: %{x:.1f} + %{y:.1f}<extra></extra>",
        )
        for part, name, marker in looks
        if part.any()
    ]
    room = max(0.2 * np.ptp(distortions), 10.0)
    low, top = float(distortions.min() - room), float(distortions.max() + room)
    return make_figure(
        traces,
        font_size,
        **place_legend("above"),
        xaxis=Axis(_("KL divergence, nats per image (rate)"), 0.0, high).layout(),
        yaxis=Axis(_("reconstruction, nats per image (distortion)"), low, top).layout(),
    )


def distortion_curves(
    runs: Sequence[Series],
    references: Sequence[Series],
    lossless: Sequence[tuple[str, float]] = (),
    *,
    font_size: int = 14,
) -> Figure:
    """Error against bits, both on logarithmic axes: the lower left is where one wants to be.

    Args:
        runs: One curve each, which may be a single point.
        references: What they are compared with, at most three, dashed; PCA first.
        lossless: Names and bits of what has no error, and so no place on the axis of errors: a
            vertical line each.
        font_size: Pixels.
    """
    traces = [
        _distortion_trace(one, run_colour(number), run_symbol(number), "solid")
        for number, one in enumerate(runs)
    ]
    looks = (
        (PCA, "diamond-open", "dash"),
        (FAINT, "square-open", "dash"),
        (FAINT, "x-thin", "dot"),
    )
    traces += [_distortion_trace(one, *look) for one, look in zip(references, looks, strict=False)]
    # The runs and a decade below their errors: references go on further, for those who zoom out.
    framed = runs or references
    bits = [value for one in framed for value in one.bits] + [value for _name, value in lossless]
    errors = [value for one in framed for value in one.errors if value > 0] or [1.0]
    errors.append(min(errors) / 10)
    across = Axis(
        _("bits per example"), round_step(min(bits), up=False), round_step(max(bits), up=True), True
    )
    low, high = round_step(min(errors), up=False), round_step(max(errors), up=True)
    upward = Axis(_("mean squared error"), low, high, True)
    traces += [_lossless_line(name, value, low, high) for name, value in lossless]
    return make_figure(
        traces,
        font_size,
        **place_legend_beside(),
        annotations=[_lossless_label(name, value) for name, value in lossless],
        xaxis=across.layout(),
        yaxis=upward.layout(),
    )


def _distortion_trace(one: Series, colour: str, symbol: str, dash: str) -> dict:
    line = {"color": colour, "width": 2.5, "dash": dash}
    return scatter_trace(
        x=list(one.bits),
        y=list(one.errors),
        text=list(one.texts),
        name=one.label,
        mode="lines+markers",
        marker={
            "symbol": symbol,
            "size": 8 if dash == "solid" else 6,
            "color": colour,
            "line": {"color": colour, "width": 2},
        },
        line=line,
        cliponaxis=False,  # a marker on an axis is whole
        hovertemplate="%{text}<br>" + _("%{x:,.0f} bits, error %{y:.3g}"),
    )


def _lossless_line(name: str, bits: float, low: float, high: float) -> dict:
    line = {"color": FAINT, "width": 2, "dash": "dot"}
    ends = {"x": [bits, bits], "y": [low, high], "name": name, "showlegend": False}
    return scatter_trace(
        **ends, mode="lines", line=line, hovertemplate=_("%{x:,.0f} bits, no error")
    )


def _lossless_label(name: str, bits: float) -> dict:
    """Along the line, at its lower end."""
    place = {
        "x": math.log10(bits),
        "y": 0,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
    }
    return {**place, "text": name, "textangle": -90, "showarrow": False}
