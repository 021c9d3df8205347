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
DIGIT_SYMBOLS = (
    "circle", "square", "diamond", "cross", "x",
    "triangle-up", "triangle-down", "pentagon", "hexagram", "star",
)  # fmt: skip
# Three-dimensional scatter plots know eight symbols; colour tells the repeated ones apart.
DIGIT_SYMBOLS_3D = (
    "circle", "square", "diamond", "cross", "x",
    "circle-open", "square-open", "diamond-open", "circle", "square",
)  # fmt: skip
# Viridis without its two ends, which vanish on black and on white paper.
CURVE_COLOURS = ((0.0, "#3b6fb5"), (0.35, "#21918c"), (0.7, "#5ec962"), (1.0, "#d8b70a"))

Figure = dict[str, Any]  # {"data": [trace, ...], "layout": {...}}
Numbers = Sequence[float] | np.ndarray
Subspace = tuple[np.ndarray, np.ndarray]  # origin [3], basis vectors as rows [k, 3]
NO_POINTS = np.empty((0, 3))


def scatter_trace(**trace: Any) -> dict[str, Any]:
    """A Plotly trace of points or lines in the plane."""
    return {"type": "scatter", **trace}


def scatter_3d_trace(**trace: Any) -> dict[str, Any]:
    """A Plotly trace of points or lines in space."""
    return {"type": "scatter3d", **trace}


def bar_trace(**trace: Any) -> dict[str, Any]:
    """A Plotly trace of bars."""
    return {"type": "bar", **trace}


def make_figure(traces: Iterable[dict], font_size: int, **layout: Any) -> Figure:
    """A figure of these traces, on clear paper, with type of `font_size` pixels."""
    common = {
        "font": {"size": font_size},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 10, "r": 10, "t": font_size, "b": 10},
        "showlegend": False,
    }
    return {"data": list(traces), "layout": common | layout}


def place_legend(side: str, show: bool = True) -> dict:
    """A legend in rows, above axes that have titles or below a scene."""
    rows = {"orientation": "h", "x": 0.5, "xanchor": "center", "itemsizing": "constant"}
    place = {"above": {"y": 1.02, "yanchor": "bottom"}, "below": {"y": 0, "yanchor": "top"}}[side]
    return {"showlegend": show, "legend": {**rows, **place, "bgcolor": CLEAR}}


def as_columns(points: np.ndarray) -> dict:
    """Points [n, 3] as the x, y and z of a trace."""
    return {"x": points[:, 0], "y": points[:, 1], "z": points[:, 2]}


def markers_3d_trace(
    points: np.ndarray, name: str, shade: dict, symbol: str, size: float
) -> dict[str, Any]:
    """Points [n, 3] as markers of one symbol."""
    return scatter_3d_trace(
        **as_columns(points),
        name=name,
        mode="markers",
        marker={**shade, "symbol": symbol, "size": size},
        hovertemplate="%{x:.2f}, %{y:.2f}, %{z:.2f}",
    )


def link_rows(trace: dict, rows: Iterable[int]) -> dict:
    """The trace, saying which example each of its points is: what is pointed to in one plot
    lights up in the others (`links.js`)."""
    return trace | {"meta": {"rows": [int(row) for row in rows]}}


def markers_2d_trace(points: np.ndarray, name: str, marker: dict) -> dict:
    """Points [n, 2] as markers."""
    x, y = points.T
    hover = "%{x:.3g}, %{y:.3g}"
    return scatter_trace(x=x, y=y, name=name, mode="markers", marker=marker, hovertemplate=hover)


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
