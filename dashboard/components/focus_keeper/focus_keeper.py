"""Keeps the keyboard's way through a lesson short; the browser side is `focus_keeper.js`."""

from __future__ import annotations

import streamlit as st

from dashboard.components.shared import assets

_component = st.components.v2.component(
    "focus_keeper", html="<span></span>", js=assets.bundle("focus_keeper/focus_keeper.js")
)


def keep_focus() -> None:
    """Has Ctrl+Enter train from the guess, too, and the focus go on to the guide."""
    _component(key="focus_keeper")
