"""The workbench: settings on the left, the picture in the middle, the guide on the right, and what
is read on demand below.

`workbench.css` places them: on a narrow screen the guide stands below the picture, on a phone all
stand below each other, with the button Train at the bottom of the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.session import appearance

WIDTHS = {"narrow": 1100, "phone": 640}
"""Pixels of the window, in usual text, below which the places move."""


_UNDER = '"settings picture" auto\n      "settings guide" auto'
_ABOVE = '"settings guide" auto\n      "settings picture" auto'
"""Where the guide stands on a narrow screen, in `workbench.css`."""

PLACES = ("guide", "settings", "picture", "below")
"""In the order of the Tab key: first the question, then what can be changed."""


@dataclass(frozen=True)
class Workbench:
    """The places of a lesson, to be drawn into."""

    guide: DeltaGenerator
    settings: DeltaGenerator
    picture: DeltaGenerator
    below: DeltaGenerator


def lay_out() -> Workbench:
    """Makes the four places."""
    style = _style()
    for name, pixels in WIDTHS.items():
        style = style.replace(f"({name})", f"(max-width: {pixels * appearance.scale():.0f}px)")
    if appearance.scale() > 1:  # the figures are so high that the question would be out of sight
        style = style.replace(_UNDER, _ABOVE)
    st.html(f"<style>{style}</style>")
    with st.container(key="workbench"):
        return Workbench(*(st.container(key=name) for name in PLACES))


@cache
def _style() -> str:
    return Path(__file__).with_suffix(".css").read_text("utf-8")
