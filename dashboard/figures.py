"""Arrays in, Plotly figures out: no Streamlit and no TensorFlow.

A figure is the plain dictionary that plotly.js takes, {"data": traces, "layout": layout}, because
`plotly.graph_objects` checks every property in Python, which takes it longer than all the rest of
a page's answer. The tests put every figure through that check instead.

The figures carry neither the colour of text nor of paper, which belong to the page's theme and are
set in the browser (`plots.js`), and no camera, which belongs to the user. What tells two things
apart is never colour alone: it comes with a symbol, a line pattern or a label. Font sizes are in
pixels: 14 suits a screen, 20 a projector.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise, product
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

# For a code or for a draw of the prior: clear where a discriminator cannot tell.
# Of either colour, not of none: what lies between black and a colour would be greyish.
OPINION_COLOURS = (
    *((0.0, "rgba(213, 94, 0, 0.55)"), (0.5, "rgba(213, 94, 0, 0)")),
    *((0.5, "rgba(0, 114, 178, 0)"), (1.0, "rgba(0, 114, 178, 0.55)")),
)

MAX_NODES = 8  # drawn of the largest layer of an architecture

Figure = dict[str, Any]  # {"data": [trace, ...], "layout": {...}}
Numbers = Sequence[float] | np.ndarray
Subspace = tuple[np.ndarray, np.ndarray]  # origin [3], basis vectors as rows [k, 3]
_NO_POINTS = np.empty((0, 3))


def _scatter(**trace: Any) -> dict[str, Any]:
    return {"type": "scatter", **trace}


def _scatter_3d(**trace: Any) -> dict[str, Any]:
    return {"type": "scatter3d", **trace}


def _bar(**trace: Any) -> dict[str, Any]:
    return {"type": "bar", **trace}


def _figure(traces: Iterable[dict], font_size: int, **layout: Any) -> Figure:
    common = {
        "font": {"size": font_size},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "margin": {"l": 10, "r": 10, "t": font_size, "b": 10},
        "showlegend": False,
    }
    return {"data": list(traces), "layout": common | layout}


def _legend(side: str, show: bool = True) -> dict:
    """A legend in rows, above axes that have titles or below a scene."""
    rows = {"orientation": "h", "x": 0.5, "xanchor": "center", "itemsizing": "constant"}
    place = {"above": {"y": 1.02, "yanchor": "bottom"}, "below": {"y": 0, "yanchor": "top"}}[side]
    return {"showlegend": show, "legend": {**rows, **place, "bgcolor": CLEAR}}


# ------------------------------------------------------------------------------ curves over epochs


@dataclass(frozen=True)
class _Line:
    """A curve over epochs with the label that stands at its end."""

    label: str
    epochs: Sequence[float]
    values: Sequence[float]
    colour: str
    mark: str
    dash: str = "solid"
    width: float = 2.5


@dataclass(frozen=True)
class _Axis:
    """Title, limits in the data's unit, and whether the axis is logarithmic."""

    title: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """A value as Plotly's annotations want it: the exponent of ten on a logarithmic axis."""
        return math.log10(value) if self.log else value

    def layout(self) -> dict:
        limits = [self.place(self.low), self.place(self.high)]
        common = {"range": limits, "gridcolor": GRID, "zeroline": False, "automargin": True}
        # With a standoff, the margin has room for the title too.
        common["title"] = {"text": self.title, "standoff": 8}
        if not self.log:
            return common
        ticks = "D2" if limits[1] - limits[0] <= 2 else 1  # D2: at 1, 2 and 5
        return common | {"type": "log", "tickformat": "~g", "dtick": ticks}


def loss_curves(
    events: Sequence[Mapping],
    *,
    term: str = "reconstruction_mse",
    term_label: str | None = None,
    pca: Mapping[str, float] | None = None,
    floors: Mapping[str, float] | None = None,
    earlier: Sequence[tuple[str, Sequence[Mapping]]] = (),
    log: bool = True,
    log_epochs: bool = False,
    target_epochs: int | None = None,
    marks: Sequence[tuple[str, float]] = (),
    font_size: int = 14,
) -> Figure:
    """One term of the loss per epoch, on training and on held-out data.

    Args:
        events: One per epoch, `{"epoch": 3, "train": {term: 0.1}, "held_out": {term: 0.1}}`. An
            event without the term, or with a value that is not finite, leaves no point.
        term: The term to draw, in its own unit.
        term_label: Title of the vertical axis, by default the term's name.
        pca: PCA's value of the same term on `"train"` and `"held_out"`, drawn as floors.
        floors: Other values that no training can go below, by their labels.
        earlier: Per earlier run what differed and its events; the held-out curve is drawn.
        log: Whether the term has a logarithmic axis; values of 0 or less are then left out.
        log_epochs: Whether the epochs have one; epoch 0 is then left out.
        target_epochs: Where the axis of epochs ends, so that it stays put during training.
        marks: Names and epochs of vertical lines.
        font_size: Pixels.
    """
    lines = [
        _Line(_short(label), *_series(past, "held_out", term), FAINT, "○", width=1.5)
        for label, past in earlier
    ]
    lines.append(_Line(_("training"), *_series(events, "train", term), TRAINING, "●"))
    lines.append(_Line(_("held-out"), *_series(events, "held_out", term), HELD_OUT, "◆"))
    across = _epoch_axis(lines, log_epochs, target_epochs)
    lines += _floors(pca or {}, across)
    ends = [across.low, across.high]
    lines += [
        _Line(label, ends, [value, value], FAINT, "┈", "dot", width=2)
        for label, value in (floors or {}).items()
    ]
    lines = [_drawable(line, log, log_epochs) for line in lines]
    upward = _value_axis(term_label or term.replace("_", " "), lines, log)
    return _curves(lines + _marks(marks, upward), across, upward, font_size)


def angle_curve(
    events: Sequence[Mapping],
    *,
    log_epochs: bool = False,
    target_epochs: int | None = None,
    font_size: int = 14,
) -> Figure:
    """The largest angle between the autoencoder's plane and PCA's, in degrees per epoch.

    Args:
        events: One per epoch, with the angle as `event["diagnostics"]["principal_angle_degrees"]`.
        log_epochs: Whether the epochs have a logarithmic axis; epoch 0 is then left out.
        target_epochs: Where the axis of epochs ends.
        font_size: Pixels.
    """
    series = _series(events, "diagnostics", "principal_angle_degrees")
    line = _drawable(_Line(_("angle"), *series, AUTOENCODER, "●"), False, log_epochs)
    across = _epoch_axis([line], log_epochs, target_epochs)
    figure = _curves([line], across, _Axis(_("angle to PCA's plane"), 0, 90), font_size)
    figure["layout"]["yaxis"] |= {"ticksuffix": "°", "dtick": 30}
    return figure


