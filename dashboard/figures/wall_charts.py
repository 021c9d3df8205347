"""The runs of a class as dots."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.figures.axes import Axis
from dashboard.figures.comparison_charts import run_colour, run_symbol
from dashboard.figures.style import FONT_SIZE, Figure, make_figure, scatter_trace
from dashboard.text.foreign import in_plotly

Dot = tuple[str, str, float, float, bool]


def dots(
    points: Sequence[Dot], x_title: str, y_title: str, *, x_log: bool = False, y_log: bool = False
) -> Figure:
    """Runs as dots, those of a kind in one colour and with one symbol.

    Args:
        points: Of each its kind, what it says when pointed to, its place, and whether it is the
            viewer's own: those are larger. On a logarithmic axis what is not positive is left out.
        x_title, y_title: Of the axes.
        x_log, y_log: Whether they are logarithmic.
    """
    drawn = [one for one in points if (one[2] > 0 or not x_log) and (one[3] > 0 or not y_log)]
    kinds = list(dict.fromkeys(one[0] for one in points))
    across = _value_range(x_title, [one[2] for one in drawn], x_log)
    upward = _value_range(y_title, [one[3] for one in drawn], y_log)
    traces = [_dots_trace(drawn, number, kind) for number, kind in enumerate(kinds)]
    return make_figure(traces, "beside", xaxis=across.layout(), yaxis=upward.layout())


def _dots_trace(drawn: Sequence[Dot], number: int, kind: str) -> dict:
    members = [one[1:] for one in drawn if one[0] == kind]
    texts, x, y, is_own = map(list, zip(*members, strict=True)) if members else ([],) * 4
    marker = {
        "color": run_colour(number),
        "symbol": run_symbol(number),
        # They are looked at from the back row.
        "size": [FONT_SIZE * (1.5 if own else 1) for own in is_own],
        "line": {"width": [2 if own else 0 for own in is_own]},
        "opacity": 0.85,
    }
    texts = [in_plotly(text) for text in texts]  # visitors wrote parts of it
    hover = "%{text}<br>%{x:.4g}, %{y:.4g}<extra></extra>"
    return scatter_trace(x, y, name=kind, text=texts, marker=marker, hovertemplate=hover)


def _value_range(title: str, values: Sequence[float], log: bool) -> Axis:
    """An axis with room on both sides of what it shows."""
    low, high = min(values, default=1.0), max(values, default=1.0)
    if log:
        return Axis(title, low / 1.3, high * 1.3, log=True)
    room = max(0.08 * (high - low), 0.04 * abs(high), 1e-9)
    return Axis(title, low - room, high + room)
