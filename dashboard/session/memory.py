"""What is remembered of a visitor beyond a reload: in the web process, until it ends."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import streamlit as st

from dashboard.session.visitors import visitor

MAX_VISITORS = 2_000
"""Whoever was here longest ago is forgotten first."""


class Memory:
    """A mapping of its own for each of the latest visitors."""

    def __init__(self, most: int = MAX_VISITORS):
        self._most = most
        self._lock = threading.Lock()
        self._of: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def of(self, name: str) -> dict[str, Any]:
        """That of one visitor, the same in all tabs."""
        with self._lock:
            found = self._of.setdefault(name, {})
            self._of.move_to_end(name)
            while len(self._of) > self._most:
                self._of.popitem(last=False)
            return found


@st.cache_resource(show_spinner=False)
def _memory() -> Memory:
    return Memory()


def remembered() -> dict[str, Any]:
    """What is remembered of this visitor, to be read and changed."""
    return _memory().of(visitor())
