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
from models.runs.recipe import Recipe

EARLIER_RUNS = 3
"""Runs of this visitor that stay on the chart as faint curves."""

RUNS_SEEN = 20
"""Runs of this visitor that the worksheet lists."""

_NOT_MEASURED_ON = ("num_train", "shift")
"""Settings of the training data alone: held-out examples are the same."""


def note_seen(chosen: Choices, run_view: RunView) -> None:
    """Counts a look at a run, and notes one that has something to show as seen on this page."""
    if st.session_state.get("looked") != run_view.run.id:  # a script runs again for every click
        st.session_state["looked"] = run_view.run.id
        metrics.LOOKS.labels("stored" if run_view.complete else "not stored").inc()
    if run_view.events and run_view.run.exists:
        rest = [one for one in chosen.seen if one.run_id() != run_view.run.id]
        chosen.seen = [*rest, run_view.recipe][-RUNS_SEEN:]


def earlier_runs(chosen: Choices, term: str) -> list[tuple[str, list[dict]]]:
    """This visitor's last runs before the present one that can stand on the same chart: their
    numbers and what differed, and their events.

    Args:
        chosen: The visitor's choices.
        term: Of the loss, which has to mean the same in all of them.
    """
    present = chosen.recipe
    found = []
    for number, recipe in enumerate(_comparable(chosen, term), start=1):
        h = recipe.hyperparameters
        difference = widgets.describe(h, h.difference(present.hyperparameters))
        with suppress(UnreadableError):  # its own page says so
            events = execution.dispatcher().store.run(recipe.run_id()).events()
            found.append((f"{number}: {difference or _('before it was continued')}", events))
    return found


def draw_clear(chosen: Choices, term: str) -> None:
    """A button that takes the earlier runs off the charts, if there are any."""
    earlier = _comparable(chosen, term)
    if earlier:
        st.button(
            _("Clear the earlier runs"),
            key=f"{chosen.page}.clear",
            icon=":material/ink_eraser:",
            type="tertiary",
            on_click=chosen.cleared.update,
            args=([one.run_id() for one in chosen.seen if one != chosen.recipe],),
            help=_("Takes their curves off the chart. The runs stay stored."),
        )


def _comparable(chosen: Choices, term: str) -> list[Recipe]:
    """The last runs whose curves can be compared with the present one's."""
    present = chosen.recipe
    origin = [present.origin.recipe] if present.origin else []
    seen = [recipe for recipe in chosen.seen if recipe not in origin and not loss(recipe)]
    return [
        recipe
        for recipe in [*seen, *origin]
        if recipe.run_id() != present.run_id()
        and recipe.run_id() not in chosen.cleared
        and is_comparable(recipe, present, term)
    ][-EARLIER_RUNS:]


def is_comparable(recipe: Recipe, other: Recipe, term: str) -> bool:
    """Whether a term of the loss is measured on the same data, and means the same."""
    if recipe.type != other.type:
        return False
    fields = recipe.hyperparameters.fields()
    groups = {"Data", "Objective"} if term == "total" else {"Data"}
    different = recipe.hyperparameters.difference(other.hyperparameters)
    return not any(
        fields[name].group in groups or name == "likelihood"
        for name in different
        if name not in _NOT_MEASURED_ON
    )
