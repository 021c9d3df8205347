"""The classroom wall: the class's runs as dots on one plot, and what the teacher has pinned."""

import dataclasses
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard.catalogue.lessons import LESSONS
from dashboard.classroom import teacher, wall
from dashboard.comparison import selection
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.controls import choices
from dashboard.database.databases import DatabaseError
from dashboard.figures import wall_charts
from dashboard.jobs import execution
from dashboard.lesson import frame
from dashboard.session import appearance, render_slots
from dashboard.session.visitors import visitor
from dashboard.text.i18n import _
from models.runs.files import RunError
from models.runs.recipe import Recipe

LOOK_SECONDS = 4.0

glossary.begin()
appearance.draw_title(_("Classroom wall"))
if not frame.is_served() or wall.current() is None:
    st.stop()
glossary.prose(
    _(
        "While the wall is open, every run that somebody of the class trains to its end appears "
        "here as a dot, without a name unless you give yourself one."
    )
)


def try_to(deed: Callable[..., object], *arguments: Any) -> None:
    """Answers a widget, and keeps what went wrong for the page."""
    try:
        deed(*arguments)
    except (DatabaseError, RunError) as error:
        st.session_state["wall.problem"] = str(error)


def call() -> None:
    """Takes over the nickname that the visitor has typed."""
    wall.current().call(visitor(), st.session_state["wall.nickname"])


def draw_nickname() -> None:
    """How the visitor's own dots are called."""
    here = wall.current()
    st.text_input(
        _("Your nickname"),
        here.nickname(visitor()),
        max_chars=wall.MAX_NICKNAME,
        key="wall.nickname",
        width=320,
        on_change=try_to,
        args=(call,),
        placeholder=_("none: your dots have no name"),
        help=_(
            "Everybody in the class can read it. Not your real name. Empty it to erase it. It is "
            "yours until you close the browser."
        ),
    )


def choose_board(name: str, key: str) -> None:
    """Answers a widget of the teacher's: its value becomes that part of the board."""
    here = wall.current()
    here.board = dataclasses.replace(here.board, **{name: st.session_state[key]})


def draw_board(board: wall.Board) -> None:
    """What the teacher chooses."""
    names = list(wall.AXES)
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
                format_func=lambda one: wall.AXES[one].label,
                key=f"wall.{name}",
                width=260,
                on_change=try_to,
                args=(choose_board, name, f"wall.{name}"),
            )
        st.button(
            _("Take all dots down"),
            key="wall.clear",
            icon=":material/mop:",
            on_click=try_to,
            args=(wall.current().clear,),
            help=_("The runs stay; their dots go."),
        )


def found_runs(wall_view: wall.WallView) -> dict[str, tuple[Recipe, dict]]:
    """Recipe and result of each run on the wall that is still in the store, by its id."""
    store, found = execution.current().store, {}
    for run_id in wall_view.run_ids:
        run = store.run(run_id)
        try:
            recipe, result = selection.usable_recipe(run), run.result()
        except ValueError:
            continue  # evicted, or of another version
        if result and result["status"] == "completed":
            found[run_id] = recipe, result
    return found


def title_of(recipe: Recipe) -> str:
    """The type, and what is not as in its preset."""
    fields = recipe.hyperparameters.fields()
    changes = recipe.hyperparameters.difference(recipe.type.preset("ours"))
    texts = ", ".join(f"{_(fields[name].label).lower()} {text}" for name, text in changes.items())
    return f"{_(recipe.type.title)}: {texts}" if texts else _(recipe.type.title)


def points_of(wall_view: wall.WallView, runs: dict[str, tuple[Recipe, dict]]) -> list[tuple]:
    """The dots that have a place on both axes, as `wall_charts.dots` draws them."""
    x, y = wall.AXES[wall_view.board.x], wall.AXES[wall_view.board.y]
    points, own = [], visitor()
    for dot in wall_view.dots:
        if dot.run_id in runs:
            recipe, result = runs[dot.run_id]
            place = x.value(recipe, result), y.value(recipe, result)
            if None not in place:
                label = f"{dot.nickname or _('somebody')} · {title_of(recipe)}"
                points.append((_(recipe.type.title), label, *place, dot.visitor == own))
    return points


