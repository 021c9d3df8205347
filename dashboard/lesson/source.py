"""Shows the code that a lesson explains, from the real file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.text.i18n import _
from models.export.source import source_of


def show_source(file: str, *names: str) -> None:
    """Draws the source of functions or classes with their file's name; see `source_of`."""
    st.caption(_("`{file}`, the code that runs here").format(file=file))
    st.code(source_of(file, *names), language="python", wrap_lines=True)


@contextmanager
def beside_source(file: str, *names: str) -> Iterator[None]:
    """A place for text and equations, with the source that `show_source` draws at its right."""
    text, code = st.columns([2, 3], gap="medium")
    with code:
        show_source(file, *names)
    with text:
        yield
