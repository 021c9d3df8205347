"""Leaving a training in the middle: choose an epoch, change a setting, see both futures."""

from __future__ import annotations

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.controls import choices, widgets
from dashboard.controls.choices import Choices
from dashboard.lesson import drawers, experiments
from dashboard.runs.run_view import RunView, view_run
from dashboard.text.i18n import _
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import BRANCHING, Origin, Recipe


def draw(chosen: Choices) -> None:
    """Draws the way back to the run that this one is a branch of, and the way into another."""
    recipe = chosen.recipe
    if recipe.origin:
        _draw_origin(chosen, recipe, recipe.origin)
    title = _("Branch: go on from an earlier epoch with other values")
    with drawers.drawer(title, f"{chosen.page}.branch", ":material/call_split:") as is_open:
        if not is_open:
            return
        run_view = view_run(recipe)
        epochs = _epochs(run_view)
        if run_view.active or not epochs:
            st.markdown(
                _("When the training has ended, it can be left here at any of several epochs.")
            )
            return
        st.markdown(
            _(
                "What would have become of this network if, at some point, one thing had been "
                "different? Weights and optimiser go on from there. The curves of both stand on "
                "the same charts."
            )
        )
        _draw_choices(chosen, run_view, epochs)


def _epochs(run_view: RunView) -> list[int]:
    """Where the run can be left at once."""
    reached = run_view.result["epochs"] if run_view.result else 0
    first = run_view.recipe.first_epoch
    kept = [epoch for epoch in run_view.run.branch_points() if epoch > first]
    last = run_view.recipe.hyperparameters.epochs
    ends = [reached] if first < reached <= last else []
    return sorted({*kept, *ends})


def _draw_origin(chosen: Choices, recipe: Recipe, origin: Origin) -> None:
    h = recipe.hyperparameters
    changes = widgets.describe(h, h.difference(origin.recipe.hyperparameters))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            _("A branch: left another run after epoch **{epoch}**, with {changes}.").format(
                epoch=f"{origin.epoch:,}", changes=changes or _("nothing changed")
            ),
            width="content",
        )
        st.button(
            _("Back to that run"),
            key=f"{recipe.type.name}.branch.back",
            icon=":material/arrow_back:",
            on_click=choices.go_to,
            args=(chosen, origin.recipe),
        )


def _draw_choices(chosen: Choices, run_view: RunView, epochs: list[int]) -> None:
    recipe = chosen.recipe
    name, h = recipe.type.name, recipe.hyperparameters
    key = f"{name}.branch.{run_view.run.id}.{len(epochs)}"
    middle = epochs[(len(epochs) - 1) // 2]  # not the last one, where nothing is left to train
    epoch = st.select_slider(
        _("After epoch"),
        epochs,
        middle,
        key=f"{key}.epoch",
        help=_("Epochs whose complete state was kept: early ones lie close together."),
        disabled=len(epochs) == 1,
    )
    changes, problems = {}, []
    assigned = assignment.current()
    names = [name for name in BRANCHING if name in h.fields() and name not in assigned.hidden]
    fields = [h.fields()[name] for name in names]
    for column, hyperparameter in zip(st.columns(len(fields) or 1), fields, strict=False):
        with column:
            value, is_locked = (
                getattr(h, hyperparameter.name),
                hyperparameter.name in assigned.locked,
            )
            text, wrong = widgets.draw_widget(
                hyperparameter, value, f"{key}.{hyperparameter.name}", is_locked
            )
        changes[hyperparameter.name] = text
        problems += wrong
    branch = None
    try:
        branch = recipe.branched(epoch, changes)
    except HyperparameterError as error:
        problems.append(str(error))
    for problem in problems:
        st.error(problem, icon=":material/error:")
    unchanged = branch is not None and not branch.hyperparameters.difference(h)
    experiments.draw_branch_button(
        chosen,
        branch,
        disabled=bool(problems) or unchanged,
        hint=_("Change at least one value first.") if unchanged else "",
    )
