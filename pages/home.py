"""Home: what an autoencoder is, and where to start. Instant: nothing is trained here."""

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import SECTIONS
from dashboard.classroom import invitation
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.figures import architecture_diagrams
from dashboard.session import appearance
from dashboard.text.i18n import _

CARDS_PER_ROW = 4

glossary.begin()
appearance.draw_title(_("Autoencoder Lab"))
glossary.prose(
    _(
        "An **[[autoencoder]]** is a network that learns to copy its input to its output through a "
        "[[bottleneck]]. Copying is pointless; the bottleneck is the point. To get a picture "
        "through a few numbers and back, the network must find out what the pictures have in "
        "common. The few numbers are called the **[[code]]**; the half of the network that makes "
        "them is the **[[encoder]]**, the half that rebuilds the picture the **[[decoder]]**."
    )
)
invitation.draw_invitation()
live_plots(
    [
        architecture_diagrams.architecture_diagram(
            ((8,), (5,), (2,), (5,), (8,)), ("", "", "", ""), 2
        )
    ],
    key="home.diagram",
    alts=[_("A network that narrows from eight inputs to a code of two numbers and widens again")],
    height=300,
)
glossary.prose(
    _(
        "In this lab you train real ones, live, on this machine. Guess what will happen, change "
        "one thing, train again, and see what changes. A dotted line under a word means that it "
        "is explained: point at it, tap it, or reach it with the Tab key."
    )
)
st.header(_("Where to start"), divider=True)
assigned = assignment.current()
for section, members in SECTIONS.items():
    lessons = [lesson for lesson in members if assigned.offers(lesson)]
    if not section or not lessons:
        continue
    st.subheader(section)
    for first in range(0, len(lessons), CARDS_PER_ROW):
        row = lessons[first : first + CARDS_PER_ROW]
        for column, lesson in zip(st.columns(CARDS_PER_ROW), row, strict=False):
            with column.container(border=True, height="stretch"):
                st.page_link(lesson.path, label=f"**{lesson.title}**", icon=lesson.icon)
                st.markdown(lesson.question)
glossary.draw(glossary.TERMS)
st.caption(
    _(
        "Everything happens on the machine that serves this page: no data leave it, nothing is "
        "fetched from the internet, nobody is counted."
    )
)
