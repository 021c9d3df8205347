"""Figures over epochs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from dashboard.figures.axes import Axis, round_step
from dashboard.figures.style import (
    AUTOENCODER,
    FAINT,
    FONT_SIZE,
    HELD_OUT,
    PCA,
    TRAINING,
    Figure,
    line_trace,
    make_figure,
)
from dashboard.text.i18n import _


@dataclass(frozen=True)
class Line:
    """A curve over epochs with the label that stands at its end."""

    label: str
    epochs: Sequence[float]
    values: Sequence[float]
    colour: str
    mark: str
    dash: str = "solid"
    width: float = 2.5

    def trace(self) -> dict[str, Any]:
        """The curve for Plotly."""
        x, y = list(self.epochs), list(self.values)
        look = {"name": self.label, "hovertemplate": "%{y:.4g}"}
        return line_trace(x, y, self.colour, self.width, self.dash, **look)


def loss_curves(
    events: Sequence[Mapping],
    *,
    term: str = "reconstruction_mse",
    term_label: str | None = None,
    pca: Mapping[str, float] | None = None,
    baseline: str = "PCA",
    floors: Mapping[str, float] | None = None,
    earlier: Sequence[tuple[str, Sequence[Mapping]]] = (),
    log: bool = True,
    log_epochs: bool = False,
    target_epochs: int | None = None,
    marks: Sequence[tuple[str, float]] = (),
) -> Figure:
    """One term of the loss per epoch, on training and on held-out data.

    Args:
        events: One per epoch, `{"epoch": 3, "train": {term: 0.1}, "held_out": {term: 0.1}}`. An
            event without the term, or with a value that is not finite, leaves no point.
        term: The term to draw, in its own unit.
        term_label: Title of the vertical axis, by default the term's name.
        pca: The baseline's value of the same term on `"train"` and `"held_out"`, level lines.
        baseline: What it is called.
        floors: Other values that no training can go below, by their labels.
        earlier: Per earlier run what differed and its events; the held-out curve is drawn.
        log: Whether the term has a logarithmic axis; values of 0 or less are then left out.
        log_epochs: Whether the epochs have one; epoch 0 is then left out.
        target_epochs: Where the axis of epochs ends, so that it stays put during training.
        marks: Names and epochs of vertical lines.
    """
    lines = [
        Line(_short(label), *read_series(past, "held_out", term), FAINT, "○", width=1.5)
        for label, past in earlier
    ]
    lines.append(Line(_("training"), *read_series(events, "train", term), TRAINING, "●"))
    lines.append(Line(_("held-out"), *read_series(events, "held_out", term), HELD_OUT, "◆"))
    across = epoch_axis(lines, log_epochs, target_epochs)
    lines += _baselines(pca or {}, baseline, across)
    lines += [_floor(label, value, across) for label, value in (floors or {}).items()]
    lines = [as_drawable(line, log, log_epochs) for line in lines]
    upward = value_axis(term_label or term.replace("_", " "), cut(lines) if log else lines, log)
    return _curves(lines + _marks(marks, upward), across, upward)


RUNAWAY = 100
"""How many times as high as it begins a curve may rise before it leaves the chart."""


def cut(lines: Sequence[Line]) -> list[Line]:
    """Lines of positive values without what rises far above where they begin: a training that
    runs away would press all others flat."""
    starts = [line.values[0] for line in lines if line.values]
    ceiling = RUNAWAY * max(starts, default=1.0)
    return [replace(line, values=[min(value, ceiling) for value in line.values]) for line in lines]


def angle_curve(
    events: Sequence[Mapping], *, log_epochs: bool = False, target_epochs: int | None = None
) -> Figure:
    """The largest angle between the autoencoder's plane and PCA's, in degrees per epoch.

    Args:
        events: One per epoch, with the angle as `event["diagnostics"]["principal_angle_degrees"]`.
        log_epochs: Whether the epochs have a logarithmic axis; epoch 0 is then left out.
        target_epochs: Where the axis of epochs ends.
    """
    series = read_series(events, "diagnostics", "principal_angle_degrees")
    line = as_drawable(Line(_("angle"), *series, AUTOENCODER, "●"), False, log_epochs)
    across = epoch_axis([line], log_epochs, target_epochs)
    upward = Axis(_("angle to PCA's plane"), 0, 90)
    return _curves([line], across, upward, ticksuffix="°", dtick=30)


def usage_curves(
    events: Sequence[Mapping], num_embeddings: int, *, target_epochs: int | None = None
) -> Figure:
    """How many entries of a codebook are chosen at all, and the perplexity of the choices.

    Args:
        events: One per epoch, with `event["diagnostics"]["used_entries"]` and "perplexity".
        num_embeddings: Of the codebook.
        target_epochs: Where the axis of epochs ends.
    """
    found = [
        Line(label, *read_series(events, "diagnostics", name), colour, mark, dash)
        for name, label, colour, mark, dash in (
            ("used_entries", _("chosen at all"), HELD_OUT, "◆", "dash"),
            ("perplexity", _("perplexity"), AUTOENCODER, "●", "solid"),
        )
    ]
    across = epoch_axis(found, False, target_epochs)
    found.append(Line(_("all"), [across.low, across.high], [num_embeddings] * 2, FAINT, "┈", "dot"))
    return _curves(found, across, Axis(_("entries"), 0.0, 1.05 * num_embeddings))


def lines(
    x: Sequence[float],
    series: Sequence[tuple[str, Sequence[float], str]],
    *,
    x_title: str,
    y_title: str,
    x_end: float | None = None,
    mark: tuple[str, float] | None = None,
    log: bool = False,
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
    """
    looks = (("●", "solid"), ("◆", "dash"), ("■", "dot"))
    found = [
        as_drawable(Line(name, x, np.asarray(values, float).tolist(), colour, *look), log, False)
        for (name, values, colour), look in zip(series, looks, strict=False)
    ]
    across = Axis(x_title, float(x[0]), float(x[-1] if x_end is None else x_end))
    upward = value_axis(y_title, found, log)
    found += _marks([mark] if mark else [], upward)
    return _curves(found, across, upward)


