"""The classroom wall: the class's runs as dots on one plot, and what the teacher has pinned."""

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import LESSONS
from dashboard.classroom import door, moderation, nicknames, wall, wall_runs
from dashboard.classroom.axes import AXES
from dashboard.classroom.wall_runs import Runs
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.controls import choices
from dashboard.database.databases import DatabaseError
from dashboard.figures import wall_charts
from dashboard.lesson import frame
from dashboard.session import appearance, render_slots
from dashboard.session.visitors import visitor
from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _, _n

LOOK_SECONDS = 4.0

glossary.begin()
appearance.draw_title(_("Classroom wall"))
if not frame.is_served() or wall.current() is None:
    st.stop()
glossary.prose(
    _(
        "While the wall is open, every run that somebody of the class trains to its end appears "
        "here as one dot, without a name unless you give yourself one. Where several have asked "
        "for the same run, the dot has the name of the first."
    )
)


def call() -> None:
    """Takes over the nickname that the visitor has typed."""
    wall.here().call(visitor(), st.session_state["wall.nickname"])


def draw_nickname() -> None:
    """How the visitor's own dots are called."""
    here = wall.here()
    st.text_input(
        _("Your nickname"),
        here.nickname(visitor()),
        max_chars=nicknames.MAX_LENGTH,
        key="wall.nickname",
        width=320,
        on_change=moderation.try_to,
        args=(call,),
        placeholder=_("none: your dots have no name"),
        help=_(
            "Everybody in the class can read it. Not your real name. Empty it to erase it. It is "
            "yours until you close the browser."
        ),
    )


def points_of(wall_view: wall.WallView, runs: Runs) -> list[tuple]:
    """The dots that have a place on both axes, as `wall_charts.dots` draws them."""
    x, y = AXES[wall_view.board.x], AXES[wall_view.board.y]
    points = []
    for dot in wall_view.dots:
        if dot.run_id in runs:
            recipe, result = runs[dot.run_id]
            place = x.value(recipe, result), y.value(recipe, result)
            if None not in place:
                label = f"{dot.people} · {wall_runs.title_of(recipe)}"
                is_own = dot.run_id in wall_view.own
                points.append((_(recipe.type.title), label, *place, is_own))
    return points


@render_slots.fragment(run_every=LOOK_SECONDS)
def draw_wall(offered: list[str]) -> None:
    """The dots and the pinned runs; `offered` are those that the teacher can choose among."""
    try:
        wall_view = wall.here().look(visitor())
    except DatabaseError as error:
        st.error(in_markdown(error), icon=":material/database_off:")
        return
    runs, board = wall_runs.found_runs(wall_view), wall_view.board
    x, y = AXES[board.x], AXES[board.y]
    if points := points_of(wall_view, runs):
        alt = _n(
            "{count} run of the class: {x} to the right, {y} upward",
            "{count} runs of the class: {x} to the right, {y} upward",
            len(points),
        )
        live_plots(
            [wall_charts.dots(points, x.label, y.label, x_log=x.log, y_log=y.log)],
            key="wall.dots",
            alts=[alt.format(count=len(points), x=x.label, y=y.label)],
            height=460,
        )
    else:
        if board.is_open:
            st.info(_("The wall is open and empty. Train something: its dot appears here."))
        else:
            st.info(_("The wall is closed. The teacher can open it."))
        text = _("What the dots will show: {x} to the right, {y} upward.")
        st.markdown(text.format(x=x.label, y=y.label))
    if wall_view.num_more:
        text = _(
            "Dots that do not fit here: {count:,}. Everybody's latest is on show before anybody's "
            "second, and whoever came first before who came later. The teacher can take dots down."
        )
        st.caption(text.format(count=wall_view.num_more))
    if count := wall_runs.count_unreadable(wall_view, runs) + wall_view.num_unreadable:
        text = _(
            "Missing dots: {count}. What is stored of them cannot be read. The teacher can export "
            "or delete such runs on the page All runs."
        )
        st.caption(text.format(count=count))
    draw_held_back(wall_view)
    draw_pinned(wall_view.shown, runs)
    if door.is_here() and list(runs) != offered:
        st.rerun()  # there are others to choose among now


def draw_held_back(wall_view: wall.WallView) -> None:
    """Asks the visitor whether all may see runs of his or hers that are on own data."""
    if count := wall_runs.count_held_back(wall_view):
        text = _(
            "Your runs that have no dot here, as they are on your own data: {count}. If the class "
            "may see them, say so under “Own data” on the lesson's page."
        )
        st.caption(text.format(count=count))


def draw_pinned(run_ids: list[str], runs: Runs) -> None:
    """The runs that the teacher has pinned, each with the way to it."""
    shown = [run_id for run_id in run_ids if run_id in runs]
    if shown:
        st.subheader(_("Pinned by the teacher"))
    for run_id in shown:
        recipe, _result = runs[run_id]
        at = next(one for one in LESSONS if one.type == recipe.type.name)
        if not assignment.current().offers(at):
            st.markdown(in_markdown(wall_runs.title_of(recipe)))  # Streamlit has no page to link to
            continue
        chosen = choices.Choices(recipe, at.name, at.start)
        st.page_link(
            at.path,
            label=in_markdown(wall_runs.title_of(recipe)),
            icon=at.icon,
            query_params=choices.address_parameters(chosen, complete=True),
        )


if problem := st.session_state.pop(moderation.PROBLEM, ""):
    st.warning(in_markdown(problem), icon=":material/block:")
try:
    draw_nickname()
    now = wall.here().look()
    found = wall_runs.found_runs(now)
    draw_wall(list(found))
    moderation.draw(now, found)
except DatabaseError as error:
    st.error(in_markdown(error), icon=":material/database_off:")
glossary.draw()
