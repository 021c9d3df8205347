"""The line above a lesson: its title, and what concerns the whole page."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from dashboard.catalogue import assignment, lessons
from dashboard.components.focus_keeper.focus_keeper import keep_focus
from dashboard.components.shared import assets
from dashboard.controls.choices import Choices, address_parameters
from dashboard.lesson import worksheet
from dashboard.lesson.guide import Guide
from dashboard.session import appearance
from dashboard.text.i18n import _


def draw(title: str, guide: Guide, chosen: Choices, numbers: worksheet.Numbers) -> None:
    """The title; what can be shared and taken along; large text."""
    keep_focus()
    with st.container(key="top", horizontal=True, vertical_alignment="center"):
        st.title(title, width="stretch")
        with st.popover(_("Share"), icon=":material/share:"):
            _draw_link(chosen)
            worksheet.offer(chosen, title, guide.experiments, guide.prediction, numbers)
        with st.popover(_("Class"), icon=":material/groups:"):
            for name in ("class_links", "wall", "compare"):
                lesson = lessons.by_name(name)
                if assignment.current().offers(lesson):
                    st.page_link(lesson.path, label=lesson.title, icon=lesson.icon)
        appearance.draw_switch()


def _draw_link(chosen: Choices) -> None:
    _copy_link(
        key=f"{chosen.page}.copy",
        data={
            "query": urlencode(address_parameters(chosen, complete=True)),
            "label": _("Copy link to this run"),
            "copied": _("Copied"),
            "byHand": _("Address of this run, press Ctrl+C to copy it"),
        },
    )


_copy_link = st.components.v2.component(
    "copy_link",
    html='<button type="button"></button><output></output>',
    css=assets.read("copy_link/copy_link.css"),
    js=assets.bundle("copy_link/copy_link.js"),
)
