"""What only the teacher may do: see all runs, cancel, pin, delete and export them."""

from __future__ import annotations

import hmac
import io
import threading
import time
import zipfile
from collections.abc import Callable, Collection
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.session import render_slots
from dashboard.text.i18n import _
from models import settings
from models.runs.command import summary
from models.runs.files import RunError
from models.runs.run import Run
from models.runs.store import RunStore

WRONG_SECONDS = 1.0
"""How long the answer to a wrong password takes, of all visitors together: nobody tries many."""

KEPT = (".json", ".jsonl", ".npz")
"""Endings of the files that hold a run's configuration, numbers, weights and pictures."""

_ENTERED = "teacher"
_one_at_a_time = threading.Lock()


def is_here() -> bool:
    """Whether this session has given the password."""
    return bool(st.session_state.get(_ENTERED))


def ask_password() -> bool:
    """Whether this session has given the password; asks for it where not."""
    if is_here():
        return True
    with st.form("teacher.door", width=420):
        text = st.text_input(_("Teacher's password"), type="password", key="teacher.password")
        if st.form_submit_button(
            _("Enter"), type="primary", icon=":material/key:", key="teacher.enter"
        ):
            if is_password(text):
                st.session_state[_ENTERED] = True
                st.rerun()
            st.error(_("That is not the password."), icon=":material/lock:")
    return False


def leave() -> None:
    """Forgets that the password was given."""
    st.session_state.pop(_ENTERED, None)


def is_password(text: str) -> bool:
    """Compares with the server's password, in a time that tells nothing about it."""
    password = settings.current().teacher_password
    if password and hmac.compare_digest(text.encode(), password.encode()):
        return True
    render_slots.give_up()
    with _one_at_a_time:
        time.sleep(WRONG_SECONDS)
    return False


# Lists


def table() -> pd.DataFrame:
    """All runs, one row each, in the order in which they were asked for: while the class goes on
    training rows are added at the end, so that a selection stays on its rows."""
    dispatcher = execution.dispatcher()
    wanted = dispatcher.wanted()
    runs = [(run.config or {}, run) for run in dispatcher.store.runs()]
    runs.sort(key=lambda one: (one[0].get("created", 0.0), one[1].id))
    return pd.DataFrame([_row(run, config, dispatcher, wanted) for config, run in runs])


def _row(
    run: Run, config: dict, dispatcher: Dispatcher, wanted: dict[str, int]
) -> dict[str, object]:
    about, place = summary(run), dispatcher.position(run.id)
    waits = place is not None and about["state"] != "running"
    return {
        _("Run"): run.id,
        _("State"): "waiting" if waits else about["state"],
        _("Before it"): str(place) if waits else "",
        _("Visitors"): wanted.get(run.id, len(run.watchers())),
        _("Epochs"): about["epochs"],
        _("Held-out loss"): about["held_out_loss"],
        _("Pinned"): about["pinned"],
        _("MB"): about["size_bytes"] / 1e6,
        _("Last used"): datetime.fromtimestamp(about["last_used"]),
        _("Settings"): _texts(config),
    }


def _texts(config: dict) -> str:
    texts = config.get("hyperparameters")
    return " ".join(f"{name}={text}" for name, text in texts.items()) if texts else ""


# Deeds. Each answers with what went wrong, a sentence per run.


def cancel(run_ids: Collection[str]) -> list[str]:
    """Ends runs in training, for everybody, and takes waiting ones out of the queue."""
    dispatcher = execution.dispatcher()
    return _each(run_ids, lambda run: dispatcher.stop(run.id), dispatcher.store)


def pin(run_ids: Collection[str], pinned: bool) -> list[str]:
    """Protects runs from eviction, or no longer."""
    store = execution.dispatcher().store
    return _each(run_ids, lambda run: run.pin() if pinned else run.unpin(), store)


def delete(run_ids: Collection[str], force: bool) -> list[str]:
    """Removes runs.

    Args:
        run_ids: Of the runs.
        force: Also those that are pinned or watched.
    """
    return _each(run_ids, lambda run: run.delete(force), execution.dispatcher().store)


def _each(run_ids: Collection[str], act: Callable[[Run], object], store: RunStore) -> list[str]:
    problems = []
    for run_id in run_ids:
        try:
            act(store.run(run_id))
        except RunError as error:
            problems.append(str(error))
    return problems


def as_zip(run_ids: Collection[str]) -> bytes:
    """The files of runs, a folder for each, without what only the server needs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for run_id in run_ids:
            folder = execution.dispatcher().store.run(run_id).folder
            for path in sorted(folder.rglob("*")):
                inner = path.relative_to(folder)
                if path.is_file() and path.suffix in KEPT and "watchers" not in inner.parts:
                    archive.write(path, f"{run_id}/{inner}")
    return file.getvalue()
