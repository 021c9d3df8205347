"""A view: what a lesson shows of a run, what stands there before, and what is said below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import numpy as np
import streamlit as st

from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.figures.style import Figure
from dashboard.runs import inference, run_sample
from dashboard.runs.run_view import RunView

View = Callable[[RunView], None]
Draw = Callable[..., Mapping[str, Any] | None]


def view(
    waiting: str,
    *pictures: str,
    untrained: str = "",
    weights: bool = False,
    about: str = "",
    note: str = "",
) -> Callable[[Draw], View]:
    """Makes a view of `draw(run_view, sample, *pictures)`, which may return values for the text
    below.

    Args:
        waiting: Stands in its place until all that it needs is there, and finite.
        pictures: Names of the run's pictures that it draws.
        untrained: Name of a picture whose state before the training comes after these.
        weights: Whether it evaluates the network, too.
        about: Said below, with marked terms.
        note: Said below in small letters.
    """

    def decorate(draw: Draw) -> View:
        @wraps(draw)
        def draw_or_wait(run_view: RunView) -> None:
            found = [run_view.pictures.get(name) for name in pictures]
            if untrained:
                first = run_view.run.snapshot(0)
                picture = first[0].get(untrained) if first else None
                found.append(None if picture is None else picture.astype(np.float32))
            sample = run_sample.sample(run_view)
            is_whole = all(one is not None and np.isfinite(one).all() for one in found)
            if sample is None or not is_whole or (weights and not inference.ready(run_view)):
                st.info(waiting)
                return
            values = draw(run_view, sample, *found) or {}
            if about:
                glossary.prose(about.format(**values))
            if note:
                st.caption(note.format(**values))

        return draw_or_wait

    return decorate


def draw_plot(run_view: RunView, figure: Figure, key: str, alt: str, height: int = 320) -> None:
    """Draws one figure of a run; the arguments are those of `live_plots`."""
    live_plots([figure], key=key, alts=[alt], height=height, run_id=run_view.run.id)