@render_slots.fragment(run_every=LOOK_SECONDS)
def draw_wall(offered: list[str]) -> None:
    """The dots and the pinned runs; `offered` are those that the teacher can choose among."""
    try:
        wall_view = wall.current().look()
    except DatabaseError as error:
        st.error(str(error), icon=":material/database_off:")
        return
    runs, board = found_runs(wall_view), wall_view.board
    if points := points_of(wall_view, runs):
        x, y = wall.AXES[board.x], wall.AXES[board.y]
        alt = _("{count} runs of the class: {x} to the right, {y} upward")
        live_plots(
            [wall_charts.dots(points, x.label, y.label, x_log=x.log, y_log=y.log)],
            key="wall.dots",
            alts=[alt.format(count=len(points), x=x.label, y=y.label)],
            height=460,
        )
    elif board.is_open:
        st.info(_("The wall is open and empty. Train something: its dot appears here."))
    else:
        st.info(_("The wall is closed. The teacher can open it."))
    draw_pinned(wall_view.shown, runs)
    if teacher.is_here() and list(runs) != offered:
        st.rerun()  # there are others to choose among now


def draw_pinned(run_ids: list[str], runs: dict[str, tuple[Recipe, dict]]) -> None:
    """The runs that the teacher has pinned, each with the way to it."""
    shown = [run_id for run_id in run_ids if run_id in runs]
    if shown:
        st.subheader(_("Pinned by the teacher"))
    for run_id in shown:
        recipe, _result = runs[run_id]
        at = next(one for one in LESSONS if one.type == recipe.type.name)
        chosen = choices.Choices(recipe, at.name, at.start)
        st.page_link(
            at.path,
            label=title_of(recipe),
            icon=at.icon,
            query_params=choices.address_parameters(chosen, complete=True),
        )


def pin(run_id: str, pinned: bool) -> None:
    """Pins a run to the wall, where it is safe from eviction, or takes it down."""
    here, run = wall.current(), execution.current().store.run(run_id)
    if pinned:
        run.pin()
        here.show(run_id)
    else:
        here.hide(run_id)
        run.unpin()


def draw_pinning(wall_view: wall.WallView, runs: dict[str, tuple[Recipe, dict]]) -> None:
    """The teacher's choice of what everybody can open."""
    names = {dot.run_id: dot.nickname for dot in wall_view.dots if dot.nickname}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        run_id = st.selectbox(
            _("A run of the wall"),
            list(runs),
            None,
            format_func=lambda one: f"{names.get(one, _('somebody'))} · {title_of(runs[one][0])}",
            key="wall.run",
            width=520,
            placeholder=_("Choose one") if runs else _("no run yet"),
        )
        is_shown = run_id in wall_view.shown
        st.button(
            _("Take down") if is_shown else _("Pin for everybody"),
            key="wall.pin",
            icon=":material/keep_off:" if is_shown else ":material/keep:",
            disabled=run_id is None,
            on_click=try_to,
            args=(pin, run_id, not is_shown),
        )


def draw_teacher(wall_view: wall.WallView, runs: dict[str, tuple[Recipe, dict]]) -> None:
    """What only the teacher may do. Not redrawn by itself: a list that is open stays open."""
    with st.expander(_("For the teacher"), icon=":material/school:"):
        if not teacher.ask_password():
            return
        draw_board(wall_view.board)
        draw_pinning(wall_view, runs)
        st.button(_("Leave"), key="wall.leave", icon=":material/logout:", on_click=teacher.leave)


if problem := st.session_state.pop("wall.problem", ""):
    st.warning(problem, icon=":material/block:")
try:
    draw_nickname()
    now = wall.current().look()
    found = found_runs(now)
    draw_wall(list(found))
    draw_teacher(now, found)
except DatabaseError as error:
    st.error(str(error), icon=":material/database_off:")
glossary.draw()
