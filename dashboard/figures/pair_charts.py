"""Pairs of runs that share a seed."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.figures.axes import BARE, title_axis
from dashboard.figures.style import (
    AUTOENCODER,
    FAINT,
    HELD_OUT,
    TRAINING,
    Figure,
    Numbers,
    line_trace,
    make_figure,
    scatter_trace,
)
from dashboard.text.i18n import _

_ZERO_LINE = {"zeroline": True, "zerolinecolor": FAINT, "zerolinewidth": 2}
_INTERVAL = {"type": "data", "symmetric": False, "thickness": 3, "width": 8}


def paired_figures(
    seeds: Sequence[int], a: Numbers, b: Numbers, *, names: tuple[str, str], title: str
) -> Figure:
    """One figure of two configurations, a line from A to B for each seed.

    Args:
        seeds: Of the pairs.
        a, b: The figures of A and of B, in the same order.
        names: What the configurations are called.
        title: Of the vertical axis.
    """
    seed, hover = _("seed {seed}"), "%{y:.5g}"
    traces = [
        line_trace([0, 1], list(pair), FAINT, name=seed.format(seed=one), hovertemplate=hover)
        for one, *pair in zip(seeds, a, b, strict=True)
    ]
    for x, values, colour, symbol in ((0, a, TRAINING, "circle"), (1, b, HELD_OUT, "diamond")):
        traces.append(_pair_markers([x] * len(seeds), values, names[x], colour, symbol, hover))
    across = {"range": [-0.4, 1.4], "tickvals": [0, 1], "ticktext": list(names), **BARE}
    return make_figure(traces, xaxis=across, yaxis=title_axis(title))


def paired_differences(
    seeds: Sequence[int], differences: Numbers, interval: tuple[float, float, float], *, title: str
) -> Figure:
    """The differences of the pairs, one below the other, and the interval of their mean.

    Args:
        seeds: Of the pairs.
        differences: B - A of each.
        interval: Lower end, mean and upper end.
        title: Of the horizontal axis.
    """
    low, mean, high = interval
    labels = [_("seed {seed}").format(seed=seed) for seed in seeds] + [_("mean, 95 %")]
    rows, hover = list(range(len(labels))), "%{x:.3g}"
    dots = _pair_markers(differences, rows[:-1], _("B − A"), FAINT, "circle-open", hover)
    middle = _pair_markers([mean], rows[-1:], _("mean"), AUTOENCODER, "square", hover)
    middle["error_x"] = _INTERVAL | {"array": [high - mean], "arrayminus": [mean - low]}
    reach = 1.08 * max(abs(one) for one in (low, high, *differences)) or 1.0
    downward = {"range": [len(seeds) + 0.6, -0.6], "tickvals": rows, "ticktext": labels, **BARE}
    across = title_axis(title, range=[-reach, reach], **_ZERO_LINE)
    return make_figure([dots, middle], xaxis=across, yaxis=downward)


def _pair_markers(x: Numbers, y: Numbers, name: str, colour: str, symbol: str, hover: str) -> dict:
    marker = {"color": colour, "symbol": symbol, "size": 11}
    return scatter_trace(list(x), list(y), name=name, marker=marker, hovertemplate=hover)
