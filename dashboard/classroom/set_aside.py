"""What the teacher and the operator are told of a database that was damaged."""

from __future__ import annotations

import streamlit as st

from dashboard.database import databases
from dashboard.text.i18n import _
from models import settings
from models.settings import Settings


def sentence(machine: Settings) -> str:
    """Where the damaged database is now, and what that means; "" if there is none."""
    found = databases.damaged_files(machine)
    if not found:
        return ""
    return _(
        "The database of the wall and the queue was damaged. It is kept as {file}; a fresh one is "
        "in its place, in which the wall is closed and its dots, nicknames and pins are missing. "
        "Runs and own data are not concerned. SQLite's command `.recover` may still read the old "
        "file. Move it elsewhere, and this message goes."
    ).format(file=", ".join(f"`{path}`" for path in found))


def draw() -> None:
    """The same on the teacher's page."""
    if told := sentence(settings.current()):
        st.warning(told, icon=":material/database_off:")
