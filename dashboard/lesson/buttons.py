"""Train, stop, continue: what can be done with a run, in one place, and what it will cost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.catalogue.lessons import default_run_ids
from dashboard.controls import choices
from dashboard.controls.choices import Choices
from dashboard.jobs import execution, limits
from dashboard.runs.run_view import RunView, view_run
from dashboard.session import asked_runs
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n, duration
from models import settings
from models.data import datasets
from models.hyperparameters.declaration import HyperparameterError
from models.runs.files import RunError, UnreadableError
from models.runs.recipe import Recipe
from models.training import estimates

PACES = {0: _("fast"), 8: _("8 s"), 30: _("30 s"), 120: _("2 min")}
"""How long a training lasts at least; small networks learn faster than anyone can watch."""


def draw_button(chosen: Choices, run_view: RunView) -> None:
    """What can be done with the run just now, which is always one thing: train, stop or
    continue."""
    if run_view.active:
        _draw_stop(chosen, run_view)
    elif run_view.complete and run_view.state != "diverged":
        _draw_continue(chosen, run_view)
    else:
        _draw_train(chosen, run_view)


def draw_cost(chosen: Choices, run_view: RunView, default_pace: int) -> None:
    """What training would cost, and the pace."""
    if not run_view.active:
        pace = st.session_state.get(f"{chosen.page}.pace", default_pace)
        st.caption(preview_cost(run_view, pace))
    _draw_pace(chosen, default_pace)


def _draw_pace(chosen: Choices, default: int) -> None:
    with st.container(key="pace", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(
            _("Pace"),
            width="content",
            help=_(
                "How long a training lasts at least; “fast” is full speed. Small networks learn "
                "faster than anyone can watch; this only inserts pauses, the numbers stay the same."
            ),
        )
        st.segmented_control(
            _("Pace"),
            list(PACES),
            default=default,
            format_func=lambda seconds: PACES[seconds],
            required=True,
            key=f"{chosen.page}.pace",
            label_visibility="collapsed",
        )


def _draw_train(chosen: Choices, run_view: RunView) -> None:
    recipe = chosen.recipe
    label = _("Train")
    if run_view.epoch:
        label = _("Go on to epoch {last}").format(last=f"{recipe.hyperparameters.epochs:,}")
    help, obstacle = "", "" if is_stored(run_view) else obstacle_to(recipe)
    if run_view.state == "diverged":
        label = _("Train")
        help = _("This training has fallen over, and would again: change a setting first.")
    draw_start(
        label,
        f"{chosen.page}.train",
        partial(_submit, chosen),
        disabled=bool(obstacle or help),
        width="stretch",
        shortcut="Ctrl+Enter",
        help=help or None,
    )
    if obstacle:
        st.error(in_markdown(obstacle))


def is_stored(run_view: RunView) -> bool:
    """Whether the run is complete, be it that its visitor has not asked for it."""
    if run_view.complete or asked_runs.has_asked(run_view.run.id):
        return run_view.complete
    return view_run(run_view.recipe).complete


def draw_start(
    label: str, key: str, submit: Callable[[], None], *, disabled: bool, **more: Any
) -> None:
    """A button that has something trained; `more` is as for `st.button`."""
    # No callback: that would still be of the settings before those that were typed right before
    # the click.
    more = {"icon": ":material/play_arrow:"} | more
    is_clicked = st.button(label, key=key, type="primary", disabled=disabled, **more)
    if is_clicked and not disabled:
        submit()
        st.rerun()


def obstacle_to(recipe: Recipe) -> str:
    """Why this machine does not train a recipe; "" if it does."""
    store = execution.dispatcher().store
    return limits.obstacle(recipe, estimate(recipe), settings.current(), store)


def _draw_stop(chosen: Choices, run_view: RunView) -> None:
    if execution.dispatcher().is_background(run_view.run.id):
        now = partial(submit_training, chosen, run_view.recipe)
        _draw_action(chosen, "train", _("Train now"), "play_arrow", now)
        st.caption(_("So far it is trained only while nobody else's run waits."))
        return
    others = len(execution.dispatcher().visitors(run_view.run.id) - {visitor()})
    if others and run_view.run.id in runs_left():
        again = partial(submit_training, chosen, run_view.recipe)
        _draw_action(chosen, "stop", _("Join again"), "group_add", again)
        text = _n(
            "You have left this run. It goes on, as {number} other still wants it.",
            "You have left this run. It goes on, as {number} others still want it.",
            others,
        )
        st.caption(text.format(number=others))
        return
    label = _("Leave the queue") if run_view.state == "waiting" else _("Stop")
    help = _("The run is kept and can go on later.")
    if others:
        text = _n(
            "It goes on now for {number} other.", "It goes on now for {number} others.", others
        )
        help += " " + text.format(number=others)
    _draw_action(chosen, "stop", label, "stop", partial(_leave, run_view.run.id), help)


def _draw_action(
    chosen: Choices, name: str, label: str, icon: str, act: Callable[[], None], help: str = ""
) -> None:
    """A button in the place of Train."""
    st.button(
        label,
        key=f"{chosen.page}.{name}",
        icon=f":material/{icon}:",
        on_click=act,
        width="stretch",
        help=help or None,
    )


def runs_left() -> set[str]:
    """Runs that this visitor has left while others still want them."""
    return st.session_state.setdefault("left", set())


def _leave(run_id: str) -> None:
    if not execution.dispatcher().stop(run_id, visitor()):
        runs_left().add(run_id)


def _draw_continue(chosen: Choices, run_view: RunView) -> None:
    more = chosen.recipe.hyperparameters.epochs - chosen.recipe.first_epoch
    try:
        further = chosen.recipe.continue_for(more)
    except HyperparameterError:
        st.button(
            _("Trained to the end"),
            key=f"{chosen.page}.continue",
            icon=":material/done_all:",
            disabled=True,
            width="stretch",
            help=_("Trained as far as this page allows."),
        )
        return
    label = _n("Continue: {more:,} more epoch", "Continue: {more:,} more epochs", more)
    label = label.format(more=more)
    act = partial(submit_training, chosen, further)
    _draw_action(chosen, "continue", label, "fast_forward", act)


def submit_training(chosen: Choices, recipe: Recipe) -> None:
    """Trains a recipe; runs before the page's script, as the answer to a click.

    The pace is that of the click: whoever chooses one and clicks at once may be faster than the
    page, whose buttons are still those of the former pace.
    """
    choices.go_to(chosen, recipe)
    if not chosen.messages:
        _submit(chosen)


def _submit(chosen: Choices) -> None:
    recipe, pace = chosen.recipe, st.session_state.get(f"{chosen.page}.pace", 0)
    try:
        recipe.hyperparameters.replace()  # own data may have been erased while the page was open
        asked_runs.ask(recipe.run_id())
        if view_run(recipe).complete:  # the server or somebody else has trained it
            if pace:
                asked_runs.start_replay(recipe.run_id(), float(pace))
            else:
                asked_runs.end_replay()
            return
        run_id = execution.dispatcher().submit(
            recipe,
            visitor=visitor(),
            at_least_seconds=float(pace),
            expected_seconds=estimate(recipe),
        )
        runs_left().discard(run_id)
    except (RunError, datasets.DataError, HyperparameterError) as error:
        chosen.messages = [str(error)]


def preview_cost(run_view: RunView, pace: int) -> str:
    """What a click would cost, or that it would cost nothing."""
    recipe = run_view.recipe
    parts = [_("{count} parameters").format(count=f"{recipe.hyperparameters.num_parameters:,}")]
    if run_view.complete:
        pass  # what it would cost is nothing any more
    elif is_stored(run_view):
        parts.append(_("stored already: no wait"))
    else:
        needed = duration(max(estimate(recipe), pace))
        parts.append(_("about {duration} here").format(duration=needed))
        ahead = execution.dispatcher().num_ahead(visitor())
        if ahead:
            parts.append(_("{number} ahead of you").format(number=ahead))
    if execution.dispatcher().is_broken:
        parts.append(_("no training process at the moment"))
    elif not execution.dispatcher().is_warm:
        parts.append(_("the training process is starting"))
    return " · ".join(parts)


def estimate(recipe: Recipe) -> float:
    """Seconds that training a recipe is likely to take on this machine, with what has to be
    trained first."""
    store = execution.dispatcher().store
    machine, speed = settings.current(), _correction(str(store.root))
    return estimates.estimate_seconds(recipe, store, machine, speed)


@st.cache_data(ttl=20, max_entries=4, show_spinner=False)
def _correction(root: str) -> float:
    """How this machine's speed differs from the rough constants, by the runs that lessons begin
    with: what else is trained visitors choose, for whom others' estimates are not to change."""
    finished = []
    for run in map(execution.dispatcher().store.run, default_run_ids()):
        try:
            config, result = run.config, run.result()
            if config and result:
                finished.append((Recipe.from_dict(config), result))
        except (UnreadableError, ValueError, TypeError, KeyError):
            continue  # damaged, or of another version
    return estimates.correction(finished)
