"""The files of the browser components."""

from __future__ import annotations

from pathlib import Path

from dashboard.components.shared.bundling import join_modules

COMPONENTS = Path(__file__).parents[1]


def read(name: str) -> str:
    """The text of a component's file, such as "plots/plots.css"."""
    return (COMPONENTS / name).read_text("utf-8")


def bundle(name: str) -> str:
    """A component's JavaScript module and all that it imports, as one module."""
    return join_modules(COMPONENTS / name)
