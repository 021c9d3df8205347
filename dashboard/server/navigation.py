"""The table of contents: the script that Streamlit runs for every page."""

import sys
from functools import partial
from pathlib import Path

import streamlit as st

# Streamlit puts this script's folder on the path, not the repository that holds the packages.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import FORMER_NAMES, LESSONS, SECTIONS, by_name
from dashboard.controls import choices
from dashboard.session import render_slots


def redirect(name: str) -> None:
    """Leads to the page of that name, with all that the address says."""
    st.switch_page(by_name(name).path, query_params=st.query_params.to_dict())


with render_slots.turn():
    # An icon of our own: Streamlit would fetch the page's symbol from a font server, and classrooms
    # are offline.
    st.set_page_config(page_icon=str(Path(__file__).with_name("icon.svg")), layout="wide")
    st.html(Path(__file__).with_name("page.css"))
    assigned = assignment.current()
    pages = {
        section: [
            st.Page(lesson.path, title=lesson.title, icon=lesson.icon, default=lesson is LESSONS[0])
            for lesson in lessons
            if assigned.offers(lesson)
        ]
        for section, lessons in SECTIONS.items()
    }
    shown = {title: some for title, some in pages.items() if some}
    shown[""] += [
        st.Page(partial(redirect, name), title=name, url_path=former, visibility="hidden")
        for former, name in FORMER_NAMES.items()
        if assigned.offers(by_name(name))
    ]
    page = st.navigation(shown, position="top")
    assignment.draw()
    choices.note_page(page.url_path)
    page.run()
