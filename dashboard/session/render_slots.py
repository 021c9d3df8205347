"""Pages are put together a few at a time, so that a class does not stand in its own way.

Each visitor has a thread of his own. Thirty of them that compute at once take turns at Python's
interpreter lock and at Streamlit's locks every few milliseconds, and all of them wait for seconds;
one after the other they take a tenth of a second each (`python -m benchmarks.classroom`).
"""

from __future__ import annotations

import functools
import math
import threading
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

_places = threading.BoundedSemaphore(AT_ONCE)
_mine = threading.local()

P = ParamSpec("P")


@contextmanager
def turn() -> Iterator[None]:
    """Waits for a place among the few; within a turn of the same thread it is that one."""
    if getattr(_mine, "inside", False):
        yield
        return
    _mine.inside, _mine.has_place = True, False
    try:
        _mine.has_place = _wait()
        yield
    finally:
        give_up()
        _mine.inside = False


def _wait() -> bool:
    """Whether there was a place in time. A page that its visitor has left, or asked for anew in the
    meantime, is given up here, as Streamlit does where a page draws something."""
    end_if_left = get_run_yield_check() or (lambda: None)
    for _slice in range(math.ceil(PATIENCE / SLICE)):
        if _places.acquire(timeout=SLICE):
            return True
        end_if_left()
    return False


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
