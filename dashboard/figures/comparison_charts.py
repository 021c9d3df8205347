"""Several runs in one figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.figures.curve_charts import (
    Axis,
    Line,
    as_drawable,
    epoch_axis,
    read_series,
    value_axis,
)
from dashboard.figures.style import (
    CLEAR,
    DIGIT_COLOURS,
    DIGIT_SYMBOLS,
    FAINT,
    Figure,
    Numbers,
    bar_trace,
    make_figure,
    scatter_trace,
)
from dashboard.text.i18n import _


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
            line = Line(label, *read_series(events, part, term), run_colour(number), "", dash)
            drawn.append(as_drawable(line, log=True, log_epochs=False))
            traces.append(_run_trace(number, drawn[-1], is_main=part == "held_out"))
    across = epoch_axis(drawn, False, None)
    upward = value_axis(term_label or term.replace("_", " "), drawn, log=True)
    axes = {"xaxis": across.layout(), "yaxis": upward.layout()}
    return make_figure(traces, font_size, **place_legend_beside(), **axes)


def run_colour(number: int) -> str:
    """The colour of the run of that number; the eleventh has that of the first again."""
    return DIGIT_COLOURS[number % 10]


def run_symbol(number: int) -> str:
    """The symbol of the run of that number, another one where colours are the same."""
    return DIGIT_SYMBOLS[(number + number // 10) % 10]  # those of one colour differ in it


def _run_trace(number: int, line: Line, is_main: bool) -> dict:
    return scatter_trace(
        x=list(line.epochs),
        y=list(line.values),
        name=line.label if is_main else _("{run}, training").format(run=line.label),
        legendgroup=str(number),
        showlegend=is_main,
        mode="lines+markers" if is_main else "lines",
        marker={"symbol": run_symbol(number), "size": 9, "maxdisplayed": 12},
        line={"color": line.colour, "width": 2.5 if is_main else 1.5, "dash": line.dash},
        hovertemplate=_("epoch %{x}: %{y:.4g}"),
    )


def place_legend_beside() -> dict:
    # Below the buttons that come up in the corner.
    """The layout of a legend on the right, where names are long."""
    return {"showlegend": True, "legend": {"x": 1.02, "y": 0.92, "bgcolor": CLEAR}}


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
        _accuracy_bar(name, share, run_colour(number) if number < num_runs else FAINT)
        for number, (name, share) in bars
    ]
    line = {"color": FAINT, "width": 2, "dash": "dot"}
    ends = {"x": [chance, chance], "y": [names[0], names[-1]], "mode": "lines", "line": line}
    traces.append(scatter_trace(**ends, hovertemplate=_("guessing: %{x:.1%}") + "<extra></extra>"))
    across = Axis(_("held-out images whose class is told"), 0.0, 1.0).layout()
    return make_figure(
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
    return bar_trace(
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
