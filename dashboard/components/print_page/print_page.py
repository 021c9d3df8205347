"""A button that opens a page of paper in a tab of its own, ready to print.

The page is made when it is asked for. The browser side is `print_page.js`.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.components.shared import assets

_component = st.components.v2.component(
    "print_page",
    html='<button type="button"></button>',
    css=assets.read("copy_link/copy_link.css"),
    js=assets.bundle("print_page/print_page.js"),
)


def print_button(label: str, make: Callable[[], str], file: str, key: str) -> None:
    """Draws the button.

    Args:
        label: What it says.
        make: Makes the page, as HTML.
        file: What it is called where a browser opens no tab, and stores it.
        key: Names the button on the page.
    """
    asked, made = f"{key}.asked", f"{key}.made"

    def ask() -> None:
        st.session_state[asked] = True

    page = ""
    if st.session_state.pop(asked, False):
        page = make()
        st.session_state[made] = st.session_state.get(made, 0) + 1
    data = {"label": label, "page": page, "number": st.session_state.get(made, 0), "file": file}
    _component(key=key, data=data, on_asked_change=ask)
