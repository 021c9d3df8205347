"""The runs of a class as dots."""

from __future__ import annotations

import html
from collections.abc import Sequence

from dashboard.figures.comparison_charts import place_legend_beside, run_colour, run_symbol
from dashboard.figures.curve_charts import Axis
from dashboard.figures.style import Figure, make_figure, scatter_trace


def dots(
    points: Sequence[tuple[str, str, float, float, bool]],
    x_title: str,
    y_title: str,
    *,
    x_log: bool = False,
    y_log: bool = False,
    font_size: int = 14,
) -> Figure:
    """Runs as dots, those of a kind in one colour and with one symbol.

    Args:
        points: Of each its kind, what it says when pointed to, its place, and whether it is the
            viewer's own: those are larger. On a logarithmic axis what is not positive is left out.
        x_title, y_title: Of the axes.
        x_log, y_log: Whether they are logarithmic.
        font_size: Pixels.
    """
    drawn = [one for one in points if (one[2] > 0 or not x_log) and (one[3] > 0 or not y_log)]
    kinds = list(dict.fromkeys(one[0] for one in points))
    traces = []
    for number, kind in enumerate(kinds):
        members = [one for one in drawn if one[0] == kind]
        traces.append(
            scatter_trace(
                x=[one[2] for one in members],
                y=[one[3] for one in members],
                name=kind,
                mode="markers",
                # Visitors wrote parts of it, and Plotly understands some HTML.
                text=[html.escape(one[1]) for one in members],
                marker={
                    "color": run_colour(number),
                    "symbol": run_symbol(number),
                    # They are looked at from the back row.
                    "size": [font_size * (1.5 if one[4] else 1) for one in members],
                    "line": {"width": [2 if one[4] else 0 for one in members]},
                    "opacity": 0.85,
                },
                hovertemplate="%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>",
            )
        )
    axes = [
        _value_range(x_title, [one[2] for one in drawn], x_log),
        _value_range(y_title, [one[3] for one in drawn], y_log),
    ]
    across, upward = (axis.layout() for axis in axes)
    return make_figure(traces, font_size, **place_legend_beside(), xaxis=across, yaxis=upward)


def _value_range(title: str, values: Sequence[float], log: bool) -> Axis:
    """An axis with room on both sides of what it shows."""
    low, high = min(values, default=1.0), max(values, default=1.0)
    if log:
        return Axis(title, low / 1.3, high * 1.3, log=True)
    room = max(0.08 * (high - low), 0.04 * abs(high), 1e-9)
    return Axis(title, low - room, high + room)
