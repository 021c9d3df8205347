"""Who is trained next: a fair order of the runs that wait, without threads or processes.

Everybody has one turn before anybody has a second one, so that whoever submits five runs delays
another's first by one at most. Within a turn, first come, first served. This is start-time fair
queueing (Goyal, Vin and Cheng 1996) with runs of equal weight.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.runs.recipe import Recipe
from models.training.few_labels import Study

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
        submitted: When it was first asked for, as `time.time`: servers compare it.
        elsewhere: Visitors of other servers who want it there.
        turn: Of the visitors who want it, that of the one whose turn comes first.
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
    submitted: float = field(default_factory=time.time)
    elsewhere: frozenset[str] = frozenset()
    turn: float = math.inf

    @property
    def background(self) -> bool:
        """Whether it yields to every visitor's run."""
        return self.names == {AHEAD}

    @property
    def place(self) -> tuple[bool, float, float]:
        """Its place in the order: the smallest is trained first."""
        return self.background, self.turn, self.submitted

    @property
    def names(self) -> set[str]:
        """Who wants it, on any server, the server itself included; nobody if it is to end."""
        return {*self.wanted_by, *self.elsewhere}

    @property
    def wants_gpu(self) -> bool:
        """Whether nothing but a GPU will do."""
        recipe = self.recipe.recipe if isinstance(self.recipe, Study) else self.recipe
        return recipe.hyperparameters.device == "gpu"

    @property
    def visitors(self) -> set[str]:
        """Who wants it, the server itself apart."""
        return self.names - {AHEAD}

    def want(self, name: str) -> None:
        """Notes that somebody wants it, and has just been seen."""
        self.wanted_by[name] = math.inf if name in LASTING else time.monotonic()

    def forget_unseen(self, since: float) -> None:
        """Forgets the visitors who were last seen before `since`."""
        self.wanted_by = {name: seen for name, seen in self.wanted_by.items() if seen >= since}


def requested(stored: Mapping[str, Any]) -> Recipe | Study:
    """What to train, of its `as_dict`.

    Raises:
        ValueError: If it names what does not exist (any more).
    """
    return (Study if "study" in stored else Recipe).from_dict(stored)


def in_turn(waiting: Iterable[Job]) -> list[Job]:
    """The waiting jobs in the order in which they are to be trained."""
    return sorted(waiting, key=lambda one: one.place)


class Turns:
    """Counts the turns that visitors have had.

    Attributes:
        now: The latest turn that has begun: who comes now need not make up for earlier ones.
    """

    def __init__(self) -> None:
        self.now = 0
        self._had: dict[str, int] = {}

    def next(self, visitor: str, jobs: Iterable[Job]) -> int:
        """The turn of what a visitor asks for now.

        Args:
            visitor: Who asks.
            jobs: What waits and is in training.
        """
        own = [job.turn for job in jobs if visitor in job.names and job.turn < math.inf]
        return max(self.now, *(int(turn) + 1 for turn in own), self._had.get(visitor, -1) + 1)

    def begin(self, job: Job) -> None:
        """Notes that a job has got a worker."""
        if job.background:
            return
        self.now = max(self.now, int(job.turn))
        for name in job.visitors:
            self._had[name] = max(int(job.turn), self._had.get(name, 0))
        self._had = {name: turn for name, turn in self._had.items() if turn >= self.now}
