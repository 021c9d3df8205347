"""What a run has kept, for the numbers that claims compare."""

from __future__ import annotations

from typing import Any

from models.runs.recipe import Recipe
from models.runs.run_reader import RunReader


def existing(found: Any, run: RunReader) -> Any:
    """What was asked for.

    Raises:
        KeyError: If the run has no such record.
    """
    if found is None:
        raise KeyError(f"{run.id} has not kept what is measured")
    return found


def recipe_of(run: RunReader) -> Recipe:
    """What the run was trained by."""
    return Recipe.from_dict(existing(run.config, run))


def hyperparameters_of(run: RunReader) -> Any:
    """Those of the recipe; which there are depends on the type."""
    return recipe_of(run).hyperparameters


def weights_of(run: RunReader) -> dict[str, Any]:
    """The weights at the end of the training, by name."""
    return existing(run.checkpoint("weights/"), run)[0]


def pictures_of(run: RunReader) -> dict[str, Any]:
    """What the network made of the sample at the end, by name."""
    return existing(run.live(), run)[0]


def sample_of(run: RunReader) -> dict[str, Any]:
    """The held-out examples that a run shows, by name."""
    return existing(run.sample(), run)[0]
