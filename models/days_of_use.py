"""How long something has not been used: by what servers have lived through, not by the clock alone.

A clock may be wrong when a server starts, and be put right later; a server may be off for months.
So whoever erases by age notes each round, and what has passed since the last one counts for a day
at most.
"""

from __future__ import annotations

DAY = 86_400.0


def uncounted(last_round: float, now: float) -> float:
    """Seconds since the last round that count for nothing; negative if the clock was put back."""
    passed = now - last_round
    return max(passed - DAY, 0.0) + min(passed + DAY, 0.0)


def move(at: float, by: float, now: float) -> float:
    """The time of a use, in Unix seconds, after so many seconds that count for nothing; none lies
    in the future."""
    if by > 0 or at > now:
        at += by
    return min(at, now)
