"""What this machine's limits do not allow, in words."""

from __future__ import annotations

from dashboard.jobs.job import run_recipe
from dashboard.text.i18n import _, duration
from models.runs.recipe import Recipe
from models.settings import Settings
from models.training import estimates, memory
from models.training.few_labels import Study


def obstacle(recipe: Recipe | Study, seconds: float, machine: Settings) -> str:
    """Why a machine does not train something, and what it would train; "" if it does.

    Args:
        recipe: What to train.
        seconds: How long that is likely to take.
        machine: Its limits.
    """
    h = run_recipe(recipe).hyperparameters
    if h.epochs > machine.max_epochs:
        return _(
            "These are {asked:,} epochs; this machine allows {allowed:,}. Choose fewer."
        ).format(asked=h.epochs, allowed=machine.max_epochs)
    if h.num_examples > machine.max_examples:
        return _(
            "These are {asked:,} training examples; this machine allows {allowed:,}. Choose fewer."
        ).format(asked=h.num_examples, allowed=machine.max_examples)
    megabytes = estimates.estimate_megabytes(recipe, machine) if isinstance(recipe, Recipe) else 0
    if megabytes > machine.max_run_megabytes:
        return _(
            "Its files could take {asked:,.0f} MB; this machine allows {allowed:,}. Choose smaller "
            "layers or fewer epochs."
        ).format(asked=megabytes, allowed=machine.max_run_megabytes)
    asked, allowed = _memory(recipe, machine)
    if asked > allowed:
        return _(
            "This training would take about {asked:,.0f} MB of memory; this machine allows "
            "{allowed:,.0f}. Choose smaller batches, smaller layers or a smaller code."
        ).format(asked=asked, allowed=allowed)
    if seconds > machine.max_seconds:
        return _(
            "This would take about {asked}; this machine allows {allowed}. Choose fewer epochs, "
            "fewer training examples or smaller layers."
        ).format(asked=duration(seconds), allowed=duration(machine.max_seconds))
    return ""


def _memory(recipe: Recipe | Study, machine: Settings) -> tuple[float, float]:
    """Megabytes that a training will take and may take. A study's classifiers are smaller than
    the network whose encoder they take, and which was trained here."""
    asked = memory.estimate_megabytes(recipe) if isinstance(recipe, Recipe) else 0.0
    return asked, memory.allowed_megabytes(machine)