def usage_curves(
    events: Sequence[Mapping],
    num_entries: int,
    *,
    target_epochs: int | None = None,
    font_size: int = 14,
) -> Figure:
    """How many entries of a codebook are chosen at all, and the perplexity of the choices.

    Args:
        events: One per epoch, with `event["diagnostics"]["used_entries"]` and "perplexity".
        num_entries: Of the codebook.
        target_epochs: Where the axis of epochs ends.
        font_size: Pixels.
    """
    found = [
        _Line(label, *_series(events, "diagnostics", name), colour, mark, dash)
        for name, label, colour, mark, dash in (
            ("used_entries", _("chosen at all"), HELD_OUT, "◆", "dash"),
            ("perplexity", _("perplexity"), AUTOENCODER, "●", "solid"),
        )
    ]
    across = _epoch_axis(found, False, target_epochs)
    found.append(_Line(_("all"), [across.low, across.high], [num_entries] * 2, FAINT, "┈", "dot"))
    upward = _Axis(_("entries"), 0.0, 1.05 * num_entries)
    return _curves(found, across, upward, font_size)


def lines(
    x: Sequence[float],
    series: Sequence[tuple[str, Sequence[float], str]],
    *,
    x_title: str,
    y_title: str,
    x_end: float | None = None,
    mark: tuple[str, float] | None = None,
    log: bool = False,
    font_size: int = 14,
) -> Figure:
    """Quantities that depend on the same one.

    Args:
        x: Where they are known, rising.
        series: Name, values and colour of each.
        x_title: Below the axis.
        y_title: Beside the axis.
        x_end: Where the axis ends, by default with the last place.
        mark: Name and place of a vertical line.
        log: Whether the values have a logarithmic axis; those of 0 or less are then left out.
        font_size: Pixels.
    """
    dashes = ("solid", "dash", "dot")
    symbols = ("●", "◆", "■")
    found = [
        _drawable(
            _Line(name, list(x), [float(value) for value in values], colour, symbol, dash),
            log,
            False,
        )
        for (name, values, colour), symbol, dash in zip(series, symbols, dashes, strict=False)
    ]
    across = _Axis(x_title, float(x[0]), float(x[-1] if x_end is None else x_end))
    upward = _value_axis(y_title, found, log)
    found += _marks([mark] if mark else [], upward)
    return _curves(found, across, upward, font_size)


def _series(events: Iterable[Mapping], part: str, term: str) -> tuple[list, list]:
    """The epochs and values at which the events give a finite value of a term."""
    found = [(event["epoch"], (event.get(part) or {}).get(term)) for event in events]
    found = [(epoch, value) for epoch, value in found if value is not None and math.isfinite(value)]
    return [epoch for epoch, _ in found], [value for _, value in found]


def _drawable(line: _Line, log: bool, log_epochs: bool) -> _Line:
    """The line without the points that a logarithmic axis cannot show."""
    pairs = zip(line.epochs, line.values, strict=True)
    kept = [(x, y) for x, y in pairs if (x > 0 or not log_epochs) and (y > 0 or not log)]
    return replace(line, epochs=[x for x, _ in kept], values=[y for _, y in kept])


def _floors(pca: Mapping[str, float], across: _Axis) -> list[_Line]:
    looks = {"train": (_("PCA training"), "dash", "╌"), "held_out": (_("PCA held-out"), "dot", "┈")}
    ends = [across.low, across.high]
    return [
        _Line(label, ends, [pca[part], pca[part]], PCA, mark, dash, width=2)
        for part, (label, dash, mark) in looks.items()
        if part in pca
    ]


def _marks(marks: Iterable[tuple[str, float]], upward: _Axis) -> list[_Line]:
    """Vertical lines with their names at the upper ends."""
    ends = [upward.low, upward.high]
    return [_Line(name, [place, place], ends, FAINT, "┈", "dot", width=2) for name, place in marks]


def _epoch_axis(lines: Sequence[_Line], log: bool, target_epochs: int | None) -> _Axis:
    first = 1 if log else 0
    last = max((epoch for line in lines for epoch in line.epochs), default=first)
    return _Axis(_("epoch"), first, max(last, target_epochs or 0, first + 1), log)


def _value_axis(title: str, lines: Sequence[_Line], log: bool) -> _Axis:
    """Limits in steps of 1, 2, 5, 10, ..., so that the axis seldom moves during training."""
    values = [value for line in lines for value in line.values] or [1.0]
    high = _step(max(*values, 1e-12), up=True)
    if log:
        return _Axis(title, _step(min(values), up=False), high, log)
    return _Axis(title, -_step(-min(values), up=True) if min(values) < 0 else 0.0, high)


def _step(value: float, *, up: bool) -> float:
    """The nearest of 1, 2, 5, 10, ... above or below, at least 3 % away: not on the frame."""
    decade = 10.0 ** math.floor(math.log10(value))
    steps = [factor * decade for factor in (0.5, 1, 2, 5, 10, 20)]
    if up:
        return min(step for step in steps if step >= 1.03 * value)
    return max(step for step in steps if step <= value / 1.03)


def _curves(lines: Sequence[_Line], across: _Axis, upward: _Axis, font_size: int) -> Figure:
    """Lines with labels at their ends, on axes with fixed limits."""
    lines = [line for line in lines if line.epochs]
    traces = [
        _scatter(
            x=list(line.epochs),
            y=list(line.values),
            name=line.label,
            mode="lines",
            line={"color": line.colour, "width": line.width, "dash": line.dash},
            hovertemplate="%{y:.4g}",
        )
        for line in lines
    ]
    longest = max((len(line.label) for line in lines), default=0)
    margin = {"l": 10, "t": font_size, "b": 10, "r": round((longest + 2) * 0.56 * font_size)}
    return _figure(
        traces,
        font_size,
        margin=margin,
        hovermode="x unified",
        annotations=_end_labels(lines, across, upward, font_size),
        xaxis=across.layout(),
        yaxis=upward.layout(),
    )


def _end_labels(lines: Sequence[_Line], across: _Axis, upward: _Axis, font_size: int) -> list[dict]:
    """A label at the end of each line, moved up or down where two would overlap."""
    low, high = upward.place(upward.low), upward.place(upward.high)
    heights = [(upward.place(line.values[-1]) - low) / (high - low) for line in lines]
    places = _spread(heights, gap=0.075 * font_size / 14)  # a line of text in a usual plot
    return [
        {
            "text": f'<b style="color:{line.colour}">{line.mark}</b> {line.label}',
            "x": across.place(line.epochs[-1]),
            "y": low + place * (high - low),
            "xanchor": "left",
            "showarrow": False,
            "xshift": -4,  # the label's padding: its mark belongs on the line's end
        }
        for line, place in zip(lines, places, strict=True)
    ]


def _spread(heights: Sequence[float], gap: float) -> list[float]:
    """The heights (fractions of the axis), moved so that they lie `gap` apart and below 1."""
    places = list(heights)
    order = sorted(range(len(places)), key=places.__getitem__)
    for below, above in pairwise(order):
        places[above] = max(places[above], places[below] + gap)
    ceiling = 1.0
    for index in reversed(order):
        places[index] = min(places[index], ceiling)
        ceiling = places[index] - gap
    return places


def _short(label: str, length: int = 24) -> str:
    return label if len(label) <= length else label[: length - 1] + "…"


