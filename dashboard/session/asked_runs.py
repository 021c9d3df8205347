"""The runs that a visitor has asked for.

A lesson begins with its question, even where the server or a classmate has trained the run before:
what is stored of a run is shown once its visitor has pressed Train, or has followed a link to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

MAX_ASKED = 500
"""Runs remembered per visitor."""

_ASKED, _REPLAY = "asked_runs", "replay"


@dataclass(frozen=True)
class Replay:
    """A stored run whose film plays in place of a training.

    Attributes:
        run_id: The run.
        seconds: How long its film takes.
        number: Counts the replays of a visit, so that the browser plays each of them once.
    """

    run_id: str
    seconds: float
    number: int


def ask(run_id: str) -> None:
    """Remembers that the visitor has asked for a run."""
    asked = st.session_state.setdefault(_ASKED, {})
    asked[run_id] = True
    while len(asked) > MAX_ASKED:
        del asked[next(iter(asked))]


def has_asked(run_id: str) -> bool:
    """Whether the visitor has asked for a run."""
    return run_id in st.session_state.get(_ASKED, {})


def start_replay(run_id: str, seconds: float) -> None:
    """Has the film of a stored run played on the page that shows it."""
    before = st.session_state.get(_REPLAY)
    st.session_state[_REPLAY] = Replay(run_id, seconds, before.number + 1 if before else 1)


def replay_of(run_id: str) -> Replay | None:
    """The replay of a run, if it is what was replayed last."""
    replay = st.session_state.get(_REPLAY)
    return replay if replay and replay.run_id == run_id else None
