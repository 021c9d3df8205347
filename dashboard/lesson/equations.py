"""The equations of a page, and what their symbols mean."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import streamlit as st

from dashboard.text.i18n import _
from dashboard.text.symbols import SYMBOLS, symbols_in

_INLINE = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")


def draw_symbols(page: Path) -> None:
    """Lists what the symbols of a page's equations mean."""
    used = set().union(*map(symbols_in, equations_of(page)))
    rows = [f"| ${symbol}$ | {SYMBOLS[symbol]} |" for symbol in SYMBOLS if symbol in used]
    if rows:
        label = _("Symbols: {count}").format(count=len(rows))
        with st.expander(label, icon=":material/function:"):
            head = _("| symbol | meaning |")
            st.markdown("\n".join([head, "|---|---|", *rows]))


@cache
def equations_of(page: Path) -> tuple[str, ...]:
    """All LaTeX of a page's script: what st.latex draws, and what stands between dollars in its
    texts, in which braces may be doubled for `format`. What an f-string fills in is left out."""
    found: list[str] = []
    for node in ast.walk(ast.parse(page.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "latex":
            found.append(_text_of(node.args[0]))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += _INLINE.findall(node.value.replace("{{", "{").replace("}}", "}"))
    return tuple(found)


def _text_of(node: ast.expr) -> str:
    constants = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return "".join(one for one in constants if isinstance(one, str))
