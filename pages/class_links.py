"""For teachers: makes a link that carries a task, values of settings, and what of it is fixed."""

from urllib.parse import urlencode

import segno
import streamlit as st

from dashboard.catalogue import assignment
from dashboard.catalogue.assignment import Assignment
from dashboard.catalogue.lessons import HOME, LESSONS
from dashboard.classroom import invitation
from dashboard.components.glossary import glossary
from dashboard.controls import choices, widgets
from dashboard.text.i18n import _
from models.data import datasets
from models.data.uploads import sharing, upload

glossary.begin()
st.title(_("Links for a class"))
glossary.prose(
    _(
        "Set up a lesson as the class shall find it, then come back here and say what there is "
        "to do. The link opens that lesson, with your values and your task, for everybody "
        "who has it. It guides; it does not police: who changes the address gets what the address "
        "says, within the limits of this machine."
    )
)

trainable = {lesson.name: lesson for lesson in LESSONS if lesson.type}
names = list(trainable)
form, outcome = st.columns(2, gap="large")
with form:
    name = st.selectbox(
        _("Lesson"),
        names,
        format_func=lambda name: trainable[name].title,
        key="assign.lesson",
        help=_("Its settings begin as you have set them on its page in this session."),
    )
    chosen = choices.find_choices(trainable[name])
    h = chosen.recipe.hyperparameters
    fields = h.fields()
    changed = h.difference(chosen.default.hyperparameters)
    values = [
        f"{_(fields[one].label)}: **{widgets.format_value(fields[one], text)}**"
        for one, text in changed.items()
    ]
    st.caption(" · ".join(values) or _("All its settings stand as recommended."))
    if datasets.by_name(h.dataset).kind == "images":
        example = _("Find the smallest code with which the class can still read every image.")
    else:
        example = _("Find out which direction is lost when only one number per point may pass.")
    task = st.text_area(
        _("Task"),
        max_chars=assignment.MAX_TASK,
        key="assign.task",
        placeholder=example,
        help=_("Stands above the page. Plain text."),
    )

    def ask_for_names(label: str, key: str, help: str) -> tuple[str, ...]:
        found = st.multiselect(
            label,
            list(fields),
            format_func=lambda one: _(fields[one].label),
            key=f"assign.{key}.{name}",
            help=help,
            placeholder=_("no setting"),
        )
        return tuple(found)

    locked = ask_for_names(_("Locked settings"), "lock", _("Seen, but they cannot be changed."))
    hidden = ask_for_names(_("Hidden settings"), "hide", _("Not even seen."))
    others = st.multiselect(
        _("Lessons on offer"),
        [one.name for one in LESSONS if one.name != HOME],
        format_func=lambda one: next(found.title for found in LESSONS if found.name == one),
        key="assign.only",
        help=_("What the navigation and the home page offer, besides this lesson."),
        placeholder=_("all lessons"),
    )

lessons = tuple(dict.fromkeys([name, *others])) if others else ()
made = Assignment(task.strip(), locked, hidden, lessons)
texts = h.as_text()
fixed = {one: texts[one] for one in (*locked, *hidden)}  # outlives a change of our defaults
query = urlencode(choices.address_parameters(chosen) | fixed | made.parameters())
link = f"{invitation.public_address()}/{name}" + (f"?{query}" if query else "")
with outcome:
    st.markdown(_("**The link**"))
    st.code(link, language=None, wrap_lines=True)
    st.link_button(_("Open it as a student would"), link, icon=":material/open_in_new:")
    if not invitation.addresses():
        st.info(
            _(
                "This server answers this computer only, and so does the link. Start it with "
                "`--server.address=0.0.0.0` to open it to the class."
            )
        )
    if upload.is_name(h.dataset) and not sharing.is_shared(h.dataset):
        st.warning(
            _(
                "These are own data, which nobody else can open yet. Let the class see them under "
                "“Own data” on the lesson's page."
            )
        )
    try:
        picture = invitation.qr_code(link)
    except segno.DataOverflowError:
        st.warning(_("Too long for a QR code. A shorter task helps."))
    else:
        alt = _("QR code of the link")
        st.html(f'<img src="{picture}" alt="{alt}" style="width: min(100%, 26rem)">')