def read_series(events: Iterable[Mapping], part: str, term: str) -> tuple[list, list]:
    """The epochs and values at which the events give a finite value of a term."""
    found = [(event["epoch"], (event.get(part) or {}).get(term)) for event in events]
    found = [(epoch, value) for epoch, value in found if value is not None and math.isfinite(value)]
    return [epoch for epoch, _ in found], [value for _, value in found]


def as_drawable(line: Line, log: bool, log_epochs: bool) -> Line:
    """The line without the points that a logarithmic axis cannot show."""
    pairs = zip(line.epochs, line.values, strict=True)
    kept = [(x, y) for x, y in pairs if (x > 0 or not log_epochs) and (y > 0 or not log)]
    return replace(line, epochs=[x for x, _ in kept], values=[y for _, y in kept])


def _floor(
    label: str, value: float, across: Axis, colour: str = FAINT, mark: str = "┈", dash: str = "dot"
) -> Line:
    """A level line through the whole plot."""
    return Line(label, [across.low, across.high], [value] * 2, colour, mark, dash, width=2)


def _baselines(pca: Mapping[str, float], name: str, across: Axis) -> list[Line]:
    looks = {
        "train": (_("{baseline} training"), "╌", "dash"),
        "held_out": (_("{baseline} held-out"), "┈", "dot"),
    }
    return [
        _floor(label.format(baseline=_(name)), pca[part], across, PCA, mark, dash)
        for part, (label, mark, dash) in looks.items()
        if part in pca
    ]


def _marks(marks: Iterable[tuple[str, float]], upward: Axis) -> list[Line]:
    """Vertical lines with their names at the upper ends."""
    ends = [upward.low, upward.high]
    return [Line(name, [place, place], ends, FAINT, "┈", "dot", width=2) for name, place in marks]


def epoch_axis(lines: Sequence[Line], log: bool = False, target_epochs: int | None = None) -> Axis:
    """The axis below curves: up to the last epoch, or the one that is aimed at."""
    first = 1 if log else 0
    last = max((epoch for line in lines for epoch in line.epochs), default=first)
    return Axis(_("epoch"), first, max(last, target_epochs or 0, first + 1), log)


def value_axis(title: str, lines: Sequence[Line], log: bool) -> Axis:
    """Limits in steps of 1, 2, 5, 10, ..., so that the axis seldom moves during training."""
    values = [value for line in lines for value in line.values] or [1.0]
    high = round_step(max(*values, 1e-12), up=True)
    if log:
        return Axis(title, round_step(min(values), up=False), high, log)
    return Axis(title, -round_step(-min(values), up=True) if min(values) < 0 else 0.0, high)


def _curves(lines: Sequence[Line], across: Axis, upward: Axis, **upward_ticks: Any) -> Figure:
    """Lines with labels at their ends, on axes with fixed limits."""
    lines = [line for line in lines if line.epochs]
    longest = max((len(line.label) for line in lines), default=0)
    right = round((longest + 2) * 0.56 * FONT_SIZE)
    return make_figure(
        [line.trace() for line in lines],
        margin={"l": 10, "t": FONT_SIZE, "b": 10, "r": right},
        hovermode="x unified",
        annotations=_end_labels(lines, across, upward),
        xaxis=across.layout(),
        yaxis=upward.layout(**upward_ticks),
    )


def _end_labels(lines: Sequence[Line], across: Axis, upward: Axis) -> list[dict]:
    """A label at the end of each line, moved up or down where two would overlap."""
    low, high = upward.place(upward.low), upward.place(upward.high)
    heights = [(upward.place(line.values[-1]) - low) / (high - low) for line in lines]
    places = _spread(heights, gap=0.075)  # a line of text in a usual plot
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
