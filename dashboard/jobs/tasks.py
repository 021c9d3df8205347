"""What runs in a training process. TensorFlow is imported inside the functions: the web process
imports this module, too, and must stay small."""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from dashboard.jobs.job import requested
from models.data.datasets import DataError
from models.runs.files import RunError, UnreadableError
from models.runs.lease import LeaseHeld, LeaseLost
from models.runs.recipe import Recipe
from models.runs.run import Run
from models.runs.store import RunStore
from models.training.few_labels import Study
from models.training.keras_import import import_keras

OWNER = "training process"
"""Holds the runs that queues have trained, as opposed to those that somebody's command trains."""

log = logging.getLogger(__name__)


def warm_up() -> None:
    """Imports TensorFlow and compiles a first model, so that the first visitor need not wait."""
    import_keras()
    from models.autoencoders import registry
    from models.training import compiled_model, devices

    devices.use_memory_growth()
    first = registry.FAMILY[0]  # the smallest; the others are compiled by their default runs
    compiled_model.warm_up(Recipe(first, first.preset("ours")))


def describe_gpu(request: dict[str, Any]) -> dict[str, Any]:
    """The name of this process's GPU, "" if it has none, as "gpu"."""
    from models.training import devices

    return {"gpu": devices.gpu_name() or ""}


def train_request(request: dict[str, Any]) -> dict[str, Any]:
    """Trains what a dispatcher asks for.

    Args:
        request: "recipe" as `Recipe.as_dict` or `Study.as_dict`, "runs" and "max_bytes" of the
            store, "at_least_seconds" (of a run).

    Returns:
        "status" of the run, "seconds" that this took, "memory_bytes" of this process.
    """
    from models.training import pretraining, trainer

    began = time.perf_counter()
    recipe = requested(request["recipe"])
    store = RunStore(Path(request["runs"]), request["max_bytes"])
    run = store.run(recipe.run_id())
    owner = f"{OWNER} {os.getpid()}"
    try:
        if isinstance(recipe, Study):
            result = pretraining.train(recipe, store, owner=owner)
        else:

            def pace() -> float:
                asked = run.asked_pace
                return request["at_least_seconds"] if asked is None else asked

            result = trainer.train(recipe, store, owner=owner, at_least_seconds=pace)
        status = result["status"]
    except (LeaseHeld, LeaseLost):
        status = "held"  # somebody else trains it
    except (RunError, DataError) as error:
        status = fail(run, str(error))
    except Exception as error:
        log.exception("training failed", extra={"run": run.id})
        first_line = str(error).partition("\n")[0]
        reason = f"{type(error).__name__}: {first_line[:200]}"
        told = f"Training failed with an error of the program ({reason}). Other settings may work."
        status = fail(run, told)
    return {
        "status": status,
        "seconds": time.perf_counter() - began,
        "memory_bytes": psutil.Process().memory_info().rss,
    }


def fail(run: Run, message: str) -> str:
    """Stores that a run could not be trained, and why, in words for a student; what cannot be
    stored, as the disk is full, is logged."""
    epochs = 0
    with suppress(UnreadableError):
        epochs = max((event["epoch"] for event in run.events()), default=0)
    try:
        run.finish({"status": "failed", "epochs": epochs, "message": message})
    except RunError as error:
        log.error("%s; it could not be stored: %s", message, error, extra={"run": run.id})
    return "failed"
