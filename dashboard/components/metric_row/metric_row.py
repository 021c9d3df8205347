"""The figures that a page shows large; they follow the film through the recorded epochs.

The browser side is `metric_row.js`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.components.shared import assets
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import mark, translate
from dashboard.text.numbers import fixed

TEXTS = {"newest": mark("newest epoch"), "help": mark("What is this?")}

_component = assets.component("metric_row", "metric_row/metric_row")


@dataclass(frozen=True)
class Metric:
    """A figure that a page shows large.

    Attributes:
        label: Its name.
        value: As text, of the newest epoch.
        comparison: What to compare it with.
        help: A sentence on what it is.
        at: Value and comparison from an epoch on, by that epoch, in rising order; empty for a
            figure that is known of the newest epoch only.
        counted: Of a figure that is how many numbers of a picture are above a threshold: the
            picture's name, and the threshold.
    """

    label: str
    value: str
    comparison: str
    help: str
    at: Mapping[int, tuple[str, str]] | None = None
    counted: tuple[str, float] | None = None


def value_text(value: float | None, spec: str) -> str:
    """A value as metrics print it, such as ".0%"; a dash for none."""
    if value is None:
        return "–"
    decimals = re.fullmatch(r"\.(\d+)f", spec)
    return fixed(value, int(decimals[1])) if decimals else format(value, spec)


def constant(label: str, value: str, comparison: str, help: str) -> Metric:
    """A figure that training does not change."""
    return Metric(label, value, comparison, help, {0: (value, comparison)})


def follow(
    run_view: RunView,
    label: str,
    read: Callable[[Mapping[str, Any] | None], tuple[str, str]],
    help: str,
) -> Metric:
    """A figure of each recorded epoch.

    Args:
        run_view: Of the run.
        label: The figure's name.
        read: Makes value and comparison of an event; of None before the first.
        help: A sentence on what it is.
    """
    at = {event["epoch"]: read(event) for event in run_view.events}
    value, comparison = at[max(at)] if at else read(None)
    return Metric(label, value, comparison, help, at)


def metric_row(run_view: RunView, metrics: Sequence[Metric], key: str) -> None:
    """Draws the metrics of a run side by side."""
    data = {
        "run": run_view.run.id,
        "metrics": [
            {
                "label": one.label,
                "value": one.value,
                "comparison": one.comparison,
                "help": one.help,
                "at": [[epoch, *texts] for epoch, texts in (one.at or {}).items()],
                "counted": one.counted,
            }
            for one in metrics
        ],
        "texts": translate(TEXTS),
    }
    _component(key=key, data=data)
