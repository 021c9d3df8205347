"""What this machine's limits do not allow, in words."""

from __future__ import annotations

from dashboard.jobs.job import run_recipe
from dashboard.text.i18n import _, _n, duration
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.settings import Settings
from models.training import ancestry, estimates, memory
from models.training.few_labels import Study


def obstacle(recipe: Recipe | Study, seconds: float, machine: Settings, store: RunStore) -> str:
    """Why a machine does not train something, and what it would train; "" if it does.

    Args:
        recipe: What to train.
        seconds: How long that is likely to take, with all that has to be trained first.
        machine: Its limits.
        store: Where what has been trained already is.

    Raises:
        models.data.datasets.DataError: If the offline files of the data set cannot be read.
    """
    forebears = ancestry.missing(recipe, store)[1:] if isinstance(recipe, Recipe) else []
    for one in (recipe, *forebears):
        if trouble := _obstacle_of_one(one, machine):
            first = _("A run that this one goes on from has to be trained first. {trouble}")
            return trouble if one is recipe else first.format(trouble=trouble)
    if seconds > machine.max_seconds:
        text = _(
            "This would take about {asked}; this machine allows {allowed}. Choose fewer epochs, "
            "fewer training examples or smaller layers."
        )
        if forebears:
            text = _(
                "This would take about {asked}, with what has to be trained first: {number} of "
                "the runs that it goes on from. This machine allows {allowed}. Begin nearer to a "
                "run that is trained."
            )
        asked, allowed = duration(seconds), duration(machine.max_seconds)
        return text.format(asked=asked, allowed=allowed, number=len(forebears))
    return ""


def _obstacle_of_one(recipe: Recipe | Study, machine: Settings) -> str:
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
    return ""


def _memory(recipe: Recipe | Study, machine: Settings) -> tuple[float, float]:
    """Megabytes that a training will take and may take. A study's classifiers are smaller than
    the network whose encoder they take, and which was trained here."""
    asked = memory.estimate_megabytes(recipe) if isinstance(recipe, Recipe) else 0.0
    return asked, memory.allowed_megabytes(machine)


def full(number: int, behind: bool, machine: Settings) -> str:
    """Why a visitor may not have one more run waiting, and how to go on; "" if that may be.

    Args:
        number: How many of this kind he or she has waiting.
        behind: Whether they wait behind all others, for a comparison over several seeds.
        machine: Its limits.
    """
    most = machine.max_waiting_behind if behind else machine.max_waiting
    if number < most:
        return ""
    text = _n(
        "You have {most} run waiting, as many as one visitor may have. Wait for it, or let it "
        "leave the queue.",
        "You have {most} runs waiting, as many as one visitor may have. Wait for one of them, or "
        "let one leave the queue.",
        most,
    )
    if behind:
        text = _(
            "You have {most} runs of comparisons waiting, as many as one visitor may have: not all "
            "of these were added. Wait until some are trained, or stop a comparison."
        )
    return text.format(most=most)
