"""Bars, histograms and tables of shades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.figures.curve_charts import Axis, round_step
from dashboard.figures.style import (
    AUTOENCODER,
    CLEAR,
    FAINT,
    HELD_OUT,
    PCA,
    TRAINING,
    Figure,
    Numbers,
    bar_trace,
    make_figure,
    place_legend,
    scatter_trace,
)
from dashboard.text.i18n import _


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
        bar_trace(
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
        scatter_trace(
            x=[0.5, len(order) + 0.5],
            y=[threshold] * 2,
            name=_("{nats:g} nats").format(nats=threshold),
            line={"color": HELD_OUT, "dash": "dot", "width": 2},
            mode="lines",
            hoverinfo="skip",
        )
    )
    across = Axis(_("code dimensions, sorted"), 0.4, len(order) + 0.6)
    high = round_step(max(heights.max(initial=0), 2 * threshold), up=True)
    return make_figure(
        traces,
        font_size,
        **place_legend("above"),
        barmode="overlay",
        xaxis=across.layout() | {"showgrid": False},
        yaxis=Axis(_("KL divergence, nats per image"), 0.0, high).layout(),
    )


def usage_bars(shares: np.ndarray, *, font_size: int = 14) -> Figure:
    """How often each entry of a codebook is chosen, the most frequent first, beside what all would
    have in common.

    Args:
        shares: Of all choices, [num_embeddings], adding up to 1.
        font_size: Pixels.
    """
    order = np.argsort(-shares, kind="stable")
    bars = bar_trace(
        x=np.arange(1, len(order) + 1),
        y=shares[order],
        marker={"color": AUTOENCODER, "line": {"width": 0}},
        customdata=order,
        hovertemplate=_("entry %{customdata}: %{y:.2%}") + "<extra></extra>",
    )
    even = scatter_trace(
        x=[0.5, len(order) + 0.5],
        y=[1 / len(order)] * 2,
        name=_("all equally often"),
        mode="lines",
        line={"color": HELD_OUT, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    # On a linear axis the few frequent entries would hide all others.
    low = round_step(min(*shares[shares > 0], 1 / len(order)), up=False)
    high = round_step(max(*shares, 1 / len(order)), up=True)
    return make_figure(
        [bars | {"showlegend": False}, even],
        font_size,
        **place_legend("above"),
        bargap=0.1,
        xaxis=Axis(_("entries, sorted"), 0.4, len(order) + 0.6).layout() | {"showgrid": False},
        yaxis=Axis(_("share of all choices"), low, high, log=True).layout() | {"tickformat": "~%"},
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
    return make_figure(
        [trace],
        font_size,
        xaxis={"title": {"text": across_title, "standoff": 8}, "automargin": True},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "dtick": 1},
    )


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
        class_bars(names, errors, _("autoencoder"), AUTOENCODER, ""),
        class_bars(names, pca_errors, "PCA", PCA, "/"),
    ]
    highest = np.nanmax([*errors, *pca_errors, 1e-12])
    return make_figure(
        traces,
        font_size,
        **place_legend("above"),
        hovermode="x unified",
        bargap=0.25,
        xaxis={"type": "category", "automargin": True},
        yaxis=Axis(_("mean squared error"), 0.0, round_step(highest, up=True)).layout(),
    )


def class_bars(names: Sequence[str], heights: Numbers, name: str, colour: str, hatch: str) -> dict:
    """One bar for each class, or other name."""
    return bar_trace(
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
    bars = bar_trace(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges),
        marker={"color": AUTOENCODER, "line": {"width": 0}},
        customdata=np.stack([edges[:-1], edges[1:]], axis=1),
        hovertemplate=_("%{y:,} between %{customdata[0]:.3g} and %{customdata[1]:.3g}")
        + "<extra></extra>",
    )
    high = round_step(max(float(np.max(counts, initial=0)), 1.0), up=True)
    return make_figure(
        [bars],
        font_size,
        bargap=0,
        xaxis=Axis(title, float(edges[0]), float(edges[-1])).layout(),
        yaxis=Axis(_("how often"), 0.0, high).layout(),
    )


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
        scatter_trace(
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
    across = Axis(x_title, float(x[0]) / 1.2, float(x[-1]) * 1.2, log=True).layout()
    ticks = {"tickvals": [float(one) for one in x], "ticktext": [f"{one:,}" for one in x]}
    upward = Axis(y_title, min(low, 0.9), 1.0).layout() | {"tickformat": ".0%"}
    across.pop("dtick"), across.pop("tickformat")
    return make_figure(
        traces, font_size, **place_legend("above"), xaxis=across | ticks, yaxis=upward
    )
