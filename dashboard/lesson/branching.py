"""Leaving a training in the middle: choose an epoch, change a setting, see both futures."""

from __future__ import annotations

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.components.epoch_slider.epoch_slider import epoch_at_rest
from dashboard.controls import choices, widgets
from dashboard.controls.choices import Choices
from dashboard.controls.drawer import drawer
from dashboard.lesson.buttons import draw_start, obstacle_to, preview_cost, submit_training
from dashboard.runs.run_view import RunView, view_asked, view_run
from dashboard.text.foreign import first_messages, in_markdown
from dashboard.text.i18n import _
from models.autoencoders.base.training_hyperparameters import TrainingHyperparameters
from models.hyperparameters.declaration import HyperparameterError
from models.runs.recipe import BRANCHING, Origin, Recipe


def draw(chosen: Choices) -> None:
    """Draws the way back to the run that this one is a branch of, and the way into another."""
    if chosen.recipe.origin:
        _draw_origin(chosen, chosen.recipe, chosen.recipe.origin)
    title = _("Branch: go on from an earlier epoch with other values")
    with drawer(title, _drawer_key(chosen), ":material/call_split:") as is_drawn:
        if is_drawn:
            _draw_branch(chosen, view_asked(chosen.recipe))


def is_open(chosen: Choices) -> bool:
    """Whether the visitor is about to branch."""
    return bool(st.session_state.get(_drawer_key(chosen)))


def _drawer_key(chosen: Choices) -> str:
    return f"{chosen.page}.branch"


def _draw_branch(chosen: Choices, run_view: RunView) -> None:
    epochs = _epochs(run_view)
    if run_view.active or not epochs:
        st.markdown(
            _("When the training has ended, you can branch off here at one of several epochs.")
        )
        return
    st.markdown(
        _(
            "What would have become of this network if, at some point, one thing had been "
            "different? Weights and optimiser go on from there. Both curves are drawn wherever "
            "the two measure the same thing."
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
            _(
                "A branch of another run: it left that after epoch **{epoch}**, with {changes}."
            ).format(epoch=f"{origin.epoch:,}", changes=changes or _("nothing changed")),
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
    recipe, h = chosen.recipe, chosen.recipe.hyperparameters
    key = f"{recipe.type.name}.branch.{run_view.run.id}.{len(epochs)}"
    _follow_film(run_view, epochs, f"{key}.epoch")
    epoch = st.select_slider(
        _("After epoch"),
        epochs,
        key=f"{key}.epoch",
        help=_("Epochs whose complete state was kept: early ones lie close together."),
        disabled=len(epochs) == 1,
    )
    changes, problems = _draw_changes(h, key)
    branch = None
    try:
        branch = recipe.branch_at(epoch, changes)
    except HyperparameterError as error:
        problems.append(str(error))
    for problem in first_messages(problems):
        st.error(problem, icon=":material/error:")
    unchanged = branch is not None and not branch.hyperparameters.difference(h)
    hint = _("Change at least one value first.") if unchanged else ""
    disabled = bool(problems) or unchanged
    _draw_button(chosen, branch, disabled=disabled, hint=hint)


def _follow_film(run_view: RunView, epochs: list[int], key: str) -> None:
    """Moves the choice of the epoch to where the film rests, each time it has come to rest
    elsewhere."""
    rest = epoch_at_rest(run_view)
    if key in st.session_state and st.session_state.get(f"{key}.rest") == rest:
        return
    st.session_state[f"{key}.rest"] = rest
    if rest is not None:
        st.session_state[key] = min(epochs, key=lambda epoch: abs(epoch - rest))
    elif key not in st.session_state:
        # Not the last one, where nothing is left to train.
        st.session_state[key] = epochs[(len(epochs) - 1) // 2]


def _draw_changes(h: TrainingHyperparameters, key: str) -> tuple[dict[str, str], list[str]]:
    """A widget for each setting that a branch may change; returns the values as text, and what
    is wrong with them."""
    assigned, fields = assignment.current(), h.fields()
    names = [name for name in BRANCHING if name in fields and name not in assigned.hidden]
    changes, problems = {}, []
    for column, name in zip(st.columns(len(names) or 1), names, strict=False):
        with column:
            changes[name], wrong = widgets.draw_widget(
                fields[name], getattr(h, name), f"{key}.{name}", name in assigned.locked
            )
        problems += wrong
    return changes, problems


def _draw_button(chosen: Choices, branch: Recipe | None, *, disabled: bool, hint: str) -> None:
    """The button that trains a branch, with what it would cost, or a hint why it is disabled."""
    pace = st.session_state.get(f"{chosen.page}.pace", 0)

    def submit() -> None:
        if branch:
            submit_training(chosen, branch)

    if obstacle := branch and obstacle_to(branch):
        disabled, hint = True, obstacle
    with st.container(horizontal=True, vertical_alignment="center"):
        draw_start(
            _("Branch and train"),
            f"{chosen.page}.branch.train",
            submit,
            disabled=disabled or branch is None,
            icon=":material/call_split:",
        )
        st.caption(in_markdown(hint) or (preview_cost(view_run(branch), pace) if branch else ""))
