"""How much memory a training will take, estimated before it begins, and how much it may.

The constants are chosen so that what was measured lies below the estimate: see "Memory of a
training" in docs/benchmarks.md.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from models.runs.recipe import Recipe
from models.settings import Settings

PROCESS_MEGABYTES = 1_000.0
"""A training process with TensorFlow and the compiled graphs of a network."""

STATE_COPIES = 12
"""Weights, gradients, what Adam keeps, states on their way to the disk, and copies of these."""

DATA_COPIES = 6
"""The examples as NumPy and as TensorFlow has them, and what is made of them."""

ACTIVATION_COPIES = 3
"""What the layers give, and its gradients."""

EVALUATION_ROWS = 600
"""Rows of a step that takes as much as an evaluation, which needs no gradients."""

SHARE_OF_MACHINE = 0.75
"""What training processes may take of the memory; the rest is the web server's and the system's."""

LEAST_MEGABYTES = 1_500
"""So much is allowed always: less than that and no lesson could be trained."""

_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def estimate_megabytes(recipe: Recipe) -> float:
    """Megabytes that a training process takes at the most while it trains a recipe."""
    h = recipe.hyperparameters
    rows = max(h.effective_batch_size, EVALUATION_ROWS)
    numbers = (
        DATA_COPIES * h.num_examples * h.input_dim
        + STATE_COPIES * h.num_parameters
        + ACTIVATION_COPIES * rows * h.activation_numbers
    )
    return PROCESS_MEGABYTES + 4 * numbers / 1e6


def allowed_megabytes(machine: Settings) -> float:
    """Megabytes that one training may take: what is set, or else what fits."""
    if machine.max_memory_megabytes:
        return machine.max_memory_megabytes
    allowed = float(machine.worker_megabytes)
    if not machine.scheduler:  # or else other machines train
        allowed = min(allowed, SHARE_OF_MACHINE * _machine_megabytes() / machine.workers)
    return max(allowed, LEAST_MEGABYTES)


def _machine_megabytes() -> float:
    """The memory of this machine, or of the container that this process is in."""
    total = psutil.virtual_memory().total
    with suppress(OSError, ValueError):  # no container, or "max"
        total = min(total, int(_CONTAINER_LIMIT.read_text()))
    return total / 1e6
