"""Nicknames on the classroom wall, as its database has them.

Those of visitors without a dot are only so many, and the first ones stay: whoever makes visitors up
takes no name away from anybody.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, func, select

from dashboard.database import databases
from dashboard.database.databases import DOTS, NICKNAMES
from dashboard.text.i18n import _
from models.runs.files import RunError

MAX_LENGTH = 24
MAX_UNUSED = 500
"""Nicknames of visitors who have no dot."""

_IS_UNUSED = NICKNAMES.c.visitor.not_in(select(DOTS.c.visitor))


class NicknamesFull(RunError):
    """So many have a nickname and no dot that nobody else without a dot gets one."""

    def __init__(self) -> None:
        text = _(
            "You have no nickname yet: {count:,} visitors without a dot have one, as many as may. "
            "Train something while the wall is open: whoever has a dot can have a name. Or ask "
            "the teacher to erase the names without a dot, on this page."
        )
        super().__init__(text.format(count=MAX_UNUSED))


def find(connection: Connection, visitor: str) -> str:
    """A visitor's nickname; "" without one."""
    named = select(NICKNAMES.c.name).where(NICKNAMES.c.visitor == visitor)
    return connection.scalar(named) or ""


def give(connection: Connection, visitor: str, name: str) -> None:
    """Gives a visitor a nickname, or takes it away where it is empty.

    Raises:
        NicknamesFull: If this would be one too many of visitors without a dot.
    """
    name = harmless(name)
    if not name:
        connection.execute(delete(NICKNAMES).where(NICKNAMES.c.visitor == visitor))
    elif _may_have_one(connection, visitor):
        databases.put(connection, NICKNAMES, visitor=visitor, name=name, at=time.time())
    else:
        raise NicknamesFull


def _may_have_one(connection: Connection, visitor: str) -> bool:
    dot = select(DOTS.c.run_id).where(DOTS.c.visitor == visitor).limit(1)
    if find(connection, visitor) or connection.scalar(dot):
        return True
    unused = connection.scalar(select(func.count()).select_from(NICKNAMES).where(_IS_UNUSED))
    return (unused or 0) < MAX_UNUSED


def erase_unused(connection: Connection) -> Sequence[RowMapping]:
    """Erases the nicknames of all who have no dot. Returns what `put_back` needs."""
    erased = connection.execute(select(NICKNAMES).where(_IS_UNUSED)).mappings().all()
    connection.execute(delete(NICKNAMES).where(_IS_UNUSED))
    return erased


def put_back(connection: Connection, erased: Sequence[RowMapping]) -> None:
    """Gives nicknames back that were erased, but to those who have chosen another one."""
    for row in erased:
        if not find(connection, row["visitor"]):
            databases.put(connection, NICKNAMES, **row)


def harmless(name: str) -> str:
    """A nickname as it is shown: on one line, without signs that cannot be seen, and not long."""
    visible = "".join(" " if one.isspace() else one for one in unicodedata.normalize("NFC", name))
    kept = "".join(one for one in visible if unicodedata.category(one)[0] != "C")
    return " ".join(kept.split())[:MAX_LENGTH].strip()
