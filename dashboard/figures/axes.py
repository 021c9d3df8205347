"""Axes whose limits are given, so that they rest while a run goes on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from dashboard.figures.style import GRID

BARE = {"zeroline": False, "showgrid": False, "automargin": True}
"""What Plotly is told of an axis without lines, such as one of names."""


@dataclass(frozen=True)
class Axis:
    """Title, limits in the data's unit, and whether the axis is logarithmic."""

    title: str
    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float:
        """A value as Plotly's annotations want it: the exponent of ten on a logarithmic axis."""
        return math.log10(value) if self.log else value

    def layout(self, **more: Any) -> dict[str, Any]:
        """What Plotly is told of the axis; `more` has the last word."""
        limits = [self.place(self.low), self.place(self.high)]
        common = title_axis(self.title, range=limits)
        if self.log:
            ticks = "D2" if limits[1] - limits[0] <= 2 else 1  # D2: at 1, 2 and 5
            common |= {"type": "log", "tickformat": "~g", "dtick": ticks}
        return common | more


def title_axis(title: str, **more: Any) -> dict[str, Any]:
    """What Plotly is told of an axis whose limits it finds itself."""
    # With a standoff, the margin has room for the title too.
    titled = {"title": {"text": title, "standoff": 8}, "automargin": True}
    return {**titled, "gridcolor": GRID, "zeroline": False, **more}


def round_step(value: float, *, up: bool) -> float:
    """The nearest of 1, 2, 5, 10, ... above or below, at least 3 % away: not on the frame."""
    decade = 10.0 ** math.floor(math.log10(value))
    steps = [factor * decade for factor in (0.5, 1, 2, 5, 10, 20)]
    if up:
        return min(step for step in steps if step >= 1.03 * value)
    return max(step for step in steps if step <= value / 1.03)
