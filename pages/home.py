"""Home: what an autoencoder is, and where to start. Instant: nothing is trained here."""

import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.lessons import LESSONS, SECTIONS, START
from dashboard.catalogue.pictures import draw_picture
from dashboard.classroom import invitation
from dashboard.components.glossary import glossary
from dashboard.components.plots.plots import live_plots
from dashboard.figures import architecture_diagrams
from dashboard.session import appearance
from dashboard.text.i18n import _
from dashboard.views import first_film

CARDS_PER_ROW = 4


def draw_diagram() -> None:
    """What there is to see until a run is stored: the network."""
    live_plots(
        [
            architecture_diagrams.architecture_diagram(
                ((8,), (5,), (2,), (5,), (8,)), ("", "", "", ""), 2
            )
        ],
        key="home.diagram",
        alts=[
            _("A network that narrows from eight inputs to a code of two numbers and widens again")
        ],
        height=300,
    )


def draw_cards(names: list[str]) -> None:
    """Lessons as cards, each of them a link as a whole."""
    for first in range(0, len(names), CARDS_PER_ROW):
        row = names[first : first + CARDS_PER_ROW]
        for column, name in zip(st.columns(CARDS_PER_ROW), row, strict=False):
            lesson = lessons[name]
            with column.container(border=True, height="stretch", key=f"card_{name}"):
                st.html(draw_picture(lesson))
                st.page_link(lesson.path, label=f"**{lesson.title}**", icon=lesson.icon)
                st.markdown(lesson.question)


glossary.begin()
appearance.draw_title(_("Autoencoder Lab"))
lessons = {one.name: one for one in LESSONS if assignment.current().offers(one)}
start = [one.name for one in SECTIONS[START] if one.name in lessons]
text, film = st.columns([1, 1], gap="large")
with text:
    glossary.prose(
        _(
            "An **[[autoencoder]]** is a network that learns to copy its input to its output "
            "through a [[bottleneck]]. Copying is pointless; the bottleneck is the point. To get a "
            "picture through a few numbers and back, the network must find out what the pictures "
            "have in common. The few numbers are called the **[[code]]**; the half of the network "
            "that makes them is the **[[encoder]]**, the half that rebuilds the picture the "
            "**[[decoder]]**."
        )
    )
    glossary.prose(
        _(
            "In this lab you train real ones, live, on this machine. Guess what will happen, "
            "change one thing, train again, and see what changes. A dotted line under a word means "
            "that it is explained: point at it, tap it, or reach it with the Tab key."
        )
    )
    if start:
        with st.container(key="start"):
            lesson = lessons[start[0]]
            label = _("**Start here:** {title}").format(title=lesson.title)
            st.page_link(lesson.path, label=label, icon=":material/play_circle:")
    invitation.draw_invitation()
with film:
    if not first_film.draw():
        draw_diagram()
for section, members in SECTIONS.items():
    names = [one.name for one in members if one.name in lessons]
    if section and names:
        heading = _("{section}: one after the other") if section == START else "{section}"
        st.subheader(heading.format(section=section))
        draw_cards(names)
glossary.draw(glossary.TERMS)
st.caption(
    _(
        "Everything happens on the machine that serves this page: no data leave it, nothing is "
        "fetched from the internet, nobody is counted."
    )
)
