"""What the teacher does to the classroom wall: opens it, chooses its axes, pins runs and takes dots
and nicknames down."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.classroom import door, wall
from dashboard.classroom.axes import AXES
from dashboard.classroom.door import only_teacher
from dashboard.classroom.dots import Dot
from dashboard.classroom.wall import Board, WallView
from dashboard.classroom.wall_runs import Runs, is_public, title_of
from dashboard.comparison import selection
from dashboard.database.databases import DatabaseError
from dashboard.jobs import execution
from dashboard.text.i18n import _
from models.runs.files import RunError

PROBLEM = "wall.problem"
"""Where the session keeps what went wrong with a click, for the page."""

_UNDO = "wall.removed"


def try_to(deed: Callable[..., object], *arguments: Any) -> None:
    """Answers a widget, and keeps what went wrong for the page."""
    try:
        deed(*arguments)
    except (DatabaseError, RunError) as error:
        st.session_state[PROBLEM] = str(error)


# Deeds


@only_teacher
def choose_board(name: str, key: str) -> None:
    """Answers a widget: its value becomes that part of the board."""
    here = wall.here()
    here.board = dataclasses.replace(here.board, **{name: st.session_state[key]})


@only_teacher
def clear() -> None:
    """Takes all dots down."""
    taken = wall.here().take_down()
    _offer_undo(_("All dots are down."), partial(wall.here().put_up, taken))


@only_teacher
def take_down(dot: Dot) -> None:
    """Takes one dot down; its run stays, and may be pinned."""
    taken = wall.here().take_down(dot)
    _offer_undo(_("The dot is down."), partial(wall.here().put_up, taken))


@only_teacher
def erase_nickname(dot: Dot) -> None:
    """Takes the nickname away from whoever a dot belongs to."""
    wall.here().call(dot.visitor, "")
    back = partial(wall.here().call, dot.visitor, dot.nickname)
    _offer_undo(_("The nickname is gone from all dots of this visitor."), back)


@only_teacher
def erase_unused() -> None:
    """Takes the nicknames away from all who have no dot."""
    erased = wall.here().erase_unused_names()
    _offer_undo(_("The names without a dot are gone."), partial(wall.here().put_names_back, erased))


@only_teacher
def undo() -> None:
    """Takes the last removal back."""
    if _UNDO in st.session_state:  # a second click may come before the button has gone
        _text, back = st.session_state.pop(_UNDO)
        back()


@only_teacher
def pin(run_id: str, is_pinned: bool) -> None:
    """Pins a run to the wall, where it is safe from eviction, or takes it down.

    Raises:
        RunError: If its owner has not agreed that all may see it, or it cannot be pinned.
    """
    here, run = wall.here(), execution.dispatcher().store.run(run_id)
    if not is_pinned:
        here.hide(run_id)
        run.unpin()
        return
    try:
        agreed = is_public(selection.usable_recipe(run))
    except ValueError as error:
        raise RunError(str(error)) from error
    if not agreed:
        raise RunError(
            _(
                "This run is on own data of somebody who has not shared them. Ask for that, under "
                "“Own data” on the lesson's page."
            )
        )
    run.pin()
    here.show(run_id)


def _offer_undo(text: str, back: Callable[[], None]) -> None:
    st.session_state[_UNDO] = text, back


# What is drawn


def draw(wall_view: WallView, runs: Runs) -> None:
    """What only the teacher may do. Not redrawn by itself: a list that is open stays open."""
    with st.expander(_("For the teacher"), icon=":material/school:"):
        if not door.ask_password():
            return
        _draw_board(wall_view.board)
        _draw_dots(wall_view, runs)
        _draw_undo()
        st.button(_("Leave"), key="wall.leave", icon=":material/logout:", on_click=_leave)


def _leave() -> None:
    st.session_state.pop(_UNDO, None)
    door.leave()


def _draw_board(board: Board) -> None:
    names = list(AXES)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.toggle(
            _("The wall is open"),
            board.is_open,
            key="wall.open",
            on_change=try_to,
            args=(choose_board, "is_open", "wall.open"),
            help=_("Runs that end while it is closed do not appear."),
        )
        for name, label in (("x", _("To the right")), ("y", _("Upward"))):
            st.selectbox(
                label,
                names,
                names.index(getattr(board, name)),
                format_func=lambda one: AXES[one].label,
                key=f"wall.{name}",
                width=260,
                on_change=try_to,
                args=(choose_board, name, f"wall.{name}"),
            )
        _draw_deed(
            _("Take all dots down"), "clear", "mop", clear, help=_("The runs stay; their dots go.")
        )
        _draw_deed(
            _("Erase names without a dot"),
            "unused",
            "person_off",
            erase_unused,
            help=_("Makes room when somebody has made up so many that others get none."),
        )


def _draw_dots(wall_view: WallView, runs: Runs) -> None:
    """One dot or pinned run to choose, and what can be done with it."""
    offered = _offered(wall_view, runs)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            _("A run of the wall"),
            list(offered),
            None,
            key="wall.run",
            width=520,
            placeholder=_("Choose one") if offered else _("no run yet"),
        )
        dot = offered.get(name or "")
        is_shown = dot is not None and dot.run_id in wall_view.shown
        is_dot = dot is not None and bool(dot.visitor)
        _draw_deed(
            _("Unpin") if is_shown else _("Pin for everybody"),
            "pin",
            "keep_off" if is_shown else "keep",
            pin,
            *((dot.run_id, not is_shown) if dot else ()),
            disabled=dot is None,
        )
        _draw_deed(_("Take this dot down"), "remove", "remove", take_down, dot, disabled=not is_dot)
        _draw_deed(
            _("Erase this nickname"),
            "unname",
            "person_off",
            erase_nickname,
            dot,
            disabled=not (dot and dot.nickname),
            help=_("From all dots of this visitor, who can choose another one."),
        )


def _offered(wall_view: WallView, runs: Runs) -> dict[str, Dot]:
    """What there is to choose from by what it is called; a pinned run without a dot is one of
    nobody's."""
    with_dots = {dot.run_id for dot in wall_view.dots}
    alone = [Dot(run_id, "", "", 0.0) for run_id in wall_view.shown if run_id not in with_dots]
    found: dict[str, Dot] = {}
    for dot in [*wall_view.dots, *alone]:
        if dot.run_id not in runs:
            continue
        at = time.strftime(", %H:%M:%S", time.localtime(dot.at)) if dot.at else ""
        name = f"{dot.people}{at} · {title_of(runs[dot.run_id][0])}"
        while name in found:
            name += " ·"  # Streamlit tells options apart by their texts
        found[name] = dot
    return found


def _draw_undo() -> None:
    if _UNDO in st.session_state:
        text, _back = st.session_state[_UNDO]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(text, width="content")
            _draw_deed(_("Undo"), "undo", "undo", undo)


def _draw_deed(
    label: str, key: str, icon: str, deed: Callable[..., None], *arguments: Any, **more: Any
) -> None:
    st.button(
        label,
        key=f"wall.{key}",
        icon=f":material/{icon}:",
        on_click=try_to,
        args=(deed, *arguments),
        **more,
    )
