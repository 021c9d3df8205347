"""Codes: on a line, in the plane, in space."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np

from dashboard.figures.axes import BARE, Axis
from dashboard.figures.point_clouds import make_scene
from dashboard.figures.style import (
    DIGIT_SYMBOLS,
    FAINT,
    Figure,
    Names,
    link_rows,
    make_figure,
    markers_trace,
    path_trace,
    scatter_trace,
    shade_markers,
    split_by_class,
)
from dashboard.text.i18n import _

# For a code or for a draw of the prior: clear where a discriminator cannot tell.
# Of either colour, not of none: what lies between black and a colour would be greyish.
OPINION_COLOURS = (
    *((0.0, "rgba(213, 94, 0, 0.55)"), (0.5, "rgba(213, 94, 0, 0)")),
    *((0.5, "rgba(0, 114, 178, 0)"), (1.0, "rgba(0, 114, 178, 0.55)")),
)


def codes_2d(
    codes: np.ndarray,
    colours: np.ndarray,
    pca_codes: np.ndarray | None = None,
    *,
    axis_name: str = "",
    class_names: Names = (),
) -> Figure:
    """The codes as a strip, a plane or a space, according to their number of dimensions.

    Args:
        codes: Shape [n, k] with k of 1, 2 or 3.
        colours: Shape [n]; integers are classes 0 to 9, other numbers a position on a curve.
        pca_codes: PCA's codes of the same points, shape [n, k], in open grey symbols (on the strip:
            in a row of their own).
        axis_name: What the axes are, by default codes; each gets its number behind it.
        class_names: By class, by default its number.

    Raises:
        ValueError: If the codes have another number of dimensions.
    """
    codes, colours = np.asarray(codes, dtype=float), np.asarray(colours)
    if codes.ndim != 2 or codes.shape[1] not in (1, 2, 3):
        raise ValueError(
            f"codes of shape {codes.shape} cannot be drawn: give [n, 1], [n, 2] or [n, 3], "
            "for example the two codes of the largest variance."
        )
    others = codes[:0] if pca_codes is None else np.asarray(pca_codes, float)
    limit = _code_limit(np.concatenate([codes, others]))
    names = _axis_names(codes.shape[1], axis_name)
    return _draw_codes(codes, colours, class_names, limit, names, others)


def latent_map(
    codes: np.ndarray, classes: np.ndarray, *, axis_names: Names = (), class_names: Names = ()
) -> Figure:
    """Codes on a line, a plane or in space; the prior N(0, I) at 1, 2 and 3 deviations.

    Args:
        codes: Shape [n, k] with k of 1, 2 or 3, measured from the prior's centre.
        classes: Shape [n], integers.
        axis_names: k titles, by default "code 1" and so on.
        class_names: By class, by default its number.
    """
    codes, size = np.asarray(codes, float), np.shape(codes)[1]
    prior = _prior_contours(size)
    limit = _code_limit(np.concatenate([codes, prior[~np.isnan(prior[:, 0])]]))
    names = axis_names or _axis_names(size)
    figure = _draw_codes(codes, np.asarray(classes), class_names, limit, names)
    if size > 1:  # thicker in space
        figure["data"].append(path_trace(prior, _("prior"), color=FAINT, width=size))
    return figure


def opinion_map(
    points: np.ndarray,
    classes: np.ndarray,
    opinion: np.ndarray,
    axis: np.ndarray,
    *,
    class_names: Names = (),
    are_examples: bool = True,
) -> Figure:
    """Points of a plane over what a discriminator makes of every place of it.

    Args:
        points: Shape [n, 2].
        classes: Shape [n], integers.
        opinion: Probabilities that a place is the prior's, [upwards, to the right].
        axis: The places along either side, rising, about 0.
        class_names: By class, by default its number.
        are_examples: Whether each point has an image; what is pointed to lights up elsewhere.
    """
    points, classes = np.asarray(points, float), np.asarray(classes)
    figure = _draw_codes(points, classes, class_names, float(axis[-1]), _axis_names(2))
    if not are_examples:
        for trace in figure["data"]:
            del trace["meta"]
    bar = {"title": {"text": "D"}, "tickvals": [0, 0.5, 1], "thickness": 12, "len": 0.8}
    # Plotly draws it below the points, wherever it stands among the traces.
    ground = {
        **{"type": "contour", "x": axis, "y": axis, "z": opinion, "zmin": 0, "zmax": 1},
        "contours": {"coloring": "heatmap", "start": 0.25, "end": 0.75, "size": 0.25},
        "line": {"color": FAINT, "width": 1},
        **{"colorscale": OPINION_COLOURS, "colorbar": bar, "name": "D", "showlegend": False},
        "hovertemplate": "D = %{z:.2f}",
    }
    figure["data"].append(ground)
    return figure


def _axis_names(size: int, name: str = "") -> list[str]:
    return [f"{name or _('code')} {number}" for number in range(1, size + 1)]


def _prior_contours(dimensions: int) -> np.ndarray:
    """Circles of radius 1, 2 and 3 about the origin; in space, three at right angles each."""
    angles = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    strokes = []
    for radius in (1, 2, 3):
        for plane in combinations(range(dimensions), 2):
            stroke = np.zeros((len(circle) + 1, dimensions))
            stroke[:-1, plane] = radius * circle
            stroke[-1] = np.nan
            strokes.append(stroke)
    return np.concatenate(strokes) if strokes else np.array([[3.0]])


def _code_limit(codes: np.ndarray) -> float:
    """A limit that moves in steps of the square root of two: the axis rests during training."""
    furthest = max(float(np.max(np.abs(codes), initial=0)) * 1.05, 1e-6)
    return 2.0 ** (math.ceil(2 * math.log2(furthest)) / 2)


def _draw_codes(
    codes: np.ndarray,
    colours: np.ndarray,
    class_names: Names,
    limit: float,
    names: Names,
    others: np.ndarray | None = None,
) -> Figure:
    """Codes on axes of these names and of one scale, and PCA's, the others."""
    others = codes[:0] if others is None else others
    if codes.shape[1] == 1:
        return _draw_strip(codes, colours, limit, names[0], others)
    traces = _class_traces(codes, colours, class_names, others)
    has_legend = len(traces) > 1
    if codes.shape[1] == 3:
        scene = make_scene(np.array([[-limit, limit]] * 3), names)
        return make_figure(traces, "below", showlegend=has_legend, scene=scene)
    across, upward = (Axis(name, -limit, limit).layout(constrain="domain") for name in names)
    upward["scaleanchor"] = "x"  # one scale, so that the prior's circles are round
    return make_figure(traces, "above", showlegend=has_legend, xaxis=across, yaxis=upward)


