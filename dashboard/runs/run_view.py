"""What a run shows at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.jobs import execution
from models.runs import records
from models.runs.files import UnreadableError, explain_damage
from models.runs.recipe import Recipe
from models.runs.run import Run


@dataclass(frozen=True)
class RunView:
    """What a run has to show at one moment.

    Attributes:
        recipe: The run's recipe.
        run: Its directory.
        state: As `Run.state`, or "waiting" while it stands in the queue.
        ahead: Runs before it in the queue.
        events: Recorded epochs.
        pictures: Arrays of the latest pictures, empty before the first.
        live: What came with them: "epoch", "seconds_left", "device", "images_per_second".
        result: How it ended, or None.
        trouble: Why it cannot be read; events, pictures and result are then empty.
    """

    recipe: Recipe
    run: Run
    state: str
    ahead: int
    events: list[dict]
    pictures: dict[str, np.ndarray]
    live: dict[str, Any]
    result: dict[str, Any] | None
    trouble: UnreadableError | None = None

    @property
    def active(self) -> bool:
        """Whether it is waiting or in training, so that looking again soon is worthwhile."""
        return self.state in ("waiting", "running")

    @property
    def epoch(self) -> float:
        """Epochs trained so far."""
        recorded = self.events[-1]["epoch"] if self.events else 0
        return max(recorded, self.live.get("epoch", 0))

    @property
    def complete(self) -> bool:
        """Whether the run has reached its recipe's last epoch."""
        epochs = self.recipe.hyperparameters.epochs
        return self.trouble is None and self.run.find_result(epochs) is not None


def view_run(recipe: Recipe) -> RunView:
    """What the run of a recipe has to show now.

    Raises:
        models.data.datasets.DataError: If the data set cannot be identified.
    """
    dispatcher = execution.dispatcher()
    run = dispatcher.store.run(recipe.run_id())
    ahead = dispatcher.position(run.id)
    state = run.state
    if state != "running" and ahead is not None:
        state = "waiting"
    try:
        pictures, live = run.live() or ({}, {})
        _check_widths(recipe, run, pictures)
        _ = run.config
        return RunView(recipe, run, state, ahead or 0, run.events(), pictures, live, run.result())
    except UnreadableError as error:
        state = state if state in ("waiting", "running") else "unreadable"
        return RunView(recipe, run, state, ahead or 0, [], {}, {}, None, error)


def _check_widths(recipe: Recipe, run: Run, pictures: dict[str, np.ndarray]) -> None:
    """Raises UnreadableError where pictures are not as wide as the recipe says."""
    h = recipe.hyperparameters
    with explain_damage(run.folder / "live.npz"):
        names = ("reconstructions", "generated", "plane_origin", "plane_basis")
        records.check_widths(pictures, dict.fromkeys(names, h.input_dim))
        found = [pictures[name] for name in ("codes", "reconstructions") if name in pictures]
        if len({len(array) for array in found}) > 1:
            raise records.RecordError("Codes and reconstructions are not as many")
        if "indices" in pictures and np.max(pictures["indices"], initial=0) >= getattr(
            h, "num_embeddings", 0
        ):
            raise records.RecordError("The array indices names embeddings that there are not")
