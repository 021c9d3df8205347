"""How often something that fails is tried again."""

from __future__ import annotations

import time
from collections.abc import Callable

LONGEST_SECONDS = 60.0
"""However often it has failed, it is tried again after so long."""


class Backoff:
    """Says when to try again: at once after the first failure, then later each time, at last once
    a minute, and never not at all.

    Attributes:
        failures: How often it has failed since it last succeeded.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self.failures = 0
        self._clock = clock
        self._begun = -LONGEST_SECONDS

    @property
    def seconds(self) -> float:
        """From one start to the next."""
        doublings = min(self.failures - 2, 6)
        return min(2.0**doublings, LONGEST_SECONDS) if self.failures > 1 else 0.0

    def is_due(self) -> bool:
        """Whether it may be tried now."""
        return self.lasts(self.seconds)

    def lasts(self, seconds: float) -> bool:
        """Whether the latest start was so long ago."""
        return self._clock() - self._begun >= seconds

    def note_start(self) -> None:
        """It is tried now."""
        self._begun = self._clock()

    def note_failure(self) -> None:
        """It has failed once more."""
        self.failures += 1

    def note_success(self) -> None:
        """It works: the next failure is the first again."""
        self.failures = 0
