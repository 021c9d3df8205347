"""What only the teacher may do: see all runs, cancel, pin, delete and export them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import datetime

import pandas as pd

from dashboard.classroom.door import only_teacher
from dashboard.jobs import execution
from dashboard.jobs.dispatcher import Dispatcher
from dashboard.text.i18n import _
from models.runs.command import summary
from models.runs.files import RunError, UnreadableError
from models.runs.run import Run
from models.runs.store import RunStore

KEPT = (".json", ".jsonl", ".npz")
"""Endings of the files that hold a run's configuration, numbers, weights and pictures."""

# Lists


@only_teacher
def table() -> pd.DataFrame:
    """All runs, one row each, in the order in which they were asked for: while the class goes on
    training rows are added at the end, so that a selection stays on its rows."""
    dispatcher = execution.dispatcher()
    wanted = dispatcher.wanted()
    runs = [(_config(run), run) for run in dispatcher.store.runs()]
    runs.sort(key=lambda one: (one[0].get("created", 0.0), one[1].id))
    return pd.DataFrame([_row(run, config, dispatcher, wanted) for config, run in runs])


def _config(run: Run) -> dict:
    """What was asked; nothing where it cannot be read, which `summary` says."""
    with suppress(UnreadableError):
        return run.config or {}
    return {}


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
        _("Settings"): about["trouble"] or _texts(config),
    }


def _texts(config: dict) -> str:
    texts = config.get("hyperparameters")
    return " ".join(f"{name}={text}" for name, text in texts.items()) if texts else ""


# Deeds. Each answers with what went wrong, a sentence per run.


@only_teacher
def cancel(run_ids: Collection[str]) -> list[str]:
    """Ends runs in training, for everybody, and takes waiting ones out of the queue."""
    dispatcher = execution.dispatcher()
    return _each(run_ids, lambda run: dispatcher.stop(run.id), dispatcher.store)


@only_teacher
def pin(run_ids: Collection[str], pinned: bool) -> list[str]:
    """Protects runs from eviction, or no longer."""
    store = execution.dispatcher().store
    return _each(run_ids, lambda run: run.pin() if pinned else run.unpin(), store)


@only_teacher
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
    """The files of runs, a folder for each, without what only the server needs; made in a thread
    that knows no session, so that the page asks (`door.while_here`)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for run_id in run_ids:
            folder = execution.dispatcher().store.run(run_id).folder
            for path in sorted(folder.rglob("*")):
                inner = path.relative_to(folder)
                if path.is_file() and path.suffix in KEPT and "watchers" not in inner.parts:
                    archive.write(path, f"{run_id}/{inner}")
    return file.getvalue()
