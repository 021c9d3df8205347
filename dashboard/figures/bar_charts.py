"""Bars, histograms and tables of shades."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.figures.axes import Axis, round_step
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
    hatch_bars,
    make_figure,
    reference_line,
    scatter_trace,
)
from dashboard.text.i18n import _

_HOLLOW_BARS = {"color": CLEAR, "line": {"color": FAINT, "width": 2}}
_PLAIN_BARS = {"color": AUTOENCODER, "line": {"width": 0}}


def kl_bars(kl: np.ndarray, *, threshold: float) -> Figure:
    """The KL divergence of every code dimension, largest first; those above the threshold, the
    used ones, are filled and counted in the legend.

    Args:
        kl: Nats per image, shape [latent_dim].
        threshold: Nats from which a dimension counts as used.
    """
    order = np.argsort(-np.asarray(kl, float), kind="stable")
    heights = np.asarray(kl, float)[order]
    used = heights > threshold
    traces = [
        _kl_trace(order, heights, used, _("used: {count}"), {"color": TRAINING}),
        _kl_trace(order, heights, ~used, _("unused: {count}"), _HOLLOW_BARS),
        _level(len(order), threshold, _("{nats:g} nats").format(nats=threshold)),
    ]
    high = round_step(max(heights.max(initial=0), 2 * threshold), up=True)
    across = _rank_axis(_("code dimensions, sorted"), len(order))
    upward = Axis(_("KL divergence, nats per image"), 0.0, high).layout()
    return make_figure(traces, "above", barmode="overlay", xaxis=across, yaxis=upward)


def _kl_trace(
    order: np.ndarray, heights: np.ndarray, part: np.ndarray, name: str, marker: dict
) -> dict:
    """Bars of some of the sorted dimensions, each saying its number."""
    return bar_trace(
        np.flatnonzero(part) + 1,
        heights[part],
        name=name.format(count=part.sum()),
        marker=marker,
        customdata=order[part] + 1,
        hovertemplate=_("dimension %{customdata}: %{y:.3g} nats") + "<extra></extra>",
    )


def _level(count: int, height: float, name: str) -> dict:
    """A dotted line across so many sorted bars."""
    return reference_line([0.5, count + 0.5], [height] * 2, name, HELD_OUT)


def _rank_axis(title: str, count: int) -> dict:
    """The axis below so many sorted bars."""
    return Axis(title, 0.4, count + 0.6).layout(showgrid=False)


def usage_bars(shares: np.ndarray) -> Figure:
    """How often each entry of a codebook is chosen, the most frequent first, beside what all would
    have in common.

    Args:
        shares: Of all choices, [num_embeddings], adding up to 1.
    """
    order, even = np.argsort(-shares, kind="stable"), 1 / len(shares)
    hover = _("entry %{customdata}: %{y:.2%}") + "<extra></extra>"
    look = {"marker": _PLAIN_BARS, "hovertemplate": hover, "showlegend": False}
    bars = bar_trace(np.arange(1, len(order) + 1), shares[order], customdata=order, **look)
    # On a linear axis the few frequent entries would hide all others.
    low, high = round_step(min(*shares[shares > 0], even), up=False), max(*shares, even)
    upward = Axis(_("share of all choices"), low, round_step(high, up=True), log=True).layout(
        tickformat="~%"
    )
    traces = [bars, _level(len(order), even, _("all equally often"))]
    axes = {"xaxis": _rank_axis(_("entries, sorted"), len(order)), "yaxis": upward}
    return make_figure(traces, "above", bargap=0.1, **axes)


def heat_map(
    values: np.ndarray,
    *,
    across: Sequence[float | str],
    downwards: Sequence[str],
    across_title: str,
    label: str,
    high: float,
    show_values: bool = False,
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
    """
    trace = {
        **{"type": "heatmap", "x": list(across), "y": list(downwards)},
        **{"z": np.asarray(values, float), "zmin": 0, "zmax": high},
        "colorscale": "Cividis",  # made for eyes of all kinds
        "colorbar": {"title": {"text": label, "side": "right"}, "thickness": 14},
        "hovertemplate": f"%{{x}}, %{{y}}: %{{z:.3g}} {label}<extra></extra>",
        "texttemplate": "%{z:.2f}" if show_values else "",
    }
    return make_figure(
        [trace],
        xaxis={"title": {"text": across_title, "standoff": 8}, "automargin": True},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True, "dtick": 1},
    )


