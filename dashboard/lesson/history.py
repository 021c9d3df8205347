"""The runs that a visitor has looked at on a page."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from dashboard.controls import widgets
from dashboard.controls.choices import Choices, loss
from dashboard.jobs import execution, metrics
from dashboard.runs.run_view import RunView
from dashboard.text.i18n import _
from models.runs.files import UnreadableError

EARLIER_RUNS = 3
"""Runs of this visitor that stay on the chart as faint curves."""

RUNS_SEEN = 20
"""Runs of this visitor that the worksheet lists."""


def note_seen(chosen: Choices, run_view: RunView) -> None:
    """Counts a look at a run, and notes one that has something to show as seen on this page."""
    if st.session_state.get("looked") != run_view.run.id:  # a script runs again for every click
        st.session_state["looked"] = run_view.run.id
        metrics.LOOKS.labels("stored" if run_view.complete else "not stored").inc()
    if run_view.events:
        rest = [one for one in chosen.seen if one.run_id() != run_view.run.id]
        chosen.seen = [*rest, run_view.recipe][-RUNS_SEEN:]


def earlier_runs(chosen: Choices) -> list[tuple[str, list[dict]]]:
    """This visitor's last runs before the present one: what differed, and their events."""
    present = chosen.recipe
    found = []
    origin = [chosen.recipe.origin.recipe] if chosen.recipe.origin else []
    seen = [recipe for recipe in chosen.seen if recipe not in origin and not loss(recipe)]
    earlier = [recipe for recipe in [*seen, *origin] if recipe.run_id() != present.run_id()]
    for recipe in earlier[-EARLIER_RUNS:]:
        h = recipe.hyperparameters
        difference = widgets.describe(h, h.difference(present.hyperparameters))
        with suppress(UnreadableError):  # its own page says so
            events = execution.dispatcher().store.run(recipe.run_id()).events()
            found.append((difference or _("before it was continued"), events))
    return found
