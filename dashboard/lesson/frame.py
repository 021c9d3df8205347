"""The frame of every lesson that trains: what is chosen, and what the run shows now.

`watch` gets a function that draws a page's pictures. That function gets a `RunView` and is called
again and again while the run is being trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.catalogue import lessons
from dashboard.components.epoch_slider import epoch_slider
from dashboard.components.glossary import glossary
from dashboard.components.metric_row.metric_row import Metric, metric_row
from dashboard.controls import choices
from dashboard.controls.choices import Choices
from dashboard.jobs import execution
from dashboard.lesson import branching
from dashboard.lesson.buttons import runs_left
from dashboard.lesson.history import note_seen
from dashboard.lesson.outage import draw_outage
from dashboard.lesson.progress import draw_status, draw_unreadable
from dashboard.runs.run_view import RunView, view_asked
from dashboard.session import asked_runs, render_slots
from dashboard.session.visitors import visitor
from dashboard.text.foreign import first_messages, in_markdown
from dashboard.text.i18n import _
from models.data import datasets
from models.runs.files import UnreadableError

POLL_SECONDS = 0.4
"""How often a page looks at a run in training, unless many pages do."""

ONLOOKER_SECONDS = 0.06
"""How much longer a page waits between two such looks for each page that looks: with more than
six onlookers each looks less often, so that thirty leave the server time for who opens a page."""

IDLE_SECONDS = 8.0
"""How often a page looks at any other run: somebody else may start it, and looking protects it
from being evicted."""


def load(name: str) -> Choices | None:
    """What the visitor has chosen on a lesson; None, with an explanation on the page, if this
    server trains nothing.

    Args:
        name: Of the lesson, see `lessons.Lesson`.
    """
    glossary.begin()
    return choices.load_choices(lessons.by_name(name)) if is_served() else None


def show_problems(chosen: Choices) -> None:
    """What was wrong with the address, or with what was asked for last."""
    show_messages(
        _("Some of this address could not be used; the other settings are as it says."),
        chosen.messages,
    )


def settle(chosen: Choices) -> None:
    """Writes what is chosen into the address; ends the page's script, with an explanation, where
    the data set cannot be had."""
    choices.write_address(chosen)
    try:
        chosen.recipe.run_id()
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        st.stop()


def is_served() -> bool:
    """Whether this page belongs to a server that has a store of runs; says so where not, and where
    nothing can be trained for now."""
    if execution.current() is None:
        st.error(
            _(
                "The training processes are not running. Start the lab with "
                "`streamlit run streamlit_app.py` from its folder."
            )
        )
        return False
    draw_outage()
    return True


def show_messages(title: str, messages: Sequence[str]) -> None:
    """What is wrong with an address, below a sentence that says what that means."""
    if messages:
        text = "\n".join([f"{title}\n", *(f"- {one}" for one in first_messages(messages))])
        st.warning(text, icon=":material/link_off:")


def draw_device_note() -> None:
    """Whether this server has a GPU, once that is known."""
    gpu = execution.dispatcher().gpu
    if gpu is not None:
        found = _("GPU found: {name}.") if gpu else _("No GPU here: trained on the CPU.")
        st.caption(found.format(name=in_markdown(gpu)))


def watch(
    chosen: Choices,
    numbers: Callable[[RunView], list[Metric]],
    draw: Callable[[RunView], None],
    busy: Callable[[RunView], bool] = lambda run_view: False,
) -> None:
    """Draws the run's progress, numbers and pictures, and keeps them up to date.

    Args:
        chosen: The visitor's choices.
        numbers: The page's most important figures of a `RunView`.
        draw: Draws the page's pictures of a `RunView`; called again twice a second and more while
            the run is in training.
        busy: Whether something else is under way that is worth looking at as often.
    """
    recipe = chosen.recipe
    first = view_asked(recipe)
    was_busy, was_replayed = busy(first), asked_runs.is_replayed(first.run.id)
    rest = epoch_slider.epoch_at_rest(first)
    pace = _seconds_between_looks() if first.active or was_busy else IDLE_SECONDS

    @render_slots.fragment(run_every=pace)
    def pictures() -> None:
        if chosen.recipe != recipe or choices.loss(recipe):
            st.rerun()  # a button among the pictures has changed the settings, or data have gone
        run_view = view_asked(recipe)
        if run_view.run.exists:
            run_view.run.watch(visitor())
        if run_view.active and run_view.run.id not in runs_left():
            execution.dispatcher().touch_viewer(run_view.run.id, visitor())
        try:
            _draw_overview(chosen, run_view, numbers(run_view))
            if not run_view.trouble:
                draw(run_view)
        except UnreadableError as trouble:
            draw_unreadable(chosen, trouble)
        hurry = _seconds_between_looks() / pace if run_view.active else 1.0
        if run_view.state != first.state or busy(run_view) != was_busy or not 0.5 <= hurry <= 2.0:
            st.rerun()  # the buttons change, or the pace of looking
        if asked_runs.is_replayed(run_view.run.id) != was_replayed:
            st.rerun()  # the guide goes on
        if branching.is_open(chosen) and epoch_slider.epoch_at_rest(run_view) != rest:
            st.rerun()  # the branch is to begin where the film rests

    pictures()
    note_seen(chosen, first)


def _seconds_between_looks() -> float:
    return max(POLL_SECONDS, ONLOOKER_SECONDS * execution.dispatcher().num_onlookers())


def _draw_overview(chosen: Choices, run_view: RunView, numbers: list[Metric]) -> None:
    """Progress on the left, the numbers beside it: both in view above the pictures."""
    with st.container(key="overview", horizontal=True, vertical_alignment="center"):
        with st.container(key="status"):
            draw_status(chosen, run_view)
        metric_row(run_view, numbers, f"{chosen.page}.metrics")
