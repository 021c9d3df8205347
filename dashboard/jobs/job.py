"""What somebody wants trained, and who does."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models.runs.recipe import Recipe
from models.training.few_labels import Study

AHEAD = "ahead"
"""Wants the runs that the server trains by itself: they wait until no visitor does."""

SOMEBODY = "somebody"
"""Wants what is asked for without a name, by a script; never goes away."""

LASTING = (AHEAD, SOMEBODY)

WAITING, TRAINING, HELD = "waiting", "training", "held"
"""States of a job: it needs a worker; it has one of this server's; somebody else trains it just
now, such as another server."""


@dataclass(eq=False)  # two requests are never the same one
class Job:
    """One run, or one study of a run's encoder, that somebody wants trained.

    Attributes:
        recipe: What to train.
        wanted_by: Visitors' names, with the time at which each was last seen.
        behind: The same, of those who let all others' runs go first: the server itself, and
            visitors with the many runs of a comparison.
        paces: How many seconds each of those who have asked for it wants the training to last at
            least, so that it can be watched.
        expected_seconds: What it will take; 0 if unknown.
        attempt: How many training processes have died under it.
        left: Whether somebody has left it to the others who want it.
        yielding: Whether it was asked to stop in favour of a visitor's run.
        handed_over: When a training process last got it, as `time.time`.
        trouble: Why its training process was ended by the server, in words; "" if it was not.
        submitted: When it was first asked for, as `time.time`: servers compare it.
        elsewhere: Visitors of other servers who want it there.
        paces_elsewhere: The same as `paces`, of these.
        told_pace: The `at_least_seconds` that its training process knows.
        turn: Of the visitors who want it, that of the one whose turn comes first.
        state: WAITING, TRAINING or HELD.
    """

    recipe: Recipe | Study
    run_id: str
    wanted_by: dict[str, float] = field(default_factory=dict)
    behind: dict[str, float] = field(default_factory=dict, kw_only=True)
    paces: dict[str, float] = field(default_factory=dict)
    expected_seconds: float = 0.0
    attempt: int = 0
    left: bool = False
    yielding: bool = False
    handed_over: float = 0.0
    trouble: str = ""
    submitted: float = field(default_factory=time.time)
    elsewhere: frozenset[str] = frozenset()
    paces_elsewhere: Mapping[str, float] = field(default_factory=dict)
    told_pace: float = 0.0
    turn: float = math.inf
    state: str = WAITING

    @property
    def background(self) -> bool:
        """Whether it yields to every run that a visitor wants at once."""
        return bool(self.behind) and not self.visitors

    @property
    def place(self) -> tuple[bool, float, float]:
        """Its place in the order: the smallest is trained first."""
        return self.background, self.turn, self.submitted

    @property
    def names(self) -> set[str]:
        """Who wants it, on any server, the server itself included; nobody if it is to end."""
        return {*self.here, *self.elsewhere}

    @property
    def here(self) -> set[str]:
        """Who wants it on this server, at once or behind all others."""
        return {*self.wanted_by, *self.behind}

    @property
    def at_least_seconds(self) -> float:
        """The shortest that anybody who has asked for it and wants it still would have it last;
        the server itself has a say only where nobody else has."""
        paces = {**self.paces_elsewhere, **self.paces}
        others = [pace for name, pace in paces.items() if name != AHEAD]
        return min(others or paces.values(), default=0.0)

    @property
    def wants_gpu(self) -> bool:
        """Whether nothing but a GPU will do."""
        return run_recipe(self.recipe).hyperparameters.device == "gpu"

    @property
    def visitors(self) -> set[str]:
        """Who wants it at once, on any server."""
        return {*self.wanted_by, *self.elsewhere}

    def want(self, name: str, behind: bool = False, pace: float | None = None) -> None:
        """Notes that somebody wants it, at once or behind all others, and has just been seen; at
        which pace, if it was asked for."""
        if pace is not None:
            self.paces[name] = pace
        seen = math.inf if name in LASTING else time.monotonic()
        if behind and name not in self.wanted_by:
            self.behind[name] = seen
        else:
            self.behind.pop(name, None)
            self.wanted_by[name] = seen

    def withdraw(self, name: str) -> bool:
        """Somebody wants it no longer; answers whether he or she did."""
        wanted = name in self.here
        for known in (self.wanted_by, self.behind, self.paces):
            known.pop(name, None)
        return wanted

    def withdraw_all(self) -> None:
        """Nobody wants it any longer, on any server."""
        self.wanted_by, self.behind, self.elsewhere = {}, {}, frozenset()
        self.paces, self.paces_elsewhere = {}, {}

    def move_up(self, other: Job) -> None:
        """Takes the place of the same job elsewhere, if that is before its own."""
        self.turn = min(self.turn, other.turn)
        self.submitted = min(self.submitted, other.submitted)

    def forget_unseen(self, since: float, behind_since: float) -> None:
        """Forgets who was last seen before `since`, or wants it behind all others and was last
        seen before `behind_since`."""
        self.wanted_by = {name: seen for name, seen in self.wanted_by.items() if seen >= since}
        self.behind = {name: seen for name, seen in self.behind.items() if seen >= behind_since}
        self.paces = {name: pace for name, pace in self.paces.items() if name in self.here}


def requested(stored: Mapping[str, Any]) -> Recipe | Study:
    """What to train, of its `as_dict`.

    Raises:
        ValueError: If it names what does not exist (any more).
    """
    return (Study if "study" in stored else Recipe).from_dict(stored)


def run_recipe(wanted: Recipe | Study) -> Recipe:
    """The recipe of a run, or of the run whose encoder is studied."""
    return wanted.recipe if isinstance(wanted, Study) else wanted
