"""For teachers: all runs of this server, to cancel, pin, delete and export."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.classroom import door, set_aside, teacher
from dashboard.comparison.table import as_csv
from dashboard.components.glossary import glossary
from dashboard.lesson import frame
from dashboard.session import render_slots
from dashboard.text.foreign import first_messages, in_markdown
from dashboard.text.i18n import _, _n

LOOK_SECONDS = 5.0
DELETING = "runs.deleting"

glossary.begin()
st.title(_("All runs"))
if not frame.is_served() or not door.ask_password():
    st.stop()


def do(deed: Callable[..., list[str]], run_ids: list[str], *arguments: Any) -> None:
    """Answers a click: does it, and keeps for the page for how many runs, and what went wrong."""
    try:
        problems = deed(run_ids, *arguments)
    except door.NotSignedIn:
        return  # the page asks for the password
    st.session_state["runs.outcome"] = len(run_ids) - len(problems), len(run_ids), problems


def leave() -> None:
    """Answers the click, and leaves nothing of what was done on the page."""
    st.session_state.pop("runs.outcome", None)
    door.leave()


def delete(run_ids: list[str], force: bool) -> None:
    """Answers the click, and closes what it was in."""
    st.session_state[DELETING] = False
    do(teacher.delete, run_ids, force)


columns = st.column_config
COLUMNS = {
    _("Run"): columns.TextColumn(
        help=_("Its type and a fingerprint of its settings: the same settings, the same run.")
    ),
    _("State"): columns.TextColumn(
        help=_(
            "waiting: in the queue; running: in training; completed: up to its last epoch; "
            "stopped or interrupted: can go on; diverged: its loss grew without bound; "
            "failed: its page says why; unreadable: a file is damaged, the settings' column says "
            "which."
        )
    ),
    _("Before it"): columns.TextColumn(
        help=_("How many runs are trained before this one, of those that wait.")
    ),
    _("Visitors"): columns.NumberColumn(help=_("How many want it, or have it on the screen.")),
    _("Held-out loss"): columns.NumberColumn(
        format="%.4g",
        help=_(
            "What the training made small, on examples that it has not seen. Comparable "
            "among runs of one type only."
        ),
    ),
    _("Pinned"): columns.CheckboxColumn(
        help=_("Safe from being removed to make room for newer runs.")
    ),
    _("MB"): columns.NumberColumn(format="%.1f"),
    _("Last used"): columns.DatetimeColumn(format="D MMM, HH:mm"),
    _("Settings"): columns.TextColumn(help=_("All settings, as the page's address has them.")),
}


@render_slots.fragment(run_every=LOOK_SECONDS)
def draw_runs() -> None:
    """The table of all runs, and what the teacher can do with those that are chosen."""
    if not door.is_here():
        st.rerun()  # the page asks for the password: what stands above is not run again here
    set_aside.draw()
    rows = teacher.table()
    seen = st.session_state.get("runs.seen", [])
    st.session_state["runs.seen"] = rows[_("Run")].tolist() if len(rows) else []
    if st.session_state["runs.seen"][: len(seen)] != seen:  # rows have gone: none is selected now
        st.session_state["runs.version"] = st.session_state.get("runs.version", 0) + 1
    if rows.empty:
        st.info(_("No run yet. What the class trains appears here by itself."))
        return
    states = rows[_("State")].value_counts()
    text = _n(
        "**{count}** run, {megabytes:,.0f} MB: {states}",
        "**{count}** runs, {megabytes:,.0f} MB: {states}",
        len(rows),
    )
    st.markdown(
        text.format(
            count=len(rows),
            megabytes=rows[_("MB")].sum(),
            states=", ".join(f"{number} {in_markdown(one)}" for one, number in states.items()),
        )
    )
    chosen = st.dataframe(
        rows,
        hide_index=True,
        selection_mode="multi-row",
        on_select="rerun",
        key=f"runs.table.{st.session_state.get('runs.version', 0)}",
        column_config=COLUMNS,
    )
    ids = rows[_("Run")].iloc[chosen.selection.rows].tolist()
    draw_deeds(ids)
    draw_outcome()
    draw_downloads(rows, ids)


def draw_downloads(rows: pd.DataFrame, ids: list[str]) -> None:
    """Buttons for the table, and for the files of what is selected."""
    with st.container(horizontal=True):
        st.download_button(
            _("All as CSV"),
            door.while_here(lambda: as_csv(rows)),
            "autoencoder-lab-runs.csv",
            "text/csv",
            key="runs.csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Selected as ZIP"),
            door.while_here(lambda: teacher.as_zip(ids)),
            "autoencoder-lab-runs.zip",
            "application/zip",
            key="runs.zip",
            icon=":material/folder_zip:",
            on_click="ignore",
            disabled=not ids,
            help=_("Configuration, numbers, weights and pictures, a folder for each run."),
        )
        st.button(_("Leave"), key="runs.leave", icon=":material/logout:", on_click=leave)


def draw_outcome() -> None:
    """What became of the last click."""
    if "runs.outcome" not in st.session_state:
        return
    done, count, problems = st.session_state["runs.outcome"]
    text = _n("Done for {done} of {count} run.", "Done for {done} of {count} runs.", count)
    text = text.format(done=done, count=count)
    if not problems:
        st.success(text, icon=":material/check:")
    for problem in first_messages(problems):
        trouble = f"{text} {problem}"
        st.warning(trouble, icon=":material/block:")


def draw_deeds(ids: list[str]) -> None:
    """Buttons for what is selected."""
    text = _("Select runs by the boxes at their left.")
    if ids:
        text = _("{count} selected").format(count=len(ids))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(text, width="content")
        for label, key, icon, deed in (
            (_("Cancel"), "cancel", ":material/stop:", (teacher.cancel, ids)),
            (_("Pin"), "pin", ":material/keep:", (teacher.pin, ids, True)),
            (_("Unpin"), "unpin", ":material/keep_off:", (teacher.pin, ids, False)),
        ):
            st.button(label, key=f"runs.{key}", icon=icon, on_click=do, args=deed, disabled=not ids)
        draw_deletion(ids)


def draw_deletion(ids: list[str]) -> None:
    """Deletes what is selected, when it has been said twice."""
    with st.popover(
        _("Delete …"),
        icon=":material/delete:",
        disabled=not ids,
        key=DELETING,
        on_change="rerun",  # so that it can be closed from here
    ):
        st.markdown(_("A deleted run is gone for everybody; training it again takes its time."))
        force = st.checkbox(_("Also what is pinned or on somebody's screen"), key="runs.force")
        st.button(
            _n("Delete {count} run", "Delete {count} runs", len(ids)).format(count=len(ids)),
            key="runs.delete",
            type="primary",
            disabled=not ids,
            on_click=delete,
            args=(ids, force),
        )


draw_runs()
