"""The one training function: from a recipe to a stored run, resumable at every epoch."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.runs import ownership
from models.runs.files import Arrays
from models.runs.lease import LeaseHeld
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.training.heartbeat import Heartbeat
from models.training.session import Session


def train(
    recipe: Recipe,
    store: RunStore,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    owner: str = "foreground",
    at_least_seconds: Callable[[], float] = lambda: 0.0,
    on_event: Callable[[dict], None] = lambda event: None,
    until: int | None = None,
) -> dict[str, Any]:
    """Trains a run up to its recipe's last epoch, from wherever it stands in the store.

    Args:
        recipe: What to train. A parent that is missing is trained first.
        store: Where runs are kept.
        should_stop: Asked between chunks, besides the run's own stop flag.
        owner: Who holds the run meanwhile; shown to whoever else wants it.
        at_least_seconds: Stretches the training so that a class can watch it; asked now and then.
            The numbers stay the same.
        on_event: Called with each recorded event, first with those of earlier sessions.
        until: An epoch after which it stops by itself.

    Returns:
        The run's result, as stored: "status" ("completed", "stopped" or "diverged"), "epochs",
        "train" and "held_out" (terms by name), "pca", "seconds", "images_per_second",
        "device", "versions"; for a diverged run "message" and "suggestion".

    Raises:
        models.runs.files.RunError: If somebody else trains the run, or the store cannot be written.
        models.data.datasets.DataError: If the data set is not to be had.
        TrainingError: If the device is not.
    """
    run = store.run(recipe.run_id())
    stored = run.find_result(recipe.hyperparameters.epochs)
    if stored and not run.damage():  # what is damaged is made anew
        for event in run.events():
            on_event(event)
        return stored
    if parent := recipe.parent:
        # Its last checkpoint is where this run starts from; if it is there, this is instant.
        # Asked for now, it heeds no stop of former times but one of the run that waits for it.
        if store.run(parent.run_id()).state != "running":
            store.run(parent.run_id()).clear_stop()

        def stopped() -> bool:
            return should_stop() or run.stop_requested

        if not _is_ready(recipe, store):
            folder = store.create(parent.run_id(), parent.as_dict())
            ownership.add_owners(folder, ownership.owners(run))
            first = _parents_result(parent, store, stopped, owner)
            if first["status"] != "completed":
                return first
    store.create(run.id, recipe.as_dict())
    with run.acquire(owner, recipe.hyperparameters.epochs) as lease, Heartbeat(lease):
        run.clear_result()
        session = Session(recipe, run, should_stop, at_least_seconds, on_event, until)
        result = session.train(_inherit(recipe, store, should_stop) if parent else None)
    store.evict(keep=(run.id,))
    return result


def _parents_result(
    parent: Recipe, store: RunStore, should_stop: Callable[[], bool], owner: str
) -> dict[str, Any]:
    """`train`'s answer for a parent, awaited where somebody else is training it."""
    while True:
        try:
            return train(parent, store, should_stop, owner=owner)
        except LeaseHeld:
            if should_stop():
                return {"status": "stopped"}
            time.sleep(0.2)


def _is_ready(recipe: Recipe, store: RunStore) -> bool:
    """Whether a branch's parent has already come to where the branch begins."""
    if recipe.earlier_horizons or not recipe.origin:
        return False
    origin = recipe.origin
    return store.run(origin.recipe.run_id()).branch_point(origin.epoch) is not None


def _inherit(
    recipe: Recipe, store: RunStore, should_stop: Callable[[], bool]
) -> tuple[Arrays, dict] | None:
    """The state that a continued run or a branch starts from; None if a stop came first.

    A state that the parent has lost, or never kept, is trained once more, aside.
    """
    if recipe.parent and (recipe.earlier_horizons or not recipe.origin):
        return store.run(recipe.parent.run_id()).checkpoint()
    if not recipe.origin:
        return None
    parent, epoch = recipe.origin.recipe, recipe.origin.epoch
    stored = store.run(parent.run_id()).branch_point(epoch)
    if stored is None:
        with tempfile.TemporaryDirectory(prefix="autoencoder-lab-branch-") as folder:
            aside = RunStore(Path(folder), 10**12)
            train(parent, aside, should_stop, until=epoch)
            stored = aside.run(parent.run_id()).branch_point(epoch)
    return stored
