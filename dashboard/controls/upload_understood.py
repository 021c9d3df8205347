"""What was understood of a visitor's file, each with a control to say otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from dashboard.text.foreign import in_markdown
from dashboard.text.i18n import _
from models.data.uploads.understood import Understood

Say = Callable[[str, str], None]
"""Takes the name of what was understood, and what it is instead."""

_ROLE = "role "
"""How the names of columns' roles begin."""


def draw(understood: Sequence[Understood], page: str, say: Say) -> None:
    """Draws a control for each thing that can be said otherwise."""
    roles = [one for one in understood if one.name.startswith(_ROLE)]
    with st.popover(_("Read it differently"), icon=":material/tune:"):
        for one in understood:
            if one not in roles and len(one.options) > 1:
                _draw_choice(one, page, say)
        if roles:
            _draw_roles(roles, page, say)


def draw_question(question: Understood, page: str, say: Say) -> None:
    """Draws what a visitor has to say before a file can be read."""
    key = f"{page}.own.question.{question.name}"
    st.radio(
        in_markdown(_(question.label)),
        list(question.options),
        index=None,
        format_func=lambda one: in_markdown(_(question.options[one])),
        key=key,
        on_change=lambda: say(question.name, st.session_state[key]),
    )


def draw_undo(page: str, forget: Callable[[], None]) -> None:
    """Draws a button that takes back all that a visitor has said of a file."""
    st.button(
        _("Read it as at first"),
        key=f"{page}.own.forget",
        icon=":material/undo:",
        type="tertiary",
        on_click=forget,
    )


def _draw_choice(one: Understood, page: str, say: Say) -> None:
    key = f"{page}.own.read.{one.name}"
    st.session_state[key] = one.value
    st.selectbox(
        _(one.label),
        list(one.options),
        format_func=lambda option: _(one.options[option]),
        key=key,
        on_change=lambda: say(one.name, st.session_state[key]),
    )


def _draw_roles(roles: Sequence[Understood], page: str, say: Say) -> None:
    """A table with a line for each column of the file, and what it is."""
    options = roles[0].options
    shown = pd.DataFrame(
        {
            _("column"): [one.label for one in roles],
            _("is"): [_(options[one.value]) for one in roles],
        }
    )
    names = {_(text): name for name, text in options.items()}
    # What was edited belongs to these roles: of others, the table begins anew.
    key = f"{page}.own.roles.{hash(tuple(roles))}"

    def change() -> None:
        for row, cells in st.session_state[key]["edited_rows"].items():
            if (text := cells.get(_("is"))) in names:
                say(roles[int(row)].name, names[text])

    st.data_editor(
        shown,
        hide_index=True,
        disabled=[_("column")],
        column_config={
            _("is"): st.column_config.SelectboxColumn(options=list(names), required=True)
        },
        key=key,
        on_change=change,
    )
