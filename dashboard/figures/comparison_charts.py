"""Several runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.figures.axes import Axis
from dashboard.figures.curve_charts import Line, as_drawable, epoch_axis, read_series, value_axis
from dashboard.figures.style import (
    DIGIT_COLOURS,
    DIGIT_SYMBOLS,
    FAINT,
    FONT_SIZE,
    Figure,
    Numbers,
    bar_trace,
    hatch_bars,
    line_trace,
    make_figure,
)
from dashboard.text.i18n import _


@dataclass(frozen=True)
class Series:
    """Bits and errors of one way to store images, fewest bits first, and a text for each point."""

    label: str
    bits: Numbers
    errors: Numbers
    texts: Sequence[str]


def overlaid_curves(runs: Sequence[tuple[str, Sequence[Mapping]]]) -> Figure:
    """The mean squared error per epoch, of several runs: held-out drawn through, training dashed.

    Args:
        runs: Per run its name and its events, as in `loss_curves`.
    """
    drawn = [
        (number, line)
        for number, (label, events) in enumerate(runs)
        for line in _run_lines(label, events, run_colour(number))
    ]
    lines = [line for _number, line in drawn]
    across, upward = epoch_axis(lines), value_axis(_("mean squared error"), lines, log=True)
    traces = [_run_trace(number, line) for number, line in drawn]
    return make_figure(traces, "beside", xaxis=across.layout(), yaxis=upward.layout())


def _run_lines(label: str, events: Sequence[Mapping], colour: str) -> list[Line]:
    looks = (
        ("held_out", label, "solid", 2.5),
        ("train", _("{run}, training").format(run=label), "dash", 1.5),
    )
    series = [
        Line(name, *read_series(events, part, "reconstruction_mse"), colour, "", dash, width)
        for part, name, dash, width in looks
    ]
    return [as_drawable(line, log=True, log_epochs=False) for line in series]


def _run_trace(number: int, line: Line) -> dict:
    is_main = line.dash == "solid"
    return line.trace() | {
        "legendgroup": str(number),
        "showlegend": is_main,
        "mode": "lines+markers" if is_main else "lines",
        "marker": {"symbol": run_symbol(number), "size": 9, "maxdisplayed": 12},
        "hovertemplate": _("epoch %{x}: %{y:.4g}"),
    }


def run_colour(number: int) -> str:
    """The colour of the run of that number; the eleventh has that of the first again."""
    return DIGIT_COLOURS[number % 10]


def run_symbol(number: int) -> str:
    """The symbol of the run of that number, another one where colours are the same."""
    return DIGIT_SYMBOLS[(number + number // 10) % 10]  # those of one colour differ in it


def accuracy_bars(
    names: Sequence[str],
    accuracies: Sequence[float],
    errors: Sequence[float],
    num_runs: int,
    chance: float,
) -> Figure:
    """Shares between 0 and 1 as horizontal bars, the first on top; references are hatched.

    Args:
        names: Of the bars, all different.
        accuracies: Their lengths.
        errors: The standard error of each.
        num_runs: How many of them, the first ones, are runs; the others are references.
        chance: What guessing reaches, a dotted line.
    """
    traces = [
        _accuracy_bar(name, share, error, run_colour(number) if number < num_runs else FAINT)
        for number, (name, share, error) in enumerate(zip(names, accuracies, errors, strict=True))
    ]
    ends, hover = [names[0], names[-1]], _("guessing: %{x:.1%}") + "<extra></extra>"
    traces.append(line_trace([chance] * 2, ends, FAINT, 2, "dot", hovertemplate=hover))
    across = Axis(_("held-out images whose class is told"), 0.0, 1.0).layout(tickformat=".0%")
    downward = {"type": "category", "autorange": "reversed", "automargin": True, "showgrid": False}
    figure = make_figure(traces, barmode="overlay", bargap=0.3, xaxis=across, yaxis=downward)
    figure["layout"]["margin"]["r"] = 8 * FONT_SIZE  # for the shares behind the bars
    return figure


def _accuracy_bar(name: str, share: float, error: float, colour: str) -> dict:
    return bar_trace(
        [share],
        [name],
        orientation="h",
        text=[f"{share:.1%} ± {error:.1%}"],
        textposition="outside",
        cliponaxis=False,
        marker=hatch_bars(colour, "/" if colour == FAINT else ""),
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
