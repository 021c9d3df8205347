"""Who is trained next: a fair order of the runs that wait, without threads or processes.

Everybody has one turn before anybody has a second one, so that whoever submits five runs delays
another's first by one at most. Within a turn, first come, first served.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from models.few_labels import Study
from models.recipe import Recipe

AHEAD = "ahead"
"""Wants the runs that the server trains by itself: they wait until no visitor does."""

SOMEBODY = "somebody"
"""Wants what is asked for without a name, by a script; never goes away."""

LASTING = (AHEAD, SOMEBODY)


@dataclass(eq=False)  # two requests are never the same one
class Job:
    """One run, or one study of a run's encoder, that somebody wants trained.

    Attributes:
        recipe: What to train.
        wanted_by: Visitors' names, with the time at which each was last seen.
        at_least_seconds: Stretches the training so that it can be watched.
        expected_seconds: What it will take; 0 if unknown.
        attempt: How many training processes have died under it.
        left: Whether somebody has left it to the others who want it.
        yielding: Whether it was asked to stop in favour of a visitor's run.
        handed_over: When a training process last got it, as `time.time`.
        trouble: Why its training process was ended by the server, in words; "" if it was not.
        submitted: When it was first asked for, of the same clock as in `wanted_by`.
    """

    recipe: Recipe | Study
    run_id: str
    wanted_by: dict[str, float] = field(default_factory=dict)
    at_least_seconds: float = 0.0
    expected_seconds: float = 0.0
    attempt: int = 0
    left: bool = False
    yielding: bool = False
    handed_over: float = 0.0
    trouble: str = ""
    submitted: float = field(default_factory=time.monotonic)

    @property
    def background(self) -> bool:
        """Whether it yields to every visitor's run."""
        return set(self.wanted_by) == {AHEAD}

    @property
    def wants_gpu(self) -> bool:
        """Whether nothing but a GPU will do."""
        recipe = self.recipe.recipe if isinstance(self.recipe, Study) else self.recipe
        return recipe.hyperparameters.device == "gpu"

    @property
    def visitors(self) -> set[str]:
        """Who wants it, the server itself apart."""
        return set(self.wanted_by) - {AHEAD}

    def want(self, name: str) -> None:
        """Notes that somebody wants it, and has just been seen."""
        self.wanted_by[name] = math.inf if name in LASTING else time.monotonic()

    def forget_unseen(self, since: float) -> None:
        """Forgets the visitors who were last seen before `since`."""
        self.wanted_by = {name: seen for name, seen in self.wanted_by.items() if seen >= since}


def in_turn(waiting: Iterable[Job], running: Collection[Job] = ()) -> list[Job]:
    """The waiting jobs in the order in which they are to be trained.

    Args:
        waiting: At least one name wants each of them.
        running: Jobs in training: whose runs they are has had a turn.
    """
    rest, order = list(waiting), []
    turns = Counter(name for job in running for name in job.wanted_by)
    while rest:
        # A job that several visitors want comes with the first of them.
        job = min(
            rest,
            key=lambda one: (
                one.background,
                min(turns[name] for name in one.wanted_by),
                one.submitted,
            ),
        )
        rest.remove(job)
        order.append(job)
        turns.update(list(job.wanted_by))
    return order
