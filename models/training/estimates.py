"""What a training will cost on this machine, estimated from what earlier ones took.

A step takes a fixed time (launching operations) plus its arithmetic. Rough constants give a
first guess; the runs in the store correct it.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import Any

from models.layers.spec import CELLS
from models.runs.recipe import Recipe
from models.runs.store import RunStore
from models.settings import Settings
from models.training import ancestry
from models.training.few_labels import Study
from models.training.recording import MAX_BRANCH_POINTS, branch_epochs

STEP_SECONDS = 1.5e-4
"""Launching one optimiser step, whatever its size."""

FLOPS_PER_SECOND = 1e11
"""Arithmetic of one core in products of matrices, in multiplications and additions."""

SLOWER = dict.fromkeys(("conv2d", "conv2d_transpose", *CELLS), 3.5)
"""Times that the arithmetic of other layers takes longer than that of dense ones."""

WEIGHT_SECONDS = 4.5e-9
"""Adam's work for one weight in one step: with small batches, most of what a step takes."""

STATE_BYTES = 12
"""Of one parameter and what Adam keeps for it, in a stored state."""

PICTURE_MEGABYTES = 0.15
"""Pictures, codes and numbers of one recorded epoch, of which a run has 200 at most."""

START_SECONDS = 1.5
"""Loading data and compiling a new architecture."""

TELLING_SECONDS = 2.0
"""Of pure training: what takes less says nothing about the machine's speed."""

CORRECTIONS = 0.2, 5.0
"""How far a machine may differ from the rough constants: what lies beyond was measured wrongly."""


def model_seconds(recipe: Recipe, until: int | None = None) -> float:
    """Seconds of pure training that the rough constants predict for a run's own epochs, its
    forebears' apart; up to one of them, if that is given."""
    h = recipe.hyperparameters
    layers = h.encoder_plan + h.decoder_plan
    work: float = h.multiplications
    work += sum((SLOWER.get(one.kind, 1.0) - 1.0) * one.multiplications for one in layers)
    steps = ((until or h.epochs) - recipe.first_epoch) * h.steps_per_epoch
    return steps * _step_seconds(work * h.effective_batch_size, h.num_parameters)


def _step_seconds(work: float, weights: float) -> float:
    """Of one optimiser step with so many multiplications: for each 2 operations forward and 4
    backward (gradients of inputs and of weights)."""
    return STEP_SECONDS + 6 * work / FLOPS_PER_SECOND + WEIGHT_SECONDS * weights


def study_seconds(study: Study) -> float:
    """Seconds that the rough constants predict for a study: two of its four classifiers train the
    whole encoder, beside which the others' single layers are little."""
    h = study.recipe.hyperparameters
    size = sum(layer.num_parameters for layer in h.encoder_plan)
    work = sum(layer.multiplications for layer in h.encoder_plan)
    steps = sum(study.steps(count) for count, _seed in study.trials)
    both = 2 * _step_seconds(work * study.batch_size, size) + 2 * STEP_SECONDS
    return 2 * START_SECONDS + steps * both


def correction(finished: Iterable[tuple[Recipe, dict[str, Any]]]) -> float:
    """How much slower than the rough constants this machine is, from finished runs.

    Args:
        finished: Recipes with their stored results.

    Returns:
        The median ratio of measured to predicted seconds, within `CORRECTIONS`, of those that
        took `TELLING_SECONDS`; 1 without any.
    """
    ratios = []
    for recipe, result in finished:
        h, speed = recipe.hyperparameters, result.get("images_per_second")
        if speed:
            steps = (h.epochs - recipe.first_epoch) * h.steps_per_epoch
            measured = steps * h.effective_batch_size / speed
            if measured >= TELLING_SECONDS:
                ratios.append(measured / model_seconds(recipe))
    least, most = CORRECTIONS
    return min(max(statistics.median(ratios), least), most) if ratios else 1.0


def estimate_seconds(
    recipe: Recipe, store: RunStore, machine: Settings, correction: float = 1.0
) -> float:
    """Seconds from the start of a training, on an idle machine, to its end; those for forebears
    that have to be trained first included."""

    def own(one: Recipe, until: int) -> float:
        return START_SECONDS + correction * model_seconds(one, until)

    return ancestry.total_cost(recipe, store, own, lambda one, epoch: is_kept(one, epoch, machine))


def is_kept(recipe: Recipe, epoch: int, machine: Settings) -> bool:
    """Whether a run that is trained keeps its state after an epoch."""
    first, last = recipe.first_epoch, recipe.hyperparameters.epochs
    fitting = int(machine.max_branch_megabytes // _state_megabytes(recipe))
    kept = branch_epochs(last - first, min(MAX_BRANCH_POINTS, fitting))
    return epoch == last or epoch - first in kept


def _state_megabytes(recipe: Recipe) -> float:
    return STATE_BYTES * recipe.hyperparameters.num_parameters / 1e6


def estimate_megabytes(recipe: Recipe, machine: Settings) -> float:
    """The most that a run's files will take, its forebears' apart: the last state, which for a
    moment is there twice, those to branch off from, and its pictures."""
    epochs, state = recipe.hyperparameters.epochs, _state_megabytes(recipe)
    branches = min(machine.max_branch_megabytes, state * min(epochs, MAX_BRANCH_POINTS))
    return 2 * state + branches + 2 + PICTURE_MEGABYTES * min(epochs, 200)
