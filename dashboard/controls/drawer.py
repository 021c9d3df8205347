"""A drawer: an expander whose content is made when it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


@contextmanager
def drawer(title: str, key: str, icon: str) -> Iterator[bool]:
    """An expander, and whether it is open: make its content only then. Most never open it."""
    place = st.expander(title, icon=icon, key=key, on_change="rerun")
    with place:
        yield bool(place.open)
