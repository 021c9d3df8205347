"""What a page says as long as no training process can be had."""

from __future__ import annotations

import streamlit as st

from dashboard.jobs import execution
from dashboard.session import render_slots
from dashboard.text.i18n import _

LOOK_SECONDS = 5.0
"""How often a page looks whether it is over."""


def draw_outage() -> None:
    """Says that nothing can be trained for now, if that is so, until it is over."""
    if execution.dispatcher().is_broken:
        _draw_outage()


@render_slots.fragment(run_every=LOOK_SECONDS)
def _draw_outage() -> None:
    if not execution.dispatcher().is_broken:
        st.rerun()
    st.error(
        _(
            "No training process can be had at the moment. What you ask for waits, and is trained "
            "as soon as there is one: the server tries again by itself, at least once a minute. "
            "Meanwhile you can look at everything that is trained already. Whoever runs the "
            "server finds the reason in its log."
        ),
        icon=":material/power_off:",
    )