# ------------------------------------------------------------------------------- points and planes


def points_3d(
    points: np.ndarray,
    colours: np.ndarray,
    reconstructions: np.ndarray | None = None,
    *,
    residuals: bool = True,
    plane: Subspace | None = None,
    pca_plane: Subspace | None = None,
    ranges: np.ndarray | None = None,
    names: Sequence[str] = ("x", "y", "z"),
    font_size: int = 14,
) -> Figure:
    """Points in space, what the autoencoder makes of them, and the planes it and PCA project on.

    Args:
        points: Shape [n, 3].
        colours: Shape [n]; integers are classes, other numbers a position on a curve.
        reconstructions: Shape [n, 3], row by row those of `points`.
        residuals: Whether to join each point with its reconstruction.
        plane: Origin [3] and basis [k, 3] of what the autoencoder can reconstruct, drawn filled.
            A basis of rank 1 is drawn as a line; of rank 0 or 3, not at all.
        pca_plane: The same of PCA, drawn as a wire grid.
        ranges: Shape [3, 2], the axes' limits, by default `cube_ranges(points)`: only the data
            count, so the axes stay put while the reconstructions move.
        names: Of the axes.
        font_size: Pixels.
    """
    points = np.asarray(points, dtype=float)
    ranges = cube_ranges(points) if ranges is None else np.asarray(ranges, dtype=float)
    everyone = range(len(points))
    data_points = _markers_3d(points, _("points"), _shade(colours), "circle", 4)
    traces = [_of_examples(data_points, everyone)]
    if reconstructions is not None:
        outputs = np.asarray(reconstructions, dtype=float)
        copies = _markers_3d(outputs, _("reconstructions"), {"color": HELD_OUT}, "diamond", 2.5)
        traces.append(_of_examples(copies, everyone))
        if residuals:
            traces.append(_path(_segments(points, outputs), _("residuals"), color=FAINT, width=2))
    if plane is not None:
        traces += _filled_plane(*plane, ranges)
    if pca_plane is not None:
        traces += _wire_plane(*pca_plane, ranges)
    scene = _scene(ranges, names, font_size)
    return _figure(traces, font_size, **_legend("below"), scene=scene)


def cube_ranges(points: np.ndarray) -> np.ndarray:
    """Limits [3, 2] of a cube about the points [n, 3]: one scale, so right angles look right."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    centre, half = (low + high) / 2, max(float(np.max(high - low)) * 0.55, 1e-6)
    return np.stack([centre - half, centre + half], axis=1)


def _scene(ranges: np.ndarray, names: Sequence[str], font_size: int) -> dict:
    """Three axes of fixed limits, without a camera: that is the user's."""
    axes = {
        f"{axis}axis": {
            "title": {"text": name},
            "range": [float(low), float(high)],
            "nticks": 5,
            "tickfont": {"size": round(0.8 * font_size)},
            "gridcolor": SCENE_GRID,
            "zeroline": False,
            "showspikes": False,
            "showbackground": False,
            "showline": True,
            "linecolor": SCENE_GRID,
        }
        for axis, name, (low, high) in zip("xyz", names, ranges, strict=True)
    }
    return {"aspectmode": "cube", "dragmode": "orbit", "bgcolor": CLEAR, **axes}


def _columns(points: np.ndarray) -> dict:
    return {"x": points[:, 0], "y": points[:, 1], "z": points[:, 2]}


def _markers_3d(
    points: np.ndarray, name: str, shade: dict, symbol: str, size: float
) -> dict[str, Any]:
    return _scatter_3d(
        **_columns(points),
        name=name,
        mode="markers",
        marker={**shade, "symbol": symbol, "size": size},
        hovertemplate="%{x:.2f}, %{y:.2f}, %{z:.2f}",
    )


def _of_examples(trace: dict, rows: Iterable[int]) -> dict:
    """The trace, saying which example each of its points is: what is pointed to in one plot
    lights up in the others (`links.js`)."""
    return trace | {"meta": {"rows": [int(row) for row in rows]}}


def _path(points: np.ndarray, name: str, **line: Any) -> dict:
    """A line through points; a row of NaN lifts the pen."""
    return _scatter_3d(**_columns(points), name=name, mode="lines", line=line, hoverinfo="skip")


