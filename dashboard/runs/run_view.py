"""What a run shows at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.jobs import execution
from dashboard.session import asked_runs
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
        kept_epoch: The epoch after which it is shown, if not the newest, see `kept_states`.
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
    kept_epoch: int | None = None

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


def view_asked(recipe: Recipe) -> RunView:
    """What a lesson shows of the run of a recipe now: of one that its visitor has not asked for,
    the untrained network.

    Raises:
        models.data.datasets.DataError: If the data set cannot be identified.
    """
    run_view = view_run(recipe)
    return run_view if asked_runs.has_asked(run_view.run.id) else _as_untrained(run_view)


def _as_untrained(run_view: RunView) -> RunView:
    """The run as it was before its training, as far as that is stored."""
    run = run_view.run
    events = [event for event in run_view.events[:1] if event["epoch"] == 0]
    try:
        first = run.snapshot(0)
    except UnreadableError:
        first = None
    pictures = first[0] if first else {}
    # Of images a snapshot keeps fewer than a page shows; of points it keeps all.
    is_whole = {name: len(one) for name, one in pictures.items()}.items() <= {
        name: len(one) for name, one in run_view.pictures.items()
    }.items()
    # In a folder that is not there, nothing is found.
    unasked = Run(run.folder.parent / ".unasked" / run.id)
    return RunView(
        run_view.recipe, unasked, unasked.state, 0, events, pictures if is_whole else {}, {}, None
    )


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
