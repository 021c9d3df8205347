"""The runs on data that visitors have uploaded: they go when the data go."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from models.data.uploads import storage
from models.data.uploads.upload import is_name
from models.runs.files import RunError, UnreadableError
from models.runs.run import Run
from models.runs.store import RunStore
from models.settings import Settings, current


def clean(store: RunStore, machine: Settings | None = None) -> None:
    """Erases sets that nobody has used for long, what broken writes have left, and all runs,
    which hold pictures of the data, on sets that were erased: not on those that are only absent,
    as another server's data are."""
    machine = machine or current()
    if not machine.uploads_folder.is_dir():
        return  # nothing was ever uploaded, or a disk is not there just now
    storage.clean(machine)
    for run in find_runs(store):
        if storage.is_erased(dataset_of_run(run), machine):
            with suppress(RunError):
                run.delete(force=True)


def find_runs(store: RunStore, name: str | None = None) -> list[Run]:
    """The stored runs on an uploaded set, or on any."""
    runs = ((run, dataset_of_run(run)) for run in store.runs())
    return [run for run, dataset in runs if is_name(dataset) and name in (None, dataset)]


def dataset_of_run(run: Run) -> str:
    """The name of the data set of a run; "" where its config cannot be read."""
    try:
        return dataset_of(run.config)
    except UnreadableError:
        return ""


def dataset_of(config: Mapping | None) -> str:
    """The name of the data set of a stored run or study; "" where its configuration is damaged."""
    recipe = (config or {}).get("recipe", config)  # a study's holds that of its run
    values = recipe.get("hyperparameters") if isinstance(recipe, dict) else None
    return str(values.get("dataset", "")) if isinstance(values, dict) else ""