def _segments(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Rows start, end, NaN for each pair of rows: separate strokes of one trace."""
    gaps = np.full_like(starts, np.nan)
    return np.stack([starts, ends, gaps], axis=1).reshape(-1, 3)


def _filled_plane(origin: np.ndarray, basis: np.ndarray, ranges: np.ndarray) -> list:
    """A translucent face with an outline for a plane, or a solid line."""
    directions = _directions(basis)
    if len(directions) == 1:
        ends = _clipped_line(origin, directions[0], ranges)
        return [_path(ends, _("autoencoder"), color=AUTOENCODER, width=7)]
    if len(directions) != 2:
        return []
    corners = _corners(origin, directions, ranges)
    outline = np.concatenate([corners, corners[:1]])
    face = _face(corners, _("autoencoder"))
    return [face, _path(outline, "", color=AUTOENCODER, width=4) | {"showlegend": False}]


def _face(corners: np.ndarray, name: str) -> dict:
    """A convex polygon as a fan of triangles."""
    second = np.arange(1, max(len(corners) - 1, 1))
    return dict(
        type="mesh3d",
        **_columns(corners),
        i=np.zeros_like(second),
        j=second,
        k=second + 1,
        name=name,
        showlegend=True,
        color=AUTOENCODER,
        opacity=0.35,
        lighting={"ambient": 1, "diffuse": 0, "specular": 0},
        hoverinfo="skip",
    )


def _wire_plane(origin: np.ndarray, basis: np.ndarray, ranges: np.ndarray) -> list:
    """A grid of lines for a plane, or a dashed line."""
    directions = _directions(basis)
    if len(directions) == 1:
        ends = _clipped_line(origin, directions[0], ranges)
        return [_path(ends, "PCA", color=PCA, width=7, dash="dash")]
    if len(directions) != 2:
        return []
    corners = _corners(origin, directions, ranges)
    strokes = [_segments(corners, np.roll(corners, -1, axis=0))]
    for along, across in (directions, directions[::-1]):
        reach = (corners - origin) @ across
        for offset in np.linspace(min(reach, default=0), max(reach, default=0), 11)[1:-1]:
            ends = _clipped_line(origin + offset * across, along, ranges)
            strokes.append(_segments(ends[:1], ends[1:]))
    return [_path(np.concatenate(strokes), "PCA", color=PCA, width=2)]


def _directions(basis: np.ndarray) -> np.ndarray:
    """Orthonormal rows that span the rows of the basis: as many as its rank."""
    _, sizes, directions = np.linalg.svd(np.atleast_2d(np.asarray(basis, dtype=float)))
    return directions[: int(np.sum(sizes > max(1e-6 * sizes[0], 1e-12)))]


def _corners(origin: np.ndarray, directions: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """The corners [m, 3], in their order, of the polygon where a plane cuts a box.

    Cut by the box, two planes that are one have the same outline, whatever their bases.
    """
    vertices = np.array(list(product(*ranges)))
    heights = (vertices - origin) @ np.cross(*directions)
    corners = [
        vertices[a] + (vertices[b] - vertices[a]) * heights[a] / (heights[a] - heights[b])
        for a, b in combinations(range(8), 2)
        if (a ^ b).bit_count() == 1 and (heights[a] < 0) != (heights[b] < 0)  # an edge, cut
    ]
    if not corners:
        return _NO_POINTS
    first, second = directions @ (np.array(corners) - np.mean(corners, axis=0)).T
    return np.array(corners)[np.argsort(np.arctan2(second, first))]


def _clipped_line(origin: np.ndarray, direction: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """The two ends [2, 3] of a line's part within a box, or [0, 3] if it passes by."""
    slopes = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
    crossings = (ranges - np.reshape(origin, (3, 1))) / slopes[:, None]
    enters, leaves = crossings.min(axis=1).max(), crossings.max(axis=1).min()
    if enters >= leaves:
        return _NO_POINTS
    return origin + np.array([[enters], [leaves]]) * direction


# ------------------------------------------------------------------------------------------- codes


def codes_2d(
    codes: np.ndarray,
    colours: np.ndarray,
    pca_codes: np.ndarray | None = None,
    *,
    axis_name: str = "",
    class_names: Sequence[str] = (),
    font_size: int = 14,
) -> Figure:
    """The codes as a strip, a plane or a space, according to their number of dimensions.

    Args:
        codes: Shape [n, k] with k of 1, 2 or 3.
        colours: Shape [n]; integers are classes 0 to 9, other numbers a position on a curve.
        pca_codes: PCA's codes of the same points, shape [n, k], in open grey symbols (on the strip:
            in a row of their own).
        axis_name: What the axes are, by default codes; each gets its number behind it.
        class_names: By class, by default its number.
        font_size: Pixels.

    Raises:
        ValueError: If the codes have another number of dimensions.
    """
    codes, colours = np.asarray(codes, dtype=float), np.asarray(colours)
    if codes.ndim != 2 or codes.shape[1] not in (1, 2, 3):
        raise ValueError(
            f"codes of shape {codes.shape} cannot be drawn: give [n, 1], [n, 2] or [n, 3], "
            "for example the two codes of the largest variance."
        )
    others = np.empty((0, codes.shape[1])) if pca_codes is None else np.asarray(pca_codes, float)
    limit = _code_limit(np.concatenate([codes, others]))
    draw = {1: _strip, 2: _map, 3: _space}[codes.shape[1]]
    names = [f"{axis_name or _('code')} {number}" for number in range(1, codes.shape[1] + 1)]
    return draw(codes, colours, class_names, others, limit, names, font_size)


def latent_map(
    codes: np.ndarray,
    classes: np.ndarray,
    *,
    axis_names: Sequence[str] = (),
    class_names: Sequence[str] = (),
    font_size: int = 14,
) -> Figure:
    """Codes on a line, a plane or in space; the prior N(0, I) at 1, 2 and 3 deviations.

    Args:
        codes: Shape [n, k] with k of 1, 2 or 3, measured from the prior's centre.
        classes: Shape [n], integers.
        axis_names: k titles, by default "code 1" and so on.
        class_names: By class, by default its number.
        font_size: Pixels.
    """
    codes, prior = np.asarray(codes, float), _prior_contours(codes.shape[1])
    limit = _code_limit(np.concatenate([codes, prior[~np.isnan(prior[:, 0])]]))
    none = np.empty((0, codes.shape[1]))
    draw = {1: _strip, 2: _map, 3: _space}[codes.shape[1]]
    names = axis_names or [
        _("code {number}").format(number=number) for number in range(1, codes.shape[1] + 1)
    ]
    figure = draw(codes, np.asarray(classes), class_names, none, limit, names, font_size)
    if codes.shape[1] == 2:
        line = {"color": FAINT, "width": 2}
        x, y = prior.T
        circles = _scatter(x=x, y=y, name=_("prior"), mode="lines", line=line, hoverinfo="skip")
        figure["data"].append(circles)
    if codes.shape[1] == 3:
        figure["data"].append(_path(prior, _("prior"), color=FAINT, width=3))
    return figure


def opinion_map(
    points: np.ndarray,
    classes: np.ndarray,
    opinion: np.ndarray,
    axis: np.ndarray,
    *,
    class_names: Sequence[str] = (),
    are_examples: bool = True,
    font_size: int = 14,
) -> Figure:
    """Points of a plane over what a discriminator makes of every place of it.

    Args:
        points: Shape [n, 2].
        classes: Shape [n], integers.
        opinion: Probabilities that a place is the prior's, [upwards, to the right].
        axis: The places along either side, rising, about 0.
        class_names: By class, by default its number.
        are_examples: Whether each point has an image; what is pointed to lights up elsewhere.
        font_size: Pixels.
    """
    names = [_("code {number}").format(number=number) for number in (1, 2)]
    none, limit = np.empty((0, 2)), float(axis[-1])
    figure = _map(
        np.asarray(points, float), np.asarray(classes), class_names, none, limit, names, font_size
    )
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


def kl_bars(kl: np.ndarray, *, threshold: float, font_size: int = 14) -> Figure:
    """The KL divergence of every code dimension, largest first; those above the threshold, the
    used ones, are filled and counted in the legend.

    Args:
        kl: Nats per image, shape [latent_dim].
        threshold: Nats from which a dimension counts as used.
        font_size: Pixels.
    """
    order = np.argsort(-np.asarray(kl, float), kind="stable")
    heights, places = np.asarray(kl, float)[order], np.arange(1, len(order) + 1)
    used = heights > threshold
    looks = (
        (used, _("used: {count}").format(count=used.sum()), {"color": TRAINING}),
        (
            ~used,
            _("unused: {count}").format(count=(~used).sum()),
            {"color": CLEAR, "line": {"color": FAINT, "width": 2}},
        ),
    )
    traces = [
        _bar(
            x=places[part],
            y=heights[part],
            name=name,
            marker=marker,
            customdata=order[part] + 1,
            hovertemplate=_("dimension %{customdata}: %{y:.3g} nats") + "<extra></extra>",
        )
        for part, name, marker in looks
    ]
    traces.append(
        _scatter(
            x=[0.5, len(order) + 0.5],
            y=[threshold] * 2,
            name=_("{nats:g} nats").format(nats=threshold),
            line={"color": HELD_OUT, "dash": "dot", "width": 2},
            mode="lines",
            hoverinfo="skip",
        )
    )
    across = _Axis(_("code dimensions, sorted"), 0.4, len(order) + 0.6)
    high = _step(max(heights.max(initial=0), 2 * threshold), up=True)
    return _figure(
        traces,
        font_size,
        **_legend("above"),
        barmode="overlay",
        xaxis=across.layout() | {"showgrid": False},
        yaxis=_Axis(_("KL divergence, nats per image"), 0.0, high).layout(),
    )


def usage_bars(shares: np.ndarray, *, font_size: int = 14) -> Figure:
    """How often each entry of a codebook is chosen, the most frequent first, beside what all would
    have in common.

    Args:
        shares: Of all choices, [num_entries], adding up to 1.
        font_size: Pixels.
    """
    order = np.argsort(-shares, kind="stable")
    bars = _bar(
        x=np.arange(1, len(order) + 1),
        y=shares[order],
        marker={"color": AUTOENCODER, "line": {"width": 0}},
        customdata=order,
        hovertemplate=_("entry %{customdata}: %{y:.2%}") + "<extra></extra>",
    )
    even = _scatter(
        x=[0.5, len(order) + 0.5],
        y=[1 / len(order)] * 2,
        name=_("all equally often"),
        mode="lines",
        line={"color": HELD_OUT, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    # On a linear axis the few frequent entries would hide all others.
    low = _step(min(*shares[shares > 0], 1 / len(order)), up=False)
    high = _step(max(*shares, 1 / len(order)), up=True)
    return _figure(
        [bars | {"showlegend": False}, even],
        font_size,
        **_legend("above"),
        bargap=0.1,
        xaxis=_Axis(_("entries, sorted"), 0.4, len(order) + 0.6).layout() | {"showgrid": False},
        yaxis=_Axis(_("share of all choices"), low, high, log=True).layout() | {"tickformat": "~%"},
    )


def heat_map(
    values: np.ndarray,
    *,
    across: Sequence[float | str],
    downwards: Sequence[str],
    across_title: str,
    label: str,
    high: float,
    show_values: bool = False,
    font_size: int = 14,
) -> Figure:
    """A table of numbers from 0 upwards as colours, dark for 0.

    Args:
        values: Shape [rows, columns].
        across: Of the columns: names, or numbers where they stand.
        downwards: Names of the rows, the uppermost first.
        across_title: Below the table.
        label: What the numbers are, beside the scale of colours and under the pointer.
        high: Number with the brightest colour.
        show_values: Whether the numbers stand in the table.
        font_size: Pixels.
    """
    trace = {
        "type": "heatmap",
        "z": np.asarray(values, float),
        "x": list(across),
        "y": list(downwards),
        "zmin": 0,
        "zmax": high,
        "colorscale": "Cividis",  # made for eyes of all kinds
        "colorbar": {"title": {"text": label, "side": "right"}, "thickness": 14},
        "hovertemplate": f"%{{x}}, %{{y}}: %{{z:.3g}} {label}<extra></extra>",
        "texttemplate": "%{z:.2f}" if show_values else "",
    }
    return _figure(
        [trace],
        font_size,
        xaxis={"title": {"text": across_title, "standoff": 8}, "automargin": True},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "dtick": 1},
    )


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
    high = _step(max(rates.max() * 1.1, 1.0), up=True)
    total = rates[present] + distortions[present]
    is_present = np.arange(len(points)) == present
    # Runs that lie close together have their labels on either side.
    is_upper = np.argsort(np.argsort(rates)) % 2 == 0
    places = np.where(is_upper, "top right", "bottom left")
    traces = [
        _scatter(
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
        _scatter(
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
    return _figure(
        traces,
        font_size,
        **_legend("above"),
        xaxis=_Axis(_("KL divergence, nats per image (rate)"), 0.0, high).layout(),
        yaxis=_Axis(_("reconstruction, nats per image (distortion)"), low, top).layout(),
    )


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
            _scatter(
                x=[one[2] for one in members],
                y=[one[3] for one in members],
                name=kind,
                mode="markers",
                # Visitors wrote parts of it, and Plotly understands some HTML.
                text=[html.escape(one[1]) for one in members],
                marker={
                    "color": _run_colour(number),
                    "symbol": _run_symbol(number),
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
    return _figure(traces, font_size, **_legend_beside(), xaxis=across, yaxis=upward)


def _value_range(title: str, values: Sequence[float], log: bool) -> _Axis:
    """An axis with room on both sides of what it shows."""
    low, high = min(values, default=1.0), max(values, default=1.0)
    if log:
        return _Axis(title, low / 1.3, high * 1.3, log=True)
    room = max(0.08 * (high - low), 0.04 * abs(high), 1e-9)
    return _Axis(title, low - room, high + room)


def _code_limit(codes: np.ndarray) -> float:
    """A limit that moves in steps of the square root of two: the axis rests during training."""
    furthest = max(float(np.max(np.abs(codes), initial=0)) * 1.05, 1e-6)
    return 2.0 ** (math.ceil(2 * math.log2(furthest)) / 2)


def _strip(
    codes: np.ndarray,
    colours: np.ndarray,
    class_names: Sequence[str],
    others: np.ndarray,
    limit: float,
    names: Sequence[str],
    font_size: int,
) -> Figure:
    rows = {_("codes"): codes} | ({"PCA": others} if len(others) else {})
    traces = [
        _scatter(
            x=row[:, 0],
            y=np.full(len(row), -height),
            name=name,
            mode="markers",
            marker={"symbol": "line-ns", "size": 40, "line": {"width": 2, **_shade(colours)}},
            hovertemplate="%{x:.3g}",
        )
        for height, (name, row) in enumerate(rows.items())
    ]
    traces[0] = _of_examples(traces[0], range(len(codes)))
    upward = {
        "tickvals": [-height for height in range(len(rows))],
        "ticktext": list(rows),
        "range": [0.5 - len(rows), 0.5],
        "showgrid": False,
        "zeroline": False,
        "automargin": True,
    }
    across = _Axis(names[0], -limit, limit).layout()
    return _figure(traces, font_size, xaxis=across, yaxis=upward)


def _map(
    codes: np.ndarray,
    colours: np.ndarray,
    class_names: Sequence[str],
    others: np.ndarray,
    limit: float,
    names: Sequence[str],
    font_size: int,
) -> Figure:
    traces = [
        _of_examples(
            _markers_2d(codes[rows], name, {**shade, "symbol": DIGIT_SYMBOLS[symbol], "size": 7}),
            np.arange(len(codes))[rows],
        )
        for name, rows, shade, symbol in _groups(colours, class_names)
    ]
    if len(others):
        marker = {"color": FAINT, "symbol": "diamond-open", "size": 7}
        traces.append(_markers_2d(others, "PCA", marker))
    across, upward = (
        _Axis(name, -limit, limit).layout() | {"constrain": "domain"} for name in names
    )
    upward["scaleanchor"] = "x"  # one scale, so that the prior's circles are round
    legend = _legend("above", len(traces) > 1)
    return _figure(traces, font_size, **legend, xaxis=across, yaxis=upward)


def _space(
    codes: np.ndarray,
    colours: np.ndarray,
    class_names: Sequence[str],
    others: np.ndarray,
    limit: float,
    names: Sequence[str],
    font_size: int,
) -> Figure:
    traces = [
        _of_examples(
            _markers_3d(codes[rows], name, shade, DIGIT_SYMBOLS_3D[symbol], 4),
            np.arange(len(codes))[rows],
        )
        for name, rows, shade, symbol in _groups(colours, class_names)
    ]
    if len(others):
        traces.append(_markers_3d(others, "PCA", {"color": FAINT}, "diamond-open", 3))
    scene = _scene(np.array([[-limit, limit]] * 3), names, font_size)
    return _figure(traces, font_size, **_legend("below", len(traces) > 1), scene=scene)


def _markers_2d(points: np.ndarray, name: str, marker: dict) -> dict:
    x, y = points.T
    hover = "%{x:.3g}, %{y:.3g}"
    return _scatter(x=x, y=y, name=name, mode="markers", marker=marker, hovertemplate=hover)


def _groups(colours: np.ndarray, class_names: Sequence[str]) -> list[tuple]:
    """Name, rows, look and symbol's number of each class; one group if they are no classes."""
    if not np.issubdtype(colours.dtype, np.integer):
        return [(_("codes"), slice(None), _shade(colours), 0)]
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


def _shade(colours: np.ndarray) -> dict:
    """The colours of classes, or those along a curve."""
    colours = np.asarray(colours)
    if np.issubdtype(colours.dtype, np.integer):
        return {"color": [DIGIT_COLOURS[digit % 10] for digit in colours.tolist()]}
    return {"color": colours, "colorscale": CURVE_COLOURS}


# ------------------------------------------------------------------------------------ architecture


def architecture_diagram(
    layer_shapes: Sequence[Sequence[int]],
    activations: Sequence[str],
    code_index: int,
    parameters: int | None = None,
    *,
    font_size: int = 14,
) -> Figure:
    """The network as columns of nodes; of a large layer only some are drawn.

    Args:
        layer_shapes: What each layer gives, the input first: (units,) or (height, width, maps).
        activations: Activation per layer after the input.
        code_index: Which layer holds the code, counted from 0 at the input.
        parameters: Number of trained weights and biases; not mentioned if None.
        font_size: Pixels.

    Raises:
        ValueError: If the activations do not match the layers in number.
    """
    layer_sizes = [math.prod(shape) for shape in layer_shapes]
    if len(activations) != len(layer_sizes) - 1:
        raise ValueError(
            f"{len(layer_sizes)} layers have {len(layer_sizes) - 1} activations after the input, "
            f"not {len(activations)}: {list(activations)}"
        )
    columns = [_node_heights(size, max(layer_sizes)) for size in layer_sizes]
    stretch = min(1.7, 4 / max(1.0, *(heights.max() for heights in columns)))
    columns = [stretch * heights for heights in columns]
    line = 0.056 * font_size  # the height of a line of text, in a plot of 320 pixels
    traces = [_links(columns), *_nodes(columns, layer_sizes, code_index)]
    labels = _layer_labels(layer_shapes, activations, code_index, parameters, line)
    labels += [  # the gap in the middle stands for the nodes that are not drawn
        {"text": "<b>⋮</b>", "x": index, "y": 0, "showarrow": False}
        for index, (size, heights) in enumerate(zip(layer_sizes, columns, strict=True))
        if size > len(heights)
    ]
    hidden = {"visible": False, "fixedrange": True}
    return _figure(
        traces,
        font_size,
        hovermode="closest",
        annotations=labels,
        xaxis=hidden | {"range": [-0.6, len(columns) - 0.4]},
        yaxis=hidden | {"range": [-4.6 - 3.6 * line, 4.6 + 1.5 * line]},
    )


def shape_text(shape: Sequence[int]) -> str:
    """How a layer's shape is written."""
    return " × ".join(map(str, shape))


def _node_heights(size: int, largest: int) -> np.ndarray:
    """Heights of the nodes that stand for a layer, about 0, with a gap where some are left out."""
    drawn = size if size <= 3 else min(size, round(3 + (MAX_NODES - 3) * math.sqrt(size / largest)))
    if drawn == size:
        return np.arange(drawn) - (drawn - 1) / 2
    upper = drawn // 2
    return np.concatenate([-np.arange(upper, 0, -1), np.arange(1, upper + 1)]).astype(float)


def _links(columns: Sequence[np.ndarray]) -> dict:
    strokes = [
        (index, index + 1, None, left, right, None)
        for index, (lefts, rights) in enumerate(pairwise(columns))
        for left, right in product(lefts, rights)
    ]
    x = [value for stroke in strokes for value in stroke[:3]]
    y = [value for stroke in strokes for value in stroke[3:]]
    line = {"color": "rgba(128, 128, 128, 0.35)", "width": 1}
    return _scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip")


def _nodes(columns: Sequence[np.ndarray], sizes: Sequence[int], code_index: int) -> list:
    return [
        _scatter(
            x=np.full(len(heights), index),
            y=heights,
            mode="markers",
            marker={
                "size": 16,
                "color": HELD_OUT if index == code_index else TRAINING,
                "symbol": "diamond" if index == code_index else "circle",
            },
            hovertemplate=_("{count:,} units").format(count=sizes[index]) + "<extra></extra>",
        )
        for index, heights in enumerate(columns)
    ]


def _layer_labels(
    shapes: Sequence[Sequence[int]],
    activations: Sequence[str],
    code_index: int,
    parameters: int | None,
    line: float,
) -> list[dict]:
    """Size and activation below each column, the parts of the network above."""
    below, top = [_("input"), *activations], 4.6 + 0.6 * line
    labels = [
        {"x": index, "y": -4.4, "yanchor": "top", "text": f"<b>{shape_text(shape)}</b><br>{text}"}
        for index, (shape, text) in enumerate(zip(shapes, below, strict=True))
    ]
    last = len(shapes) - 1
    parts = {_("encoder"): (0, code_index), _("decoder"): (code_index, last)}
    labels += [
        {"x": (start + end) / 2, "y": top, "text": text} for text, (start, end) in parts.items()
    ]
    labels.append({"x": code_index, "y": top, "text": f"<b>{_('code')}</b>"})
    if parameters is not None:
        total = _("{count:,} parameters to train").format(count=parameters)
        labels.append({"x": last / 2, "y": -4.5 - 2.9 * line, "text": total})
    return [{"showarrow": False, **label} for label in labels]


# -------------------------------------------------------------------------------------------- bars


def class_errors(
    names: Sequence[str],
    errors: Numbers,
    pca_errors: Numbers,
    *,
    font_size: int = 14,
) -> Figure:
    """The error on each class as a pair of bars, the autoencoder's beside PCA's hatched one.

    Args:
        names: Of the classes.
        errors: Mean squared error per class; NaN leaves a gap.
        pca_errors: The same of PCA.
        font_size: Pixels.
    """
    traces = [
        _bars(names, errors, _("autoencoder"), AUTOENCODER, ""),
        _bars(names, pca_errors, "PCA", PCA, "/"),
    ]
    highest = np.nanmax([*errors, *pca_errors, 1e-12])
    return _figure(
        traces,
        font_size,
        **_legend("above"),
        hovermode="x unified",
        bargap=0.25,
        xaxis={"type": "category", "automargin": True},
        yaxis=_Axis(_("mean squared error"), 0.0, _step(highest, up=True)).layout(),
    )


def _bars(names: Sequence[str], heights: Numbers, name: str, colour: str, hatch: str) -> dict:
    return _bar(
        x=list(names),
        y=np.asarray(heights, float),  # JSON has no word for NaN, an array's bytes do
        name=name,
        marker={
            "color": colour,
            "line": {"color": colour, "width": 1.5},
            "pattern": {"shape": hatch, "fgcolor": colour, "bgcolor": CLEAR, "size": 7},
        },
        hovertemplate="%{y:.4g}",
    )


def histogram_counts(edges: Numbers, counts: Numbers, *, title: str, font_size: int = 14) -> Figure:
    """How often values fall between one edge and the next.

    Args:
        edges: Rising, one more than the counts.
        counts: Values between each pair of edges.
        title: What the values are, below their axis.
        font_size: Pixels.

    Raises:
        ValueError: If edges and counts do not match in number.
    """
    edges, counts = np.asarray(edges, dtype=float), np.asarray(counts)
    if len(edges) != len(counts) + 1:
        raise ValueError(
            f"{len(counts)} counts lie between {len(counts) + 1} edges, not {len(edges)}"
        )
    bars = _bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": AUTOENCODER, "line": {"width": 0}},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate=_("%{y:,} between %{customdata[0]:.3g} and %{customdata[1]:.3g}")
        + "<extra></extra>",
    )
    high = _step(max(float(np.max(counts, initial=0)), 1.0), up=True)
    return _figure(
        [bars],
        font_size,
        bargap=0,
        xaxis=_Axis(title, float(edges[0]), float(edges[-1])).layout(),
        yaxis=_Axis(_("how often"), 0.0, high).layout(),
    )


# ---------------------------------------------------------------------------------- runs compared


@dataclass(frozen=True)
class Series:
    """Bits and errors of one way to store images, fewest bits first, and a text for each point."""

    label: str
    bits: Numbers
    errors: Numbers
    texts: Sequence[str]


def overlaid_curves(
    runs: Sequence[tuple[str, Sequence[Mapping]]],
    *,
    term: str = "reconstruction_mse",
    term_label: str | None = None,
    font_size: int = 14,
) -> Figure:
    """One term of the loss per epoch, of several runs: held-out drawn through, training dashed.

    Args:
        runs: Per run its name and its events, as in `loss_curves`.
        term: The term to draw.
        term_label: Title of the vertical axis, by default the term's name.
        font_size: Pixels.
    """
    traces, drawn = [], []
    for number, (label, events) in enumerate(runs):
        for part, dash in (("held_out", "solid"), ("train", "dash")):
            line = _Line(label, *_series(events, part, term), _run_colour(number), "", dash)
            drawn.append(_drawable(line, log=True, log_epochs=False))
            traces.append(_run_trace(number, drawn[-1], is_main=part == "held_out"))
    across = _epoch_axis(drawn, False, None)
    upward = _value_axis(term_label or term.replace("_", " "), drawn, log=True)
    axes = {"xaxis": across.layout(), "yaxis": upward.layout()}
    return _figure(traces, font_size, **_legend_beside(), **axes)


def _run_colour(number: int) -> str:
    return DIGIT_COLOURS[number % 10]


def _run_symbol(number: int) -> str:
    return DIGIT_SYMBOLS[(number + number // 10) % 10]  # those of one colour differ in it


def _run_trace(number: int, line: _Line, is_main: bool) -> dict:
    return _scatter(
        x=list(line.epochs),
        y=list(line.values),
        name=line.label if is_main else _("{run}, training").format(run=line.label),
        legendgroup=str(number),
        showlegend=is_main,
        mode="lines+markers" if is_main else "lines",
        marker={"symbol": _run_symbol(number), "size": 9, "maxdisplayed": 12},
        line={"color": line.colour, "width": 2.5 if is_main else 1.5, "dash": line.dash},
        hovertemplate=_("epoch %{x}: %{y:.4g}"),
    )


def _legend_beside() -> dict:
    # Below the buttons that come up in the corner.
    return {"showlegend": True, "legend": {"x": 1.02, "y": 0.92, "bgcolor": CLEAR}}


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
        _distortion_trace(one, _run_colour(number), _run_symbol(number), "solid")
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
    across = _Axis(
        _("bits per example"), _step(min(bits), up=False), _step(max(bits), up=True), True
    )
    low, high = _step(min(errors), up=False), _step(max(errors), up=True)
    upward = _Axis(_("mean squared error"), low, high, True)
    traces += [_lossless_line(name, value, low, high) for name, value in lossless]
    return _figure(
        traces,
        font_size,
        **_legend_beside(),
        annotations=[_lossless_label(name, value) for name, value in lossless],
        xaxis=across.layout(),
        yaxis=upward.layout(),
    )


def _distortion_trace(one: Series, colour: str, symbol: str, dash: str) -> dict:
    line = {"color": colour, "width": 2.5, "dash": dash}
    return _scatter(
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
    return _scatter(**ends, mode="lines", line=line, hovertemplate=_("%{x:,.0f} bits, no error"))


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


def accuracy_bars(
    names: Sequence[str],
    accuracies: Sequence[float],
    num_runs: int,
    chance: float,
    *,
    font_size: int = 14,
) -> Figure:
    """Shares between 0 and 1 as horizontal bars, the first on top; references are hatched.

    Args:
        names: Of the bars, all different.
        accuracies: Their lengths.
        num_runs: How many of them, the first ones, are runs; the others are references.
        chance: What guessing reaches, a dotted line.
        font_size: Pixels.
    """
    bars = enumerate(zip(names, accuracies, strict=True))
    traces = [
        _accuracy_bar(name, share, _run_colour(number) if number < num_runs else FAINT)
        for number, (name, share) in bars
    ]
    line = {"color": FAINT, "width": 2, "dash": "dot"}
    ends = {"x": [chance, chance], "y": [names[0], names[-1]], "mode": "lines", "line": line}
    traces.append(_scatter(**ends, hovertemplate=_("guessing: %{x:.1%}") + "<extra></extra>"))
    across = _Axis(_("held-out images whose class is told"), 0.0, 1.0).layout()
    return _figure(
        traces,
        font_size,
        margin={"l": 10, "r": 4 * font_size, "t": font_size, "b": 10},
        bargap=0.3,
        barmode="overlay",
        xaxis=across | {"tickformat": ".0%"},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "showgrid": False},
    )


def _accuracy_bar(name: str, share: float, colour: str) -> dict:
    hatch = "/" if colour == FAINT else ""
    return _bar(
        x=[share],
        y=[name],
        orientation="h",
        text=[f"{share:.1%}"],
        textposition="outside",
        cliponaxis=False,
        marker={
            "color": colour,
            "line": {"color": colour, "width": 1.5},
            "pattern": {"shape": hatch, "fgcolor": colour, "bgcolor": CLEAR},
        },
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )


# --------------------------------------------------------------------------------------- anomalies


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
        _bars(middles.tolist(), share, name, colour, hatch)
        | {"width": np.diff(edges), "opacity": 0.6, "hovertemplate": "%{y:.1%}"}
        for share, (_part, name, colour, hatch) in zip(shares, looks, strict=True)
    ]
    high = _step(max(float(np.max(shares)), 0.01), up=True)
    line = {"color": FAINT, "dash": "dot", "width": 3}
    name = _("threshold")
    ends = {"x": [threshold] * 2, "y": [0, high], "name": name, "line": line}
    traces.append(_scatter(**ends, mode="lines", hoverinfo="skip"))
    upward = _Axis(_("share of each group"), 0.0, high).layout() | {"tickformat": ".0%"}
    return _figure(
        traces,
        font_size,
        **_legend("above"),
        barmode="overlay",
        bargap=0,
        xaxis=_Axis(title, float(edges[0]), float(edges[-1])).layout(),
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
        _scatter(
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
    traces.append(_scatter(**chance, line={"color": FAINT, "dash": "dot", "width": 2}))
    marker = {"color": HELD_OUT, "symbol": "diamond", "size": 13}
    across, upward = point
    traces.append(_scatter(x=[across], y=[upward], name=_("threshold"), mode="markers",
                           marker=marker, hovertemplate="%{x:.0%} → %{y:.0%}"))  # fmt: skip
    axes = [
        _Axis(title, -0.02, 1.02).layout() | {"tickformat": ".0%"}
        for title in (_("false alarms among the normal"), _("anomalies caught"))
    ]
    return _figure(traces, font_size, **_legend("above"), xaxis=axes[0], yaxis=axes[1])


# ------------------------------------------------------------------------------------- error bars


def error_bars(
    x: Sequence[float],
    series: Sequence[tuple[str, Sequence[float], Sequence[float], str]],
    *,
    x_title: str,
    y_title: str,
    font_size: int = 14,
) -> Figure:
    """Means with their uncertainties, on a logarithmic axis.

    Args:
        x: Where each mean belongs, positive and rising.
        series: Name, means, half widths of the bars (NaN for none) and colour of each; a NaN
            among the means leaves a gap.
        x_title: Below the axis.
        y_title: Beside the axis.
        font_size: Pixels.
    """
    dashes, symbols = ("solid", "dash", "dot", "dashdot"), ("circle", "diamond", "square", "x")
    spread = 1.03 ** (np.arange(len(series)) - (len(series) - 1) / 2)  # bars side by side
    traces = [
        _scatter(
            x=np.asarray(x, float) * shift,
            y=np.asarray(means, float),
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"symbol": symbol, "size": 8, "color": colour},
            error_y={"type": "data", "array": np.nan_to_num(np.asarray(widths, float)),
                     "color": colour, "thickness": 1.5, "width": 4},
            hovertemplate="%{y:.1%}",
        )
        for (name, means, widths, colour), shift, dash, symbol in zip(
            series, spread, dashes, symbols, strict=False
        )
    ]  # fmt: skip
    values = np.concatenate([np.asarray(means, float) for _name, means, *_rest in series])
    values = values[np.isfinite(values)]
    low = float(np.floor(values.min(initial=1.0) * 10) / 10)
    across = _Axis(x_title, float(x[0]) / 1.2, float(x[-1]) * 1.2, log=True).layout()
    ticks = {"tickvals": [float(one) for one in x], "ticktext": [f"{one:,}" for one in x]}
    upward = _Axis(y_title, min(low, 0.9), 1.0).layout() | {"tickformat": ".0%"}
    across.pop("dtick"), across.pop("tickformat")
    return _figure(traces, font_size, **_legend("above"), xaxis=across | ticks, yaxis=upward)


# ------------------------------------------------------------------------------ pairs of runs


def paired_figures(
    seeds: Sequence[int],
    a: Sequence[float],
    b: Sequence[float],
    *,
    names: tuple[str, str],
    title: str,
    font_size: int = 14,
) -> Figure:
    """One figure of two configurations, a line from A to B for each seed.

    Args:
        seeds: Of the pairs.
        a: A's figure of each.
        b: B's, in the same order.
        names: What the configurations are called.
        title: Of the vertical axis.
        font_size: Pixels.
    """
    joined = [
        _scatter(
            x=[0, 1],
            y=list(pair),
            name=_("seed {seed}").format(seed=seed),
            mode="lines",
            line={"color": FAINT, "width": 2},
            hovertemplate="%{y:.5g}",
        )
        for seed, pair in zip(seeds, zip(a, b, strict=True), strict=True)
    ]
    ends = [
        _pair_markers([place] * len(seeds), values, name, colour, symbol)
        for place, values, name, colour, symbol in (
            (0, a, names[0], TRAINING, "circle"),
            (1, b, names[1], HELD_OUT, "diamond"),
        )
    ]
    return _figure(
        joined + ends,
        font_size,
        xaxis={"range": [-0.4, 1.4], "tickvals": [0, 1], "ticktext": list(names),
               "zeroline": False, "showgrid": False, "automargin": True},
        yaxis={"title": {"text": title, "standoff": 8}, "gridcolor": GRID, "zeroline": False,
               "automargin": True},
    )  # fmt: skip


def paired_differences(
    seeds: Sequence[int],
    differences: Numbers,
    interval: tuple[float, float, float],
    *,
    title: str,
    font_size: int = 14,
) -> Figure:
    """The differences of the pairs, one below the other, and the interval of their mean.

    Args:
        seeds: Of the pairs.
        differences: B - A of each.
        interval: Lower end, mean and upper end.
        title: Of the horizontal axis.
        font_size: Pixels.
    """
    low, mean, high = interval
    labels = [_("seed {seed}").format(seed=seed) for seed in seeds] + [_("mean, 95 %")]
    dots = _pair_markers(
        list(differences), list(range(len(seeds))), _("B − A"), FAINT, "circle-open"
    )
    bar = {
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [high - mean],
            "arrayminus": [mean - low],
            "thickness": 3,
            "width": 8,
        }
    }
    middle = _pair_markers([mean], [len(seeds)], _("mean"), AUTOENCODER, "square") | bar
    reach = 1.08 * max(abs(one) for one in (low, high, *differences)) or 1.0
    return _figure(
        [dots | {"hovertemplate": "%{x:.3g}"}, middle | {"hovertemplate": "%{x:.3g}"}],
        font_size,
        xaxis={"range": [-reach, reach], "title": {"text": title, "standoff": 8},
               "gridcolor": GRID, "zeroline": True, "zerolinecolor": FAINT, "zerolinewidth": 2,
               "automargin": True},
        yaxis={"range": [len(seeds) + 0.6, -0.6], "tickvals": list(range(len(labels))),
               "ticktext": labels, "showgrid": False, "zeroline": False, "automargin": True},
    )  # fmt: skip


def _pair_markers(
    x: Iterable[float], y: Iterable[float], name: str, colour: str, symbol: str
) -> dict:
    marker = {"color": colour, "symbol": symbol, "size": 11}
    return _scatter(
        x=list(x), y=list(y), name=name, mode="markers", marker=marker, hovertemplate="%{y:.5g}"
    )
