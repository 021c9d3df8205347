"""Shows the code that a lesson explains, from the real file."""

from __future__ import annotations

import streamlit as st

from dashboard.text.i18n import _
from models.export.source import source_of


def show_source(file: str, *names: str) -> None:
    """Draws the source of functions or classes, closed until it is opened; see `source_of`."""
    title = _("The code that runs here: `{file}`").format(file=file)
    with st.expander(title, icon=":material/code:"):
        st.code(source_of(file, *names), language="python", wrap_lines=True)
