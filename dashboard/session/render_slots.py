"""Pages are put together a few at a time, so that a class does not stand in its own way.

Each visitor has a thread of his own. Thirty of them that compute at once take turns at Python's
interpreter lock and at Streamlit's locks every few milliseconds, and all of them wait for seconds;
one after the other they take a tenth of a second each (`python -m benchmarks.classroom`).
"""

from __future__ import annotations

import functools
import math
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_run_yield_check

AT_ONCE = 2
"""Two, so that what takes long for one visitor holds up nobody else."""

PATIENCE = 3.0
"""Seconds after which a page waits for its turn no longer: several of them may take long."""

SLICE = 0.1
"""Seconds after which a page that waits looks whether it is wanted still."""

_mine = threading.local()

P = ParamSpec("P")


class Places:
    """A few places, for which threads wait in the order in which they have come.

    Args:
        count: How many there are.
    """

    def __init__(self, count: int):
        self._lock = threading.Lock()
        self._free = count
        self._waiting: deque[threading.Event] = deque()

    def acquire(self, patience: float, end_if_left: Callable[[], object]) -> bool:
        """Whether there was a place in time.

        Args:
            patience: Seconds.
            end_if_left: Called every `SLICE` seconds; what it raises ends the waiting.
        """
        called = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(called)
        try:
            for _slice in range(math.ceil(patience / SLICE)):
                if called.wait(SLICE):
                    return True
                end_if_left()
        except BaseException:
            if not self._withdraw(called):
                self.release()
            raise
        return not self._withdraw(called)

    def _withdraw(self, called: threading.Event) -> bool:
        """Whether it was waiting still; otherwise it has a place."""
        with self._lock:
            if called not in self._waiting:
                return False
            self._waiting.remove(called)
            return True

    def release(self) -> None:
        """Gives a place to whoever has waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


_places = Places(AT_ONCE)


@contextmanager
def turn() -> Iterator[None]:
    """Waits for a place among the few; within a turn of the same thread it is that one."""
    if getattr(_mine, "inside", False):
        yield
        return
    _mine.inside, _mine.has_place = True, False
    try:
        # A page that its visitor has left, or asked for anew in the meantime, is given up here, as
        # Streamlit does where a page draws something.
        end_if_left = get_run_yield_check() or (lambda: None)
        _mine.has_place = _places.acquire(PATIENCE, end_if_left)
        yield
    finally:
        give_up()
        _mine.inside = False


def give_up() -> None:
    """Leaves the place to others, before this thread waits for long and computes nothing."""
    if getattr(_mine, "has_place", False):
        _mine.has_place = False
        _places.release()


def fragment(*, run_every: float | None = None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """`st.fragment`, whose runs take turns as those of whole pages do."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def in_turn(*arguments: P.args, **named: P.kwargs) -> None:
            with turn():
                function(*arguments, **named)

        return st.fragment(in_turn, run_every=run_every)

    return decorate
