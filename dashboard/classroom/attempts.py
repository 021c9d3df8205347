"""Wrong passwords, and how long whoever has typed one waits until the next one is tried.

A guess is answered at once and holds no thread. Each failure of a browser doubles its waiting, from
one second to a minute; so do those of a network address, after the first ten: a class may share
one. After ten failures of all there is one budget for all (`dashboard.classroom.tickets`). Where a
browser has signed in before, neither its address's failures nor those of all hold it up.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from dashboard.classroom.tickets import FREE_IN_ALL, Tickets
from dashboard.session.networks import network_of

LONGEST_SECONDS = 60.0
"""How long a wait grows."""

FREE_AT_ADDRESS = 10
"""Failures of one address after which it waits, too."""

FORGOTTEN_SECONDS = 900.0
"""Without a failure for so long, whoever failed begins anew."""

MAX_KEPT = 4096
"""Browsers and addresses of which failures are kept, each; the oldest are forgotten first."""

_ALL = "all"


@dataclass(frozen=True)
class Failures:
    """How often somebody has failed, and when last."""

    count: int = 0
    at: float = 0.0


class Delays:
    """Who has failed, and how long each of them waits.

    Args:
        free: Failures that cost no wait.
        clock: Seconds that only grow.
    """

    def __init__(self, free: int, clock: Callable[[], float]):
        self._free, self._clock = free, clock
        self._failures: OrderedDict[str, Failures] = OrderedDict()

    def has_failed(self, who: str, times: int) -> bool:
        """Whether somebody has failed so often, without a quiet time since."""
        return self._current(who).count >= times

    def seconds_left(self, who: str) -> float:
        """Until somebody's next password is tried; 0 if it is at once."""
        failures = self._current(who)
        doublings = failures.count - self._free - 1
        if doublings < 0:
            return 0.0
        wait = min(2.0 ** min(doublings, 30), LONGEST_SECONDS)
        return max(0.0, failures.at + wait - self._clock())

    def note_failure(self, who: str) -> None:
        """Counts one more."""
        self._failures[who] = Failures(self._current(who).count + 1, self._clock())
        self._failures.move_to_end(who)
        while len(self._failures) > MAX_KEPT:
            self._failures.popitem(last=False)

    def forget(self, who: str) -> None:
        """Somebody begins anew."""
        self._failures.pop(who, None)

    def __len__(self) -> int:
        return len(self._failures)

    def _current(self, who: str) -> Failures:
        failures = self._failures.get(who, Failures())
        return failures if self._clock() - failures.at < FORGOTTEN_SECONDS else Failures()


class Attempts:
    """All attempts to sign in at this server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._lock = threading.Lock()
        self.of_visitors, self.of_addresses = Delays(0, clock), Delays(FREE_AT_ADDRESS, clock)
        self._of_all, self._tickets = Delays(0, clock), Tickets(clock)
        self._known: OrderedDict[str, None] = OrderedDict()

    def judge(self, is_right: bool, visitor: str, address: str) -> tuple[str, float]:
        """What becomes of one attempt: "right", "wrong" or "too early", which is as if nothing
        had been typed; and for how many seconds the next one is too early.

        Args:
            is_right: Whether the password was.
            visitor: Whose browser it is.
            address: From where.
        """
        network = network_of(address)
        with self._lock:
            if wait := self._seconds_left(visitor, network):
                return "too early", wait
            self._tickets.use(network)
            if is_right:
                self.of_visitors.forget(visitor)
                self._remember(visitor)
                return "right", 0.0
            self.of_visitors.note_failure(visitor)
            self.of_addresses.note_failure(network)
            self._of_all.note_failure(_ALL)
            return "wrong", self._seconds_left(visitor, network)

    def _seconds_left(self, visitor: str, network: str) -> float:
        own = self.of_visitors.seconds_left(visitor)
        if visitor in self._known:
            return own
        own = max(own, self.of_addresses.seconds_left(network))
        if own or not self._of_all.has_failed(_ALL, FREE_IN_ALL):
            return own
        return self._tickets.seconds_left(network)

    def _remember(self, visitor: str) -> None:
        self._known[visitor] = None
        while len(self._known) > MAX_KEPT:
            self._known.popitem(last=False)
