"""One budget for the passwords that all strangers type, whatever addresses and cookies they have.

No delay of one browser or one address holds up whoever has many of both. So after ten failures
within a quarter of an hour one password is tried every two seconds, 43,000 a day.

That the right password opens the door whenever it is typed, and that guesses are slow, cannot both
be had: to be let in is what a guess finds out. So the budget never keeps out

- who is signed in: that is asked for once;
- a browser that has signed in before: it is no stranger, and waits for its own mistakes only;
- for longer than a minute, a teacher at an address that nobody guesses from, as long as fewer than
  thirty addresses guess at once: who comes too early gets a ticket, a moment that is kept for that
  address. An address has one at a time, and none while it waits for mistakes of its own.

Nobody waits in here: what is typed before its time is answered at once, and is not tried.
"""

from __future__ import annotations

from collections.abc import Callable

FREE_IN_ALL = 10
"""Failures in all that cost nobody but those who failed a wait."""

APART_SECONDS = 2.0
"""Between two passwords that are tried."""

KEPT_SECONDS = 20.0
"""How long a moment is kept for whoever has a ticket for it, and may be typing."""

MOST_TICKETS = 30
"""How many addresses have one: the last of them waits for a minute."""


class Tickets:
    """Who is tried when.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float]):
        self._clock = clock
        self._moments: dict[str, float] = {}
        self._next = 0.0

    def seconds_left(self, network: str) -> float:
        """Until a password typed at an address is tried; 0 if it is now. Whoever has to wait gets
        a ticket, if there are any left."""
        now = self._clock()
        kept = {who: at for who, at in self._moments.items() if now < at + KEPT_SECONDS}
        self._moments = kept
        if network not in kept:
            if len(kept) >= MOST_TICKETS:
                return min(kept.values()) + KEPT_SECONDS - now
            kept[network] = max(now, self._next)
            self._next = kept[network] + APART_SECONDS
        return max(0.0, kept[network] - now)

    def use(self, network: str) -> None:
        """A password typed there is tried: its ticket is used up."""
        self._moments.pop(network, None)
