"""Colours, and the pieces that all figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from dashboard.text.i18n import _

# Okabe and Ito's colours, those that keep a contrast near 3:1 on white and on black paper.
TRAINING = "#0072B2"  # blue
HELD_OUT = "#D55E00"  # vermilion
PCA = "#009E73"  # bluish green
AUTOENCODER = "#CC79A7"  # reddish purple
FAINT = "#8c8c8c"
GRID = "rgba(128, 128, 128, 0.25)"
SCENE_GRID = "#a0a0a0"  # opaque: WebGL adds translucent grey to white paper and it vanishes
CLEAR = "rgba(0, 0, 0, 0)"

# Petroff's ten colours (arXiv:2107.02270) stay distinct under colour blindness; symbols help.
DIGIT_COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip
# Three-dimensional scatter plots know eight symbols; colour tells the repeated ones apart.
DIGIT_SYMBOLS = (
    "circle", "square", "diamond", "cross", "x",
    "circle-open", "square-open", "diamond-open", "circle", "square",
)  # fmt: skip
# Viridis without its two ends, which vanish on black and on white paper.
CURVE_COLOURS = ((0.0, "#3b6fb5"), (0.35, "#21918c"), (0.7, "#5ec962"), (1.0, "#d8b70a"))

Figure = dict[str, Any]  # {"data": [trace, ...], "layout": {...}}
Names = Sequence[str]
Numbers = Sequence[float] | np.ndarray
Places = Sequence[Any] | np.ndarray  # numbers, names of a category, None for a gap
Subspace = tuple[np.ndarray, np.ndarray]  # origin [3], basis vectors as rows [k, 3]
NO_POINTS = np.empty((0, 3))
FONT_SIZE = 14  # pixels; for large text, `plots.py` enlarges the whole figure

_ROWS = {"orientation": "h", "x": 0.5, "xanchor": "center", "itemsizing": "constant"}
_LEGENDS = {
    "above": {**_ROWS, "y": 1.02, "yanchor": "bottom", "bgcolor": CLEAR},
    "below": {**_ROWS, "y": 0, "yanchor": "top", "bgcolor": CLEAR},
    # Below the buttons that come up in the corner.
    "beside": {"x": 1.02, "y": 0.92, "bgcolor": CLEAR},
}


def make_figure(traces: Iterable[dict], legend: str = "", **layout: Any) -> Figure:
    """A figure of these traces on clear paper. Its legend is in rows "above" axes that have titles
    or "below" a scene, or "beside" the plot, where names are long; "" for none."""
    common = {
        "font": {"size": FONT_SIZE},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 10, "r": 10, "t": FONT_SIZE, "b": 10},
        "showlegend": bool(legend),
    }
    if legend:
        common["legend"] = _LEGENDS[legend]
    return {"data": list(traces), "layout": common | layout}


def scatter_trace(x: Places, y: Places, mode: str = "markers", **trace: Any) -> dict[str, Any]:
    """A Plotly trace of points or lines in the plane."""
    return {"type": "scatter", "x": x, "y": y, "mode": mode, **trace}


def line_trace(
    x: Places, y: Places, colour: str, width: float = 2, dash: str = "solid", **trace: Any
) -> dict[str, Any]:
    """A line in the plane; `width` in pixels."""
    line = {"color": colour, "width": width, "dash": dash}
    return scatter_trace(x, y, "lines", line=line, **trace)


def reference_line(
    x: Places, y: Places, name: str, colour: str = FAINT, width: float = 2
) -> dict[str, Any]:
    """A dotted line to compare with, which says nothing when pointed to."""
    return line_trace(x, y, colour, width, "dot", name=name, hoverinfo="skip")


def bar_trace(x: Places, y: Places, **trace: Any) -> dict[str, Any]:
    """A Plotly trace of bars."""
    return {"type": "bar", "x": x, "y": y, **trace}


def hatch_bars(colour: str, hatch: str, **pattern: Any) -> dict:
    """The marker of bars that are filled, or hatched if `hatch` names a pattern."""
    return {
        "color": colour,
        "line": {"color": colour, "width": 1.5},
        "pattern": {"shape": hatch, "fgcolor": colour, "bgcolor": CLEAR, **pattern},
    }


def points_trace(points: np.ndarray, name: str, **trace: Any) -> dict[str, Any]:
    """Points [n, 2] or [n, 3] as a Plotly trace."""
    type = {2: "scatter", 3: "scatter3d"}[points.shape[1]]
    return {"type": type, **as_columns(points), "name": name, **trace}


def as_columns(points: np.ndarray) -> dict[str, np.ndarray]:
    """Points [n, 2] or [n, 3] as the x, y and z of a trace."""
    return dict(zip("xyz", points.T, strict=False))


def markers_trace(points: np.ndarray, name: str, marker: dict) -> dict[str, Any]:
    """Points [n, 2] or [n, 3] as markers."""
    hover = "%{x:.3g}, %{y:.3g}" if points.shape[1] == 2 else "%{x:.2f}, %{y:.2f}, %{z:.2f}"
    return points_trace(points, name, mode="markers", marker=marker, hovertemplate=hover)


def path_trace(points: np.ndarray, name: str, **line: Any) -> dict[str, Any]:
    """A line through points [n, 2] or [n, 3]; a row of NaN lifts the pen."""
    return points_trace(points, name, mode="lines", line=line, hoverinfo="skip")


def link_rows(trace: dict, rows: Iterable[int]) -> dict:
    """The trace, saying which example each of its points is: what is pointed to in one plot
    lights up in the others (`links.js`)."""
    return trace | {"meta": {"rows": [int(row) for row in rows]}}


def split_by_class(colours: np.ndarray, class_names: Sequence[str]) -> list[tuple]:
    """Name, rows, look and symbol's number of each class; one group if they are no classes."""
    if not np.issubdtype(colours.dtype, np.integer):
        return [(_("codes"), slice(None), shade_markers(colours), 0)]
    return [
        (
            class_names[number] if class_names else str(number),
            colours == number,
            {"color": DIGIT_COLOURS[number % 10]},
            # Letters are more than the colours: those of one colour differ in their symbols.
            (number + number // 10) % 10,
        )
        for number in np.unique(colours).tolist()
    ]


def shade_markers(colours: np.ndarray) -> dict:
    """The colours of classes, or those along a curve."""
    colours = np.asarray(colours)
    if np.issubdtype(colours.dtype, np.integer):
        return {"color": [DIGIT_COLOURS[digit % 10] for digit in colours.tolist()]}
    return {"color": colours, "colorscale": CURVE_COLOURS}
