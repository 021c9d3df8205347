"""What the reader chooses about the looks of all pages: large text, for a projector."""

from __future__ import annotations

import streamlit as st

from dashboard.session.memory import remembered
from dashboard.text.i18n import _

LARGE_TEXT = "large_text"
"""The switch's key; its value outlives a change of page."""

SCALE = 20 / 14
"""Large text against usual text: 14 pixels in a figure suit a screen, 20 a projector."""

_ROOT_PIXELS = 17  # as theme.baseFontSize in .streamlit/config.toml

# Streamlit measures nearly everything in rem, so this one size enlarges the page.
_LARGE_STYLE = f"""<style>
html {{ font-size: {_ROOT_PIXELS * SCALE:.0f}px !important; }}
</style>"""


def scale() -> float:
    """What sizes in pixels are to be multiplied by."""
    return SCALE if _is_large() else 1.0


def _is_large() -> bool:
    """What the switch says; after a reload, what it said before."""
    if LARGE_TEXT not in st.session_state:
        st.session_state[LARGE_TEXT] = remembered().get(LARGE_TEXT, False)
    return st.session_state[LARGE_TEXT]


def draw_title(title: str) -> None:
    """A page's title, with the switch beside it."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(title, width="stretch")
        draw_switch()


def draw_switch() -> None:
    """The switch for large text; large text itself, when it is on."""
    _is_large()
    large = st.toggle(
        _("Large text"),
        key=LARGE_TEXT,
        persist_state="session",
        help=_(
            "Larger letters on the page and in the figures, for a projector. Stays on until you "
            "close the browser."
        ),
    )
    remembered()[LARGE_TEXT] = large
    if large:
        st.html(_LARGE_STYLE)
