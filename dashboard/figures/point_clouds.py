"""Points in space, and the lines and planes that networks lay through them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np

from dashboard.figures.style import (
    AUTOENCODER,
    CLEAR,
    FAINT,
    FONT_SIZE,
    HELD_OUT,
    NO_POINTS,
    PCA,
    SCENE_GRID,
    Figure,
    Subspace,
    as_columns,
    link_rows,
    make_figure,
    markers_trace,
    path_trace,
    shade_markers,
)
from dashboard.text.i18n import _


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
    """
    points = np.asarray(points, dtype=float)
    ranges = cube_ranges(points) if ranges is None else np.asarray(ranges, dtype=float)
    look = {**shade_markers(colours), "symbol": "circle", "size": 4}
    traces = [markers_trace(points, _("points"), look)]
    if reconstructions is not None:
        outputs = np.asarray(reconstructions, dtype=float)
        look = {"color": HELD_OUT, "symbol": "diamond", "size": 2.5}
        traces.append(markers_trace(outputs, _("reconstructions"), look))
    traces = [link_rows(trace, range(len(points))) for trace in traces]
    if reconstructions is not None and residuals:
        strokes = _segments(points, outputs)
        traces.append(path_trace(strokes, _("residuals"), color=FAINT, width=2))
    if plane is not None:
        traces += _filled_plane(*plane, ranges)
    if pca_plane is not None:
        traces += _wire_plane(*pca_plane, ranges)
    return make_figure(traces, "below", scene=make_scene(ranges, names))


def cube_ranges(points: np.ndarray) -> np.ndarray:
    """Limits [3, 2] of a cube about the points [n, 3]: one scale, so right angles look right."""
    low, high = np.min(points, axis=0), np.max(points, axis=0)
    centre, half = (low + high) / 2, max(float(np.max(high - low)) * 0.55, 1e-6)
    return np.stack([centre - half, centre + half], axis=1)


def make_scene(ranges: np.ndarray, names: Sequence[str]) -> dict:
    """Three axes of fixed limits, without a camera: that is the user's."""
    axes = {
        f"{axis}axis": {
            "title": {"text": name},
            "range": [float(low), float(high)],
            "nticks": 5,
            "tickfont": {"size": round(0.8 * FONT_SIZE)},
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


def _segments(starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Rows start, end, NaN for each pair of rows: separate strokes of one trace."""
    gaps = np.full_like(starts, np.nan)
    return np.stack([starts, ends, gaps], axis=1).reshape(-1, 3)


def _filled_plane(origin: np.ndarray, basis: np.ndarray, ranges: np.ndarray) -> list:
    """A translucent face with an outline for a plane, or a solid line."""
    directions = _directions(basis)
    if len(directions) == 1:
        ends = _clipped_line(origin, directions[0], ranges)
        return [path_trace(ends, _("autoencoder"), color=AUTOENCODER, width=7)]
    if len(directions) != 2:
        return []
    corners = _corners(origin, directions, ranges)
    outline = np.concatenate([corners, corners[:1]])
    face = _face(corners, _("autoencoder"))
    return [face, path_trace(outline, "", color=AUTOENCODER, width=4) | {"showlegend": False}]


def _face(corners: np.ndarray, name: str) -> dict:
    """A convex polygon as a fan of triangles."""
    second = np.arange(1, max(len(corners) - 1, 1))
    return dict(
        type="mesh3d",
        **as_columns(corners),
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
        return [path_trace(ends, "PCA", color=PCA, width=7, dash="dash")]
    if len(directions) != 2:
        return []
    corners = _corners(origin, directions, ranges)
    strokes = [_segments(corners, np.roll(corners, -1, axis=0))]
    for along, across in (directions, directions[::-1]):
        reach = (corners - origin) @ across
        for offset in np.linspace(min(reach, default=0), max(reach, default=0), 11)[1:-1]:
            ends = _clipped_line(origin + offset * across, along, ranges)
            strokes.append(_segments(ends[:1], ends[1:]))
    return [path_trace(np.concatenate(strokes), "PCA", color=PCA, width=2)]


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
        return NO_POINTS
    first, second = directions @ (np.array(corners) - np.mean(corners, axis=0)).T
    return np.array(corners)[np.argsort(np.arctan2(second, first))]


def _clipped_line(origin: np.ndarray, direction: np.ndarray, ranges: np.ndarray) -> np.ndarray:
    """The two ends [2, 3] of a line's part within a box, or [0, 3] if it passes by."""
    slopes = np.where(np.abs(direction) < 1e-12, 1e-12, direction)
    crossings = (ranges - np.reshape(origin, (3, 1))) / slopes[:, None]
    enters, leaves = crossings.min(axis=1).max(), crossings.max(axis=1).min()
    if enters >= leaves:
        return NO_POINTS
    return origin + np.array([[enters], [leaves]]) * direction
