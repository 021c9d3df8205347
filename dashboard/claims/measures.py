"""Numbers that claims compare, as read from a run that has ended."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dashboard.claims import (
    application_measures,
    generative_measures,
    layer_measures,
    quantized_measures,
)
from models.runs.run_reader import RunReader


def measure(run: RunReader, name: str) -> float:
    """A number of a run.

    Args:
        run: One that has ended.
        name: One of `MEASURES`, or where the number stands in the result, as "held_out.total".

    Returns:
        The number; NaN for a training that diverged.

    Raises:
        KeyError: If the run has no such number.
    """
    result = run.result()
    if result is None:
        raise KeyError(f"{run.id} has no result")
    if result["status"] == "diverged" and name != "epochs":
        return math.nan
    if name in MEASURES:
        return float(MEASURES[name](run))
    value: Any = result
    for part in name.split("."):
        value = value[part]
    return float(value)


MEASURES: dict[str, Callable[[RunReader], float]] = {
    **application_measures.MEASURES,
    **generative_measures.MEASURES,
    **layer_measures.MEASURES,
    **quantized_measures.MEASURES,
}
"""By name what reads a number that does not stand in the result."""