def _class_traces(
    codes: np.ndarray, colours: np.ndarray, class_names: Names, others: np.ndarray
) -> list[dict]:
    """Codes in the plane or in space, each class in its colour, and PCA's in grey."""
    is_flat = codes.shape[1] == 2
    symbols, size = DIGIT_SYMBOLS, 7 if is_flat else 4
    traces = []
    for name, rows, shade, number in split_by_class(colours, class_names):
        marker = {**shade, "symbol": symbols[number], "size": size}
        trace = markers_trace(codes[rows], name, marker)
        traces.append(link_rows(trace, np.arange(len(codes))[rows]))
    if len(others):
        marker = {"color": FAINT, "symbol": "diamond-open", "size": 7 if is_flat else 3}
        traces.append(markers_trace(others, "PCA", marker))
    return traces


def _draw_strip(
    codes: np.ndarray, colours: np.ndarray, limit: float, name: str, others: np.ndarray
) -> Figure:
    """Codes of one number as ticks in a row, PCA's in a row below."""
    rows = {_("codes"): codes} | ({"PCA": others} if len(others) else {})
    marker = {"symbol": "line-ns", "size": 40, "line": {"width": 2, **shade_markers(colours)}}
    hover = "%{x:.3g}"
    traces = [
        scatter_trace(
            row[:, 0], np.full(len(row), -height), name=name, marker=marker, hovertemplate=hover
        )
        for height, (name, row) in enumerate(rows.items())
    ]
    traces[0] = link_rows(traces[0], range(len(codes)))
    heights = [-height for height in range(len(rows))]
    upward = {"tickvals": heights, "ticktext": list(rows), "range": [0.5 - len(rows), 0.5], **BARE}
    return make_figure(traces, xaxis=Axis(name, -limit, limit).layout(), yaxis=upward)
