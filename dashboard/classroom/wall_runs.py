"""The runs on the classroom wall, as all may see them.

A run on own data is there only while its owner agrees (`models.data.uploads.sharing`), and never
with the name of the data.
"""

from __future__ import annotations

from typing import Any

from dashboard.classroom.wall import WallView
from dashboard.comparison import selection
from dashboard.jobs import execution
from dashboard.text.i18n import _
from models.data.uploads import sharing, upload
from models.runs import own_data
from models.runs.files import UnreadableError
from models.runs.recipe import Recipe
from models.runs.run import Run

Runs = dict[str, tuple[Recipe, dict[str, Any]]]
"""Recipe and result of runs, by id."""


def is_public(recipe: Recipe) -> bool:
    """Whether all may see a run: on the lab's data always, on own data if the owner agrees."""
    dataset = recipe.hyperparameters.dataset
    return not upload.is_name(dataset) or sharing.is_shared(dataset)


def found_runs(wall_view: WallView) -> Runs:
    """The completed runs on the wall that are still in the store and that all may see."""
    store, found = execution.dispatcher().store, {}
    for run_id in wall_view.run_ids:
        run = store.run(run_id)
        try:
            recipe, result = selection.usable_recipe(run), run.result()
        except (UnreadableError, ValueError):
            continue  # damaged, evicted, or of another version
        if result and result["status"] == "completed" and is_public(recipe):
            found[run_id] = recipe, result
    return found


def count_unreadable(wall_view: WallView, runs: Runs) -> int:
    """How many runs on the wall are stored, but have no dot as they cannot be read."""
    store = execution.dispatcher().store
    return sum(_is_unreadable(store.run(one)) for one in wall_view.run_ids if one not in runs)


def _is_unreadable(run: Run) -> bool:
    try:
        selection.usable_recipe(run)
    except UnreadableError:
        return True
    except ValueError:  # evicted, or its id is not that of what it says
        return run.state == "completed"
    return run.state == "unreadable"


def count_held_back(wall_view: WallView) -> int:
    """How many of the viewer's dots all others do not see, as he or she has not agreed."""
    store = execution.dispatcher().store
    sets = (own_data.dataset_of_run(store.run(run_id)) for run_id in wall_view.own)
    return sum(upload.is_name(one) and not sharing.is_shared(one) for one in sets)


def title_of(recipe: Recipe) -> str:
    """The type, and what is not as in its preset."""
    fields = recipe.hyperparameters.fields()
    changes = recipe.hyperparameters.difference(recipe.type.preset("ours"))
    if upload.is_name(changes.get("dataset")):
        changes["dataset"] = _("own data")
    texts = ", ".join(f"{_(fields[name].label).lower()} {text}" for name, text in changes.items())
    return f"{_(recipe.type.title)}: {texts}" if texts else _(recipe.type.title)