def class_errors(
    names: Sequence[str], errors: Numbers, pca_errors: Numbers, baseline: str = "PCA"
) -> Figure:
    """The error on each class as a pair of bars, the autoencoder's beside a baseline's hatched one.

    Args:
        names: Of the classes.
        errors: Mean squared error per class; NaN leaves a gap.
        pca_errors: The same of the baseline.
        baseline: What it is called.
    """
    highest = np.nanmax([*errors, *pca_errors, 1e-12])
    return make_figure(
        [
            class_bars(names, errors, _("autoencoder"), AUTOENCODER, ""),
            class_bars(names, pca_errors, _(baseline), PCA, "/"),
        ],
        "above",
        hovermode="x unified",
        bargap=0.25,
        xaxis={"type": "category", "automargin": True},
        yaxis=Axis(_("mean squared error"), 0.0, round_step(highest, up=True)).layout(),
    )


def class_bars(
    names: Sequence[str | float], heights: Numbers, name: str, colour: str, hatch: str
) -> dict:
    """One bar for each class, or other name."""
    return bar_trace(
        list(names),
        np.asarray(heights, float),  # JSON has no word for NaN, an array's bytes do
        name=name,
        marker=hatch_bars(colour, hatch, size=7),
        hovertemplate="%{y:.4g}",
    )


def histogram_counts(edges: Numbers, counts: Numbers, *, title: str) -> Figure:
    """How often values fall between one edge and the next.

    Args:
        edges: Rising, one more than the counts.
        counts: Values between each pair of edges.
        title: What the values are, below their axis.

    Raises:
        ValueError: If edges and counts do not match in number.
    """
    edges, counts = np.asarray(edges, dtype=float), np.asarray(counts)
    if len(edges) != len(counts) + 1:
        raise ValueError(
            f"{len(counts)} counts lie between {len(counts) + 1} edges, not {len(edges)}"
        )
    ends = np.stack([edges[:-1], edges[1:]], axis=1)
    hover = _("%{y:,} between %{customdata[0]:.3g} and %{customdata[1]:.3g}") + "<extra></extra>"
    look = {"width": np.diff(edges), "marker": _PLAIN_BARS, "hovertemplate": hover}
    high = round_step(max(float(np.max(counts, initial=0)), 1.0), up=True)
    bars = bar_trace(ends.mean(axis=1), counts, customdata=ends, **look)
    across, upward = Axis(title, float(edges[0]), float(edges[-1])), Axis(_("how often"), 0.0, high)
    return make_figure([bars], bargap=0, xaxis=across.layout(), yaxis=upward.layout())


def error_bars(
    x: Sequence[float],
    series: Sequence[tuple[str, Sequence[float], Sequence[float], str]],
    *,
    x_title: str,
    y_title: str,
) -> Figure:
    """Means with their uncertainties, on a logarithmic axis.

    Args:
        x: Where each mean belongs, positive and rising.
        series: Name, means, half widths of the bars (NaN for none) and colour of each; a NaN
            among the means leaves a gap.
        x_title: Below the axis.
        y_title: Beside the axis.
    """
    looks = (("solid", "circle"), ("dash", "diamond"), ("dot", "square"), ("dashdot", "x"))
    shifts = 1.03 ** (np.arange(len(series)) - (len(series) - 1) / 2)  # bars side by side
    traces = [
        _error_trace(np.asarray(x, float) * shift, *one, *look)
        for one, shift, look in zip(series, shifts, looks, strict=False)
    ]
    values = np.concatenate([trace["y"] for trace in traces])
    low = float(np.floor(values[np.isfinite(values)].min(initial=1.0) * 10) / 10)
    across = Axis(x_title, float(x[0]) / 1.2, float(x[-1]) * 1.2, log=True).layout(
        tickvals=[float(one) for one in x], ticktext=[f"{one:,}" for one in x]
    )
    across.pop("dtick"), across.pop("tickformat")
    upward = Axis(y_title, min(low, 0.9), 1.0).layout(tickformat=".0%")
    return make_figure(traces, "above", xaxis=across, yaxis=upward)


def _error_trace(
    x: np.ndarray, name: str, means: Numbers, widths: Numbers, colour: str, dash: str, symbol: str
) -> dict:
    bars = {"type": "data", "color": colour, "thickness": 1.5, "width": 4}
    return scatter_trace(
        x,
        np.asarray(means, float),
        "lines+markers",
        name=name,
        line={"color": colour, "width": 2, "dash": dash},
        marker={"symbol": symbol, "size": 8, "color": colour},
        error_y=bars | {"array": np.nan_to_num(np.asarray(widths, float))},
        hovertemplate="%{y:.1%}",
    )
