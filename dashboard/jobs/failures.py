"""Training processes that take too much memory, hang or die, and what becomes of their runs."""

from __future__ import annotations

import time

from dashboard.jobs.cluster.base import Worker
from dashboard.jobs.job import Job, run_recipe
from dashboard.jobs.tasks import fail
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.settings import Settings

MAX_ATTEMPTS = 2
"""How often a run is started whose training process dies under it."""

AMID_A_RUN = 1.5
"""How many times a training process's memory limit it may take amid a run, where being replaced
costs up to two seconds of training."""


def trouble(job: Job, worker: Worker, store: RunStore, machine: Settings) -> str:
    """Why the process that trains a job has to be ended, in words; "" if it is well."""
    megabytes, most = worker.memory_bytes() / 1e6, machine.worker_megabytes
    if megabytes > AMID_A_RUN * most:
        return f"The training took {megabytes:,.0f} MB of memory; {most:,} are allowed."
    run = store.run(job.run_id)
    if machine.scheduler and not run.progress:
        return ""  # it may wait there for another server's run
    last = max(job.handed_over, run.last_change())
    recipe: Recipe | None = run_recipe(job.recipe)
    while recipe:  # what a run goes on from is trained first, if it is lost
        last = max(last, store.run(recipe.run_id()).last_change())
        recipe = recipe.parent
    if time.time() - last > machine.hang_seconds:
        return f"The training made no progress for {machine.hang_seconds} seconds."
    return ""


def give_up(job: Job, store: RunStore) -> None:
    """Stores that a run's processes have died too often, and why, as far as that is known."""
    why = job.trouble or "The training process ended unexpectedly, perhaps for want of memory."
    fail(
        store.run(job.run_id),
        f"{why} It was tried {MAX_ATTEMPTS} times. Try a smaller network, a smaller batch or "
        "fewer training examples.",
    )
