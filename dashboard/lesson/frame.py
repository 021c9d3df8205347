"""The frame of every lesson that trains: settings, buttons, and what the run shows now.

A page calls `open_lesson`, then `watch` with a function that draws its pictures. That function
gets a `RunView` and is called again and again while the run is being trained.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.catalogue import lessons
from dashboard.components.glossary import glossary
from dashboard.controls import choices, panel
from dashboard.controls.choices import Choices
from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.lesson.buttons import draw_buttons, runs_left
from dashboard.lesson.history import note_seen
from dashboard.lesson.outage import draw_outage
from dashboard.lesson.progress import draw_status, draw_unreadable
from dashboard.runs.run_view import RunView, view_run
from dashboard.session import appearance, render_slots
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


@dataclass(frozen=True)
class Metric:
    """A figure that a page shows large: its name, its value, what to compare it with, and a
    sentence on what it is."""

    label: str
    value: str
    comparison: str
    help: str


def value_text(value: float | None, spec: str) -> str:
    """A value as metrics print it, such as ".0%"; a dash for none."""
    return "–" if value is None else format(value, spec)


def open_lesson(name: str, pace: int = 0) -> Choices | None:
    """Draws a lesson's settings and buttons in the sidebar, and what was wrong with its address.

    Args:
        name: Of the lesson, see `lessons.Lesson`.
        pace: One of `PACES`, until the visitor chooses another.

    Returns:
        The visitor's choices; None, with an explanation on the page, if nothing can be trained.
    """
    glossary.begin()
    if not is_served():
        return None
    dispatcher = execution.dispatcher()
    chosen = choices.load_choices(lessons.by_name(name))
    with st.sidebar:
        top = st.container()
        panel.draw(chosen)
        _draw_device_note(dispatcher)
        appearance.draw_switch()
    show_messages(
        _("Some of this address could not be used; the other settings are as it says."),
        chosen.messages,
    )
    choices.write_address(chosen)
    try:
        run_view = view_run(chosen.recipe)
    except datasets.DataError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return None
    with top:
        draw_buttons(chosen, run_view, pace)
    return chosen


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


def _draw_device_note(dispatcher: Dispatcher) -> None:
    if dispatcher.gpu is not None:
        found = _("GPU found: {name}.") if dispatcher.gpu else _("No GPU here: CPU it is.")
        st.caption(found.format(name=in_markdown(dispatcher.gpu)))


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
    first = view_run(recipe)
    was_busy = busy(first)
    pace = _seconds_between_looks() if first.active or was_busy else IDLE_SECONDS

    @render_slots.fragment(run_every=pace)
    def pictures() -> None:
        if chosen.recipe != recipe or choices.loss(recipe):
            st.rerun()  # a button among the pictures has changed the settings, or data have gone
        run_view = view_run(recipe)
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

    pictures()
    note_seen(chosen, first)


def _seconds_between_looks() -> float:
    return max(POLL_SECONDS, ONLOOKER_SECONDS * execution.dispatcher().num_onlookers())


def _draw_overview(chosen: Choices, run_view: RunView, numbers: list[Metric]) -> None:
    """Progress on the left, the numbers beside it: both in view above the pictures."""
    progress, *rest = st.columns([2.2, *(1 for _ in numbers)], vertical_alignment="center")
    with progress:
        draw_status(chosen, run_view)
    plain: dict[str, Any] = {"delta_color": "off", "delta_arrow": "off"}
    for column, one in zip(rest, numbers, strict=True):
        column.metric(one.label, one.value, one.comparison, help=one.help, **plain)
