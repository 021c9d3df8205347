"""Who is trained next: a fair order of what waits, without threads or processes.

Everybody has one turn before anybody has a second one, so that whoever submits five runs delays
another's first by one at most. Within a turn, first come, first served. This is start-time fair
queueing (Goyal, Vin and Cheng 1996) with runs of equal weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from dashboard.jobs.job import Job


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
        own = [job.turn for job in jobs if visitor in job.visitors and job.turn < math.inf]
        return max(self.now, *(int(turn) + 1 for turn in own), self._had.get(visitor, -1) + 1)

    def begin(self, job: Job) -> None:
        """Notes that a job has got a worker."""
        if job.background:
            return
        self.now = max(self.now, int(job.turn))
        for name in job.visitors:
            self._had[name] = max(int(job.turn), self._had.get(name, 0))
        self._had = {name: turn for name, turn in self._had.items() if turn >= self.now}
