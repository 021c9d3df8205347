"""The files of the browser components."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard.components.shared.bundling import join_modules

COMPONENTS = Path(__file__).parents[1]


def read(name: str) -> str:
    """The text of a component's file, such as "plots/plots.css"."""
    return (COMPONENTS / name).read_text("utf-8")


def bundle(name: str) -> str:
    """A component's JavaScript module and all that it imports, as one module."""
    return join_modules(COMPONENTS / name)


def component(name: str, path: str, **options: Any) -> Callable[..., Any]:
    """A component whose boards are those of a script, such as "plots/plots", and of the style
    sheet beside it; further options are those of Streamlit."""
    css = read("shared/board.css") + read(f"{path}.css")
    return st.components.v2.component(name, css=css, js=bundle(f"{path}.js"), **options)
