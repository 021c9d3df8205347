"""The table of contents: the script that Streamlit runs for every page."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts this script's folder on the path, not the repository that holds the packages.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import LESSONS, SECTIONS
from dashboard.session import render_slots

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
    page = st.navigation({title: some for title, some in pages.items() if some}, position="top")
    assignment.draw()
    page.run()
