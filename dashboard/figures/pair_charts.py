"""Pairs of runs that share a seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dashboard.figures.style import (
    AUTOENCODER,
    FAINT,
    GRID,
    HELD_OUT,
    TRAINING,
    Figure,
    Numbers,
    make_figure,
    scatter_trace,
)
from dashboard.text.i18n import _


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
        scatter_trace(
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
    return make_figure(
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
    return make_figure(
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
    return scatter_trace(
        x=list(x), y=list(y), name=name, mode="markers", marker=marker, hovertemplate="%{y:.5g}"
    )
