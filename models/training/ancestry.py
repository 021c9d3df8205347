"""What a training takes besides its own epochs: its forebears, where the store lacks them.

`models.training.trainer` trains a missing parent first, and trains a parent once more, aside and
with all that lies before it, where a branch leaves it at an epoch whose state is not kept.
"""

from __future__ import annotations

from collections.abc import Callable

from models.runs.recipe import Recipe
from models.runs.store import RunStore

Cost = Callable[[Recipe, int], float]
"""Of a run's own epochs up to one of them."""


def missing(recipe: Recipe, store: RunStore) -> list[Recipe]:
    """The recipe and those of its forebears that may have to be trained before it."""
    found = [recipe]
    while (parent := found[-1].parent) and not _is_there(found[-1], parent, store):
        found.append(parent)
    return found


def total_cost(
    recipe: Recipe, store: RunStore, cost: Cost, keeps: Callable[[Recipe, int], bool]
) -> float:
    """What a training costs together with all that is trained for it.

    Args:
        recipe: What is to be trained.
        store: What is there already.
        cost: Of one run's own epochs.
        keeps: Whether a run, once trained, keeps its state after an epoch.
    """
    line = [recipe]
    while parent := line[-1].parent:
        line.append(parent)
    # What lies before a run costs, in this store and in an empty one; from the oldest on, as a
    # line of ten branches, each of which has its parent trained twice, is trained 1,000 times.
    here = anew = 0.0
    for parent, child in zip(line[:0:-1], line[-2::-1], strict=True):
        whole = cost(parent, parent.hyperparameters.epochs)
        is_stored = _is_complete(parent, store)
        first, aside = (0.0 if is_stored else here + whole), 0.0
        if _leaves(child):
            epoch = child.first_epoch
            is_kept = keeps(parent, epoch)
            aside = anew + cost(parent, epoch)
            first += aside if is_stored or not is_kept else 0.0
            aside = 0.0 if is_kept else aside
        here = 0.0 if _is_there(child, parent, store) else first
        anew += whole + aside
    return here + cost(recipe, recipe.hyperparameters.epochs)


def _leaves(child: Recipe) -> bool:
    """Whether a run begins amid its parent, not where that ends."""
    return child.origin is not None and not child.earlier_horizons


def _is_complete(recipe: Recipe, store: RunStore) -> bool:
    run = store.run(recipe.run_id())
    return run.find_result(recipe.hyperparameters.epochs) is not None


def _is_there(child: Recipe, parent: Recipe, store: RunStore) -> bool:
    """Whether what a run begins with is stored."""
    if _leaves(child) and child.first_epoch in store.run(parent.run_id()).branch_points():
        return True
    is_last = child.first_epoch == parent.hyperparameters.epochs
    return is_last and _is_complete(parent, store)
