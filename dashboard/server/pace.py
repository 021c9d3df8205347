"""How often one visitor and one network may ask for something.

A message costs a program nothing and the server up to a fifth of a second. What comes faster is
read later, and the network holds back the rest; nothing is lost, and nobody is refused.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.server.messages import Kind

MOST_KEPT = 4_096
"""Visitors and networks whose pace is remembered; whoever has been silent longest is forgotten
first."""


@dataclass(frozen=True)
class Limit:
    """So many at once after a pause, then so many a second."""

    burst: int
    per_second: float


LIMITS = {
    "visitor": {Kind.SMALL: Limit(120, 30.0), Kind.PAGE: Limit(30, 3.0)},
    # A class behind one address: each of 60 students looks twice a second and clicks now and then.
    "network": {Kind.SMALL: Limit(1_000, 200.0), Kind.PAGE: Limit(300, 30.0)},
}
"""For each of these, by what it asks for."""


class Pace:
    """How far one of them has used its limit up."""

    def __init__(self, limit: Limit, now: float):
        self._limit = limit
        self._due = now - limit.burst / limit.per_second

    def wait_for_next(self, now: float) -> float:
        """Seconds until the message may be read that this call stands for."""
        earliest = now - self._limit.burst / self._limit.per_second
        self._due = max(self._due, earliest) + 1 / self._limit.per_second
        return max(self._due - now, 0.0)


class Paces:
    """The paces of all.

    Args:
        clock: Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str, Kind], Pace] = OrderedDict()

    def wait_for_next(self, kind: Kind, visitor: str, network: str) -> float:
        """Seconds until a message of that kind may be read, from a visitor in a network."""
        now, wait = self._clock(), 0.0
        counted = Kind.PAGE if kind is Kind.PAGE else Kind.SMALL
        for whose, name in (("visitor", visitor), ("network", network)):
            key = (whose, name, counted)
            pace = self._kept.pop(key, None) or Pace(LIMITS[whose][counted], now)
            self._kept[key] = pace
            wait = max(wait, pace.wait_for_next(now))
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return wait
