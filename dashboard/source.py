"""Shows the code that a lesson explains, from the real file."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.text import _

REPOSITORY = Path(__file__).resolve().parent.parent


@cache
def source_of(file: str, *names: str) -> str:
    """The source of functions or classes of a file of this repository.

    Read, not imported: the models' files import TensorFlow.

    Args:
        file: Relative to the repository, such as "models/linear.py".
        names: Such as "LinearAutoencoder" or "LinearAutoencoder.plane".

    Raises:
        KeyError: If the file has no such name.
    """
    text = (REPOSITORY / file).read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = [_find(tree, name) for name in names]
    return "\n\n".join(ast.get_source_segment(text, node, padded=True) for node in nodes)


def _find(node: ast.AST, name: str) -> ast.AST:
    for part in name.split("."):
        found = [child for child in ast.iter_child_nodes(node) if getattr(child, "name", 0) == part]
        if not found:
            raise KeyError(f"{name} is not defined there")
        node = found[0]
    return node


def show_source(file: str, *names: str) -> None:
    """Draws that source with its file's name."""
    st.caption(_("`{file}`, the code that runs here").format(file=file))
    st.code(source_of(file, *names), language="python", wrap_lines=True)
