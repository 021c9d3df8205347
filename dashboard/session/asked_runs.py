"""The runs that a visitor has asked for.

A lesson begins with its question, even where the server or a classmate has trained the run before:
what is stored of a run is shown once its visitor has pressed Train, or has followed a link to it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import streamlit as st

MAX_ASKED = 500
"""Runs remembered per visitor."""

LONGEST_SILENCE = 20.0
"""Seconds after which a film that should have ended counts as over."""

_ASKED, _REPLAY = "asked_runs", "replay"


@dataclass(frozen=True)
class Replay:
    """A stored run whose film plays in place of a training.

    Attributes:
        run_id: The run.
        seconds: How long its film takes.
        number: Counts the replays of a visit, so that the browser plays each of them once.
        is_asked: Whether the visitor has asked for it.
        started: When it was asked for, as `time.monotonic`.
        is_over: Whether the browser has said that it is over.
    """

    run_id: str
    seconds: float
    number: int
    is_asked: bool
    started: float
    is_over: bool = False


def ask(run_id: str) -> None:
    """Remembers that the visitor has asked for a run."""
    asked = st.session_state.setdefault(_ASKED, {})
    asked[run_id] = True
    while len(asked) > MAX_ASKED:
        del asked[next(iter(asked))]


def has_asked(run_id: str) -> bool:
    """Whether the visitor has asked for a run."""
    return run_id in st.session_state.get(_ASKED, {})


def start_replay(run_id: str, seconds: float, *, is_asked: bool = True) -> None:
    """Has the film of a stored run played on the page that shows it."""
    before = st.session_state.get(_REPLAY)
    number = before.number + 1 if before else 1
    st.session_state[_REPLAY] = Replay(run_id, seconds, number, is_asked, time.monotonic())


def end_replay() -> None:
    """Notes that no film plays any more."""
    if before := st.session_state.get(_REPLAY):
        st.session_state[_REPLAY] = replace(before, is_over=True)


def replay_of(run_id: str) -> Replay | None:
    """The replay of a run, if it is what was replayed last."""
    replay = st.session_state.get(_REPLAY)
    return replay if replay and replay.run_id == run_id else None


def is_replayed(run_id: str) -> bool:
    """Whether the film of a run plays, in place of its training."""
    replay = replay_of(run_id)
    if replay is None or replay.is_over:
        return False
    # A browser that falls silent must not keep its visitor waiting.
    return time.monotonic() - replay.started < replay.seconds + LONGEST_SILENCE
